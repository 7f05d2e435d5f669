"""Boxes, crops and cameras, in numpy; what losses need, the projection, takes torch tensors as well.

One projection serves loss, metric, overlay and recording. SPIN's camera: the crop is a square of 224 pixels
seen with a focal length of 5000 pixels; a prediction (s, tx, ty) puts the body at depth 2 * 5000 / (224 s).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from str_live.messages import Box

if TYPE_CHECKING:
    from torch import Tensor

CROP_SIZE = 224
"""Pixels: side of the square the network sees."""
FOCAL_LENGTH = 5000.0
"""Pixels of the 224 crop (SPIN's constant)."""
OPTICAL_AXIS = np.array([0.0, 0.0, 1.0])
"""Of every camera frame: x right, y down, z away."""


@overload
def camera_translation(camera: np.ndarray) -> np.ndarray: ...
@overload
def camera_translation(camera: Tensor) -> Tensor: ...
def camera_translation(camera: Any) -> Any:
    """(..., 3) SPIN camera (s, tx, ty) -> (..., 3) translation in metres into the crop's camera frame."""
    depth = 2.0 * FOCAL_LENGTH / (CROP_SIZE * camera[..., 0] + 1e-9)
    if isinstance(camera, np.ndarray):
        return np.stack([camera[..., 1], camera[..., 2], depth], axis=-1)
    import torch

    return torch.stack([camera[..., 1], camera[..., 2], depth], dim=-1)


@overload
def project(points: np.ndarray, camera: np.ndarray) -> np.ndarray: ...
@overload
def project(points: Tensor, camera: Tensor) -> Tensor: ...
def project(points: Any, camera: Any) -> Any:
    """(..., N, 3) points in the body frame, metres -> (..., N, 2) in [-1, 1] of the crop, x right, y down.

    Perspective with SPIN's focal length.
    """
    placed = points + camera_translation(camera)[..., None, :]
    return placed[..., :2] / placed[..., 2:] * (FOCAL_LENGTH / (CROP_SIZE / 2))


def crop_to_image(points: np.ndarray, box: Box) -> np.ndarray:
    """(..., 2) in [-1, 1] of the crop -> image pixels."""
    return points * (box.side / 2) + np.asarray([box.cx, box.cy], dtype=np.float32)


def image_to_crop(points: np.ndarray, box: Box) -> np.ndarray:
    """(..., 2) image pixels -> [-1, 1] of the crop."""
    return (points - np.asarray([box.cx, box.cy], dtype=np.float32)) / (box.side / 2)


def crop_affine(box: Box, size: int = CROP_SIZE) -> np.ndarray:
    """(2, 3) affine from image pixels to crop pixels, for cv2.warpAffine."""
    scale = size / box.side
    return np.array(
        [[scale, 0.0, size / 2 - scale * box.cx], [0.0, scale, size / 2 - scale * box.cy]], dtype=np.float64
    )


def image_focal_length(width: int, height: int) -> float:
    """Pixels: the diagonal, the usual guess for an uncalibrated camera (53 degrees across the diagonal)."""
    return math.hypot(width, height)


def camera_matrix(width: int, height: int) -> np.ndarray:
    """(3, 3) pinhole matrix of an uncalibrated camera: focal length = diagonal, principal point = centre."""
    focal = image_focal_length(width, height)
    return np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])


def image_translation(camera: np.ndarray, box: Box, width: int, height: int) -> np.ndarray:
    """(3,) metres: where the body's origin lies in the full image's camera frame.

    Depth follows from the box and the assumed focal length, so it is as metric as that guess.
    """
    focal = image_focal_length(width, height)
    scale = max(float(camera[0]), 1e-6) * box.side
    return np.array(
        [
            camera[1] + 2 * (box.cx - width / 2) / scale,
            camera[2] + 2 * (box.cy - height / 2) / scale,
            2 * focal / scale,
        ],
        dtype=np.float32,
    )


@lru_cache(maxsize=64)
def ray_rotation(box: Box, width: int, height: int) -> np.ndarray:
    """(3, 3) rotation of the optical axis onto the ray through the box's centre.

    A crop does not know where in the image it was cut: the network's pose is relative to that ray. Turning
    by it gives the pose relative to the camera.
    """
    focal = image_focal_length(width, height)
    ray = np.array([box.cx - width / 2, box.cy - height / 2, focal])
    rotation = smallest_rotation(OPTICAL_AXIS, ray).astype(np.float32)
    rotation.flags.writeable = False  # everybody who asks gets this very array
    return rotation


def smallest_rotation(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(..., 3, 3) float64: the rotation of least angle that turns direction start (..., 3) into end (..., 3).

    Raises ValueError for opposite directions, which have none.
    """
    start, end = (vector / np.linalg.norm(vector, axis=-1, keepdims=True) for vector in (start, end))
    cosine = (start * end).sum(-1)[..., None, None]
    if (cosine < -1 + 1e-9).any():
        raise ValueError("opposite directions have no smallest rotation")
    product = end[..., :, None] * start[..., None, :]
    skew = product - np.swapaxes(product, -1, -2)  # of start x end
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def overlay_projection(
    camera: np.ndarray, box: Box, width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """OpenGL matrices that draw the body over the full image, exactly where `project` puts it.

    Returns (projection (4, 4), view (4, 4)), row-major, for vertices in the body frame: an off-axis
    frustum with SPIN's focal length of 5000.
    """
    translation = camera_translation(np.asarray(camera, dtype=np.float64))
    focal = FOCAL_LENGTH * box.side / CROP_SIZE
    depth = translation[2]
    near, far = max(depth - 2.0, 0.05), depth + 2.0
    projection = np.array(
        [
            [2 * focal / width, 0.0, 1 - 2 * box.cx / width, 0.0],
            [0.0, 2 * focal / height, 2 * box.cy / height - 1, 0.0],
            [0.0, 0.0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0.0, 0.0, -1.0, 0.0],
        ]
    )
    view = np.diag([1.0, -1.0, -1.0, 1.0])  # camera frame (y down, z away) to OpenGL's (y up, z towards us)
    view[:3, 3] = view[:3, :3] @ translation
    return projection, view


def project_px(joints_cam: np.ndarray, camera_matrix: np.ndarray) -> np.ndarray:
    """(..., 3) metres in the camera frame -> (..., 2) pixels."""
    placed = joints_cam @ camera_matrix.T
    return placed[..., :2] / placed[..., 2:]
