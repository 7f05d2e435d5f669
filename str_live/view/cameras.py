"""Where the pictures are taken from: the orbit camera of the 3D view, the letterbox of the overlay."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

PRESETS: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.08),
    "side": (math.pi / 2, 0.08),
    "top": (0.0, 1.45),
}
"""Azimuth and elevation in radians. Front: the eye stands where the webcam is."""
ELEVATION_LIMITS = (-0.3, 1.5)
"""Radians. Short of the pole, where 'up' would flip; a little below the ground, to look up at a face."""
DISTANCE_LIMITS = (0.8, 12.0)
"""Metres."""
TARGET_LIMIT = 3.0
"""Metres the target may be panned away from the body's place, so that the body is not lost from view."""


@dataclass(frozen=True, slots=True)
class OrbitCamera:
    """Looks at `target` from a sphere around it. World frame: metres, y up, the webcam at +z.

    It is never changed: every movement returns a new camera.
    """

    azimuth: float = 0.5
    """Radians around y; 0 is in front of the person, positive to the viewer's right."""
    elevation: float = 0.22
    """Radians above the horizontal."""
    distance: float = 3.6
    """Metres between eye and target."""
    target: tuple[float, float, float] = (0.0, 0.92, 0.0)
    field_of_view: float = 0.60
    """Radians, vertical."""

    def turned(self, azimuth: float, elevation: float) -> OrbitCamera:
        """Turned by these angles, radians; the elevation stays within its limits."""
        return replace(
            self,
            azimuth=math.remainder(self.azimuth + azimuth, math.tau),
            elevation=float(np.clip(self.elevation + elevation, *ELEVATION_LIMITS)),
        )

    def dragged(self, right_px: float, down_px: float, height_px: int) -> OrbitCamera:
        """Turned as by a mouse drag: the scene follows the pointer, a view's height is half a turn."""
        scale = math.pi / max(height_px, 1)
        return self.turned(-right_px * scale, down_px * scale)

    def panned(self, right_px: float, down_px: float, height_px: int) -> OrbitCamera:
        """Moved sideways so that the target's plane follows the pointer."""
        metres = 2 * self.distance * math.tan(self.field_of_view / 2) / max(height_px, 1)
        right, up, _ = self.axes()
        target = np.asarray(self.target) - right * right_px * metres + up * down_px * metres
        x, y, z = np.clip(target, -TARGET_LIMIT, TARGET_LIMIT)
        return replace(self, target=(float(x), float(y), float(z)))

    def zoomed(self, steps: float) -> OrbitCamera:
        """Nearer by wheel steps (negative: farther), within the limits."""
        return replace(self, distance=float(np.clip(self.distance * 0.9**steps, *DISTANCE_LIMITS)))

    def preset(self, name: str) -> OrbitCamera:
        """Seen from 'front', 'side' or 'top', target and distance as at the start."""
        azimuth, elevation = PRESETS[name]
        return OrbitCamera(azimuth=azimuth, elevation=elevation)

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The camera's right, up and backward unit vectors (3,) in the world."""
        sin_a, cos_a = math.sin(self.azimuth), math.cos(self.azimuth)
        sin_e, cos_e = math.sin(self.elevation), math.cos(self.elevation)
        back = np.array([sin_a * cos_e, sin_e, cos_a * cos_e])
        right = np.array([cos_a, 0.0, -sin_a])
        return right, np.cross(back, right), back

    def eye(self) -> np.ndarray:
        """(3,) metres, world."""
        return np.asarray(self.target) + self.distance * self.axes()[2]

    def view(self) -> np.ndarray:
        """(4, 4) row-major: world to OpenGL's camera frame (y up, z towards the viewer)."""
        return look_from(self.eye(), self.axes())

    def projection(self, aspect: float) -> np.ndarray:
        """(4, 4) row-major perspective matrix for a picture of this width over height."""
        return perspective(self.field_of_view, aspect, near=0.05, far=40.0)


def look_from(eye: np.ndarray, axes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """(4, 4) view matrix of an eye (3,) with right, up and backward axes."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack(axes)
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    return matrix


def perspective(field_of_view: float, aspect: float, *, near: float, far: float) -> np.ndarray:
    """(4, 4) OpenGL perspective matrix; the field of view is vertical, in radians."""
    scale = 1.0 / math.tan(field_of_view / 2)
    return np.array(
        [
            [scale / aspect, 0.0, 0.0, 0.0],
            [0.0, scale, 0.0, 0.0],
            [0.0, 0.0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0.0, 0.0, -1.0, 0.0],
        ]
    )


def orthographic(half_side: float, near: float, far: float) -> np.ndarray:
    """(4, 4) OpenGL orthographic matrix of a square box, metres."""
    matrix = np.diag([1 / half_side, 1 / half_side, -2 / (far - near), 1.0])
    matrix[2, 3] = -(far + near) / (far - near)
    return matrix


def image_pixels(width: int, height: int) -> np.ndarray:
    """(4, 4) matrix from image pixels (x right, y down) to OpenGL's clip space."""
    matrix = np.diag([2.0 / width, -2.0 / height, 1.0, 1.0])
    matrix[:2, 3] = -1.0, 1.0
    return matrix


def letterbox(image_size: tuple[int, int], target_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Viewport (x, y, width, height) that shows a whole (width, height) image, centred, in the target."""
    scale = min(target_size[0] / image_size[0], target_size[1] / image_size[1])
    width = max(1, round(image_size[0] * scale))
    height = max(1, round(image_size[1] * scale))
    return (target_size[0] - width) // 2, (target_size[1] - height) // 2, width, height
