"""Results to be filmed: an egg as high as a person that walks to the right over a green picture."""

from __future__ import annotations

import numpy as np

from str_live.film.painter import Staging
from str_live.geometry import crop_to_image, project
from str_live.messages import AccelerationSample, BodyPose, BodyResult, Box, Frame, Person
from str_live.settings import Settings, ViewSettings

WIDTH, HEIGHT = 320, 240
GREEN = (60, 140, 60)
BOX = Box(WIDTH / 2, HEIGHT / 2, 220.0)
_ROWS = _COLUMNS = 16


def _egg() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(V, 3) vertices in metres, (V, 3) normals, (F, 3) faces seen from outside."""
    polar, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, _ROWS), np.linspace(0, 2 * np.pi, _COLUMNS), indexing="ij"
    )
    unit = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], axis=-1)
    corner = np.arange(_ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    faces = np.concatenate(
        [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([b, d, c], axis=-1).reshape(-1, 3)]
    )
    unit = unit.reshape(-1, 3).astype(np.float32)
    return unit * np.array([0.3, 0.9, 0.25], np.float32), unit, faces.astype(np.int32)


VERTICES, NORMALS, FACES = _egg()
MESH = FACES, np.zeros(len(VERTICES))
STAGING = Staging(MESH, Settings(view=ViewSettings(opacity=1.0)))


def body(right: float) -> BodyPose:
    """The egg, `right` of the middle of the crop in halves of its side."""
    camera = np.array([0.9, right, 0.0], dtype=np.float32)
    joints = np.zeros((24, 3), dtype=np.float32)
    joints[:, 1] = np.linspace(-0.6, 0.6, 24)
    return BodyPose(
        rotmat=np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)),
        betas=np.zeros(10, dtype=np.float32),
        camera=camera,
        vertices=VERTICES,
        normals=NORMALS,
        joints=joints,
        joints_px=crop_to_image(project(joints, camera), BOX).astype(np.float32),
        joints_cam=joints,
    )


def filmed(
    index: int,
    *,
    time_s: float | None = None,
    epoch: int = 1,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    seen: bool = True,
) -> BodyResult:
    """Frame `index` of a source at 25 frames a second, with figures for the plots."""
    time_s = 3.0 + index / 25 if time_s is None else time_s
    error = {"A": 10.0, "frame": 30.0}
    return BodyResult(
        frame=Frame(np.full((size[1], size[0], 3), GREEN, np.uint8), index, time_s, 0, epoch),
        person=Person(BOX, np.zeros((33, 2)), np.ones(33), np.zeros((33, 3)), None) if seen else None,
        bodies=(body(-0.5 + 0.05 * index),) if seen else (),
        box=BOX if seen else None,
        held_s=0.0,
        crops=(),
        lookahead=2,
        stages_ms={},
        acceleration=AccelerationSample(time_s, error, error | {"reference": 8.0}, "ground truth"),
        attention={},
    )
