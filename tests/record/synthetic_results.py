"""Made-up BodyResults of a moving chain of joints, consistent as those of the pipeline are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from str_live.geometry import crop_to_image, image_translation, project, ray_rotation
from str_live.messages import BodyPose, BodyResult, Box, Frame, Person, PersonBody
from str_live.record import NpzRecorder
from str_live.record.npz import journal_path
from str_live.rotation import rotmat_from_axis_angle
from str_live.skeleton import PARENTS

WIDTH, HEIGHT = 64, 48

REST = np.random.default_rng(7).normal(scale=0.3, size=(24, 3)).astype(np.float32)


def posed_joints(rotmat: np.ndarray) -> np.ndarray:
    """(24, 3) joints of the chain, turned about its pelvis as SMPL turns."""
    joints, world = REST.copy(), rotmat.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        joints[joint] = joints[parent] + world[parent] @ (REST[joint] - REST[parent])
        world[joint] = world[parent] @ rotmat[joint]
    return joints


def body_pose(rng: np.random.Generator, box: Box) -> BodyPose:
    """A random pose, seen in `box`."""
    axis_angle = torch.from_numpy(rng.normal(scale=0.8, size=(24, 3)).astype(np.float32))
    rotmat = rotmat_from_axis_angle(axis_angle).numpy()
    camera = np.array([0.9, *rng.normal(scale=0.1, size=2)], dtype=np.float32)
    joints = posed_joints(rotmat)
    translation = image_translation(camera, box, WIDTH, HEIGHT)
    return BodyPose(
        rotmat=rotmat,
        betas=rng.normal(size=10).astype(np.float32),
        camera=camera,
        vertices=joints,
        normals=joints,
        joints=joints,
        joints_px=crop_to_image(project(joints, camera), box).astype(np.float32),
        joints_cam=joints @ ray_rotation(box, WIDTH, HEIGHT).T + translation,
    )


def result(
    index: int,
    *,
    body: bool = True,
    person: bool = True,
    epoch: int = 1,
    width: int = WIDTH,
    fps: float = 25.0,
) -> BodyResult:
    """Frame `index` of a made-up source."""
    rng = np.random.default_rng(index)
    box = Box(30.0 + index % 5, 20.0, 40.0)
    image = np.zeros((HEIGHT, width, 3), np.uint8)
    seen = Person(box, np.zeros((33, 2)), np.ones(33), np.zeros((33, 3)), None) if person else None
    return BodyResult(
        frame=Frame(image, index, 5.0 + index / fps, 0, epoch),
        person=seen,
        bodies=(body_pose(rng, box),) if body else (),
        box=box if body else None,
        held_s=0.0 if person else 0.1,
        crops=(),
        lookahead=2,
        stages_ms={},
        acceleration=None,
        attention={},
    )


def people_result(index: int, *people: int, away_s: dict[int, float] | None = None) -> BodyResult:
    """Frame `index` with these people, the first of whom is followed; nobody where there are none.

    `away_s`: seconds since some of them were last seen.
    """
    if not people:
        return result(index, body=False, person=False)
    away_s = away_s or {}
    bodies = []
    for number in people:
        one, lost_s = result(1000 * number + index), away_s.get(number, 0.0)
        person = None if lost_s else one.person
        bodies.append(PersonBody(number, person, one.bodies, None, one.box, lost_s, None))
    own, *others = bodies
    return replace(
        result(index),
        person=own.person,
        bodies=own.bodies,
        box=own.box,
        held_s=own.held_s,
        number=own.number,
        others=tuple(others),
    )


def leave_as_a_crash_would(recorder: NpzRecorder, path: Path) -> Path:
    """End the recording to `path` without its .npz; the journal that is left."""
    recorder.flush()
    journal = journal_path(path)
    content = journal.read_bytes()
    recorder.stop().unlink()
    journal.write_bytes(content)
    return journal
