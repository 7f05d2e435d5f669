"""Stand-in bodies and results, and a plain rasteriser to compare with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from str_live.files import FREE_BODY
from str_live.messages import BodyPose, BodyResult, Box, Frame, Person
from str_live.settings import ViewSettings
from str_live.view.scene import Scene
from str_live.view.stage import Stage


def uv_sphere(rows: int = 82, columns: int = 84) -> tuple[np.ndarray, np.ndarray]:
    """Unit sphere: (rows * columns + 2, 3) vertices and (2 * rows * columns, 3) faces, ccw from outside."""
    polar = np.linspace(0, np.pi, rows + 2)[1:-1, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    ring = np.stack(
        [np.sin(polar) * np.cos(around), np.cos(polar) + 0 * around, np.sin(polar) * np.sin(around)], axis=-1
    )
    vertices = np.concatenate([ring.reshape(-1, 3), [[0, 1, 0], [0, -1, 0]]]).astype(np.float32)
    top, bottom, faces = rows * columns, rows * columns + 1, []
    for column in range(columns):
        following = (column + 1) % columns
        faces.append((top, following, column))
        for row in range(rows - 1):
            a, b = row * columns + column, row * columns + following
            faces += [(a, b, a + columns), (b, b + columns, a + columns)]
        last = (rows - 1) * columns
        faces.append((bottom, last + column, last + following))
    return vertices, np.array(faces, dtype=np.int32)


def make_body(vertices: np.ndarray, normals: np.ndarray, camera: tuple[float, float, float]) -> BodyPose:
    """A body with these vertices (V, 3), its joints up the middle, pelvis at the origin."""
    joints = np.zeros((24, 3), dtype=np.float32)
    joints[:, 1] = np.linspace(0.0, vertices[:, 1].min(), 24)
    return BodyPose(
        rotmat=np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)),
        betas=np.zeros(10, dtype=np.float32),
        camera=np.array(camera, dtype=np.float32),
        vertices=vertices,
        normals=normals,
        joints=joints,
        joints_px=np.zeros((24, 2), dtype=np.float32),
        joints_cam=joints,
    )


def sphere_body(camera: tuple[float, float, float] = (0.9, 0.1, -0.05)) -> tuple[BodyPose, np.ndarray]:
    """The V = 6890 stand-in, stretched to a body's height, and its faces."""
    normals, faces = uv_sphere()
    vertices = np.ascontiguousarray(normals * np.array([0.3, 0.85, 0.2], dtype=np.float32))
    slopes = normals / np.array([0.3, 0.85, 0.2], dtype=np.float32)
    slopes /= np.linalg.norm(slopes, axis=1, keepdims=True)
    return make_body(vertices, np.ascontiguousarray(slopes), camera), faces


def free_body(camera: tuple[float, float, float] = (0.9, 0.1, -0.05)) -> tuple[BodyPose, np.ndarray]:
    """The free body in its rest pose, turned into the camera frame, and its faces."""
    if not FREE_BODY.exists():
        pytest.skip("assets/body/free_body.npz is not there")
    with np.load(FREE_BODY) as data:
        vertices, faces = data["v_template"], np.ascontiguousarray(data["f"].astype(np.int32))
    vertices = np.ascontiguousarray(vertices * np.array([1, -1, -1]), dtype=np.float32)
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], across)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return make_body(vertices, normals, camera), faces


BODIES: dict[str, Callable[..., tuple[BodyPose, np.ndarray]]] = {"sphere": sphere_body, "free": free_body}


def make_result(
    bodies: tuple[BodyPose, ...], image: np.ndarray, box: Box | None = None, held_s: float = 0.0
) -> BodyResult:
    """A result whose person has landmarks in a ring around the box's centre."""
    height, width = image.shape[:2]
    box = box or Box(width * 0.47, height * 0.52, height * 0.9)
    turn = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * box.side * 0.3
    person = Person(
        box=box,
        landmarks_px=(ring + np.array([box.cx, box.cy])).astype(np.float32),
        visibility=np.ones(33, dtype=np.float32),
        world_landmarks=np.zeros((33, 3), dtype=np.float32),
        mask=None,
    )
    frame = Frame(image=image, index=0, time_s=0.0, captured_ns=0, epoch=0)
    return BodyResult(
        frame=frame,
        person=person if bodies else None,
        bodies=bodies,
        box=box if bodies else None,
        held_s=held_s,
        crops=(),
        lookahead=2,
        stages_ms={},
        acceleration=None,
        attention={},
    )


def scene_of(
    result: BodyResult,
    faces: np.ndarray,
    view: ViewSettings | None = None,
    parts: np.ndarray | None = None,
) -> Scene:
    """What a new stage makes of a result whose bodies all have as many vertices as the first."""
    if parts is None and result.bodies:
        parts = np.zeros(len(result.bodies[0].vertices))
    mesh = None if parts is None else (faces, parts)
    scene = Stage().scene(result, mesh, view or ViewSettings())
    assert scene is not None
    return scene


def rasterise(points_px: np.ndarray, faces: np.ndarray, height: int, width: int) -> np.ndarray:
    """(H, W) bool: pixels whose centre lies in a projected triangle of (V, 2) points. Slow and plain."""
    mask = np.zeros((height, width), dtype=bool)
    for corners in points_px[faces]:
        low = np.maximum(np.ceil(corners.min(axis=0) - 0.5), 0).astype(int)
        high = np.minimum(np.floor(corners.max(axis=0) - 0.5), (width - 1, height - 1)).astype(int)
        if (low > high).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1) + 0.5, np.arange(low[1], high[1] + 1) + 0.5)
        sides = []
        for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            sides.append((bx - ax) * (y - ay) - (by - ay) * (x - ax))
        inside = np.all(np.array(sides) >= 0, axis=0) | np.all(np.array(sides) <= 0, axis=0)
        mask[low[1] : high[1] + 1, low[0] : high[0] + 1] |= inside
    return mask
