"""A made-up body whose pelvis lies off its origin, and recordings in which every joint moves on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.body.skinning import Body
from str_live.body.smpl_files import BodyArrays
from str_live.export import Take, TakeOptions, make_take
from str_live.files import FREE_BODY
from str_live.record.read import Recording
from str_live.skeleton import JOINT

REST = np.array(
    [
        [0.04, -0.22, 0.03], [0.10, -0.31, 0.02], [-0.03, -0.30, 0.01], [0.05, -0.10, 0.01],
        [0.14, -0.70, 0.03], [-0.06, -0.69, 0.02], [0.04, 0.03, 0.02], [0.13, -1.10, -0.01],
        [-0.05, -1.09, 0.00], [0.03, 0.09, 0.03], [0.16, -1.16, 0.11], [-0.09, -1.15, 0.13],
        [0.03, 0.30, 0.00], [0.11, 0.20, 0.00], [-0.04, 0.21, 0.01], [0.04, 0.38, 0.05],
        [0.22, 0.24, -0.01], [-0.15, 0.25, 0.00], [0.47, 0.23, -0.03], [-0.41, 0.24, -0.02],
        [0.72, 0.24, -0.02], [-0.65, 0.25, -0.03], [0.80, 0.23, -0.03], [-0.74, 0.24, -0.04],
    ],
    dtype=np.float32,
)  # fmt: skip
"""(24, 3) metres: SMPL's tree with a left side of its own, so that a swap of sides cannot hide."""
POINTS_A_JOINT = 50
SIZE = (640, 480)


def made_up_arrays(name: str = "made_up", licence: str = "somebody's") -> BodyArrays:
    """50 vertices around each joint, moved by up to four joints; a joint is the first of its vertices."""
    rng = np.random.default_rng(11)
    count = len(REST) * POINTS_A_JOINT
    owner = np.repeat(np.arange(len(REST)), POINTS_A_JOINT)
    template = REST[owner] + rng.normal(scale=0.03, size=(count, 3)).astype(np.float32)
    template[::POINTS_A_JOINT] = REST
    weights = np.zeros((count, len(REST)), np.float32)
    weights[np.arange(count), owner] = 1.0
    for _ in range(3):
        weights[np.arange(count), rng.integers(0, len(REST), count)] += rng.random(count).astype(np.float32)
    regressor = np.zeros((len(REST), count), np.float32)
    regressor[np.arange(len(REST)), np.arange(0, count, POINTS_A_JOINT)] = 1.0
    return BodyArrays(
        name=name,
        v_template=template,
        shapedirs=(0.004 * rng.normal(size=(count, 3, 10))).astype(np.float32),
        posedirs=None,
        joint_regressor=regressor,
        weights=weights / weights.sum(axis=1, keepdims=True),
        faces=np.arange(count, dtype=np.int32).reshape(-1, 3),
        landmark_regressor=None,
        vertex_part=owner.astype(np.int64),
        part_names=tuple(map(str, range(len(REST)))),
        licence=licence,
    )


def made_up_body(*, free: bool = True) -> Body:
    """The made-up body, in the place of the free one or of a licensed one."""
    return Body(made_up_arrays(FREE_BODY.stem, "CC0") if free else made_up_arrays())


def made_up_recording(
    frames: int = 3, *, fps: float = 25.0, person: np.ndarray | None = None, measured: bool = False
) -> Recording:
    """A person who turns every joint his own way while walking through the picture; the left arm is up."""
    rng = np.random.default_rng(3)
    times = np.arange(frames) / fps
    speed, start = rng.normal(scale=0.6, size=(2, 1, 24, 3))
    vectors = start * 0.5 + 0.4 * np.sin(2 * times[:, None, None] * (1 + np.abs(speed))) * np.sign(speed)
    rotmat = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(frames, 24, 3, 3)
    upright = np.diag([1.0, -1.0, -1.0])  # the body's y up in the camera's y down
    rotmat[:, 0] = upright @ Rotation.from_rotvec(0.3 * vectors[:, 0]).as_matrix()
    rotmat[:, JOINT["left_collar"]] = np.eye(3)
    rotmat[:, JOINT["left_shoulder"]] = Rotation.from_rotvec([0, 0, 1.3]).as_matrix()
    rotmat[:, JOINT["right_shoulder"]] = Rotation.from_rotvec([0, 0, 1.1]).as_matrix()
    box = np.stack([320 + 40 * np.sin(times), 240 + 10 * times % 7, 300 + 5 * np.cos(3 * times)], axis=1)
    camera = np.stack([0.9 + 0.02 * np.sin(2 * times), 0.05 * np.cos(times), 0.1 + 0 * times], axis=1)
    return Recording(
        rotmat=rotmat.astype(np.float32),
        betas=np.tile(np.linspace(-1, 1, 10, dtype=np.float32), (frames, 1)),
        camera=camera.astype(np.float32),
        boxes=box.astype(np.float32),
        person=np.ones(frames, bool) if person is None else person,
        timestamps=times,
        frame_index=np.arange(frames),
        sizes=np.tile(SIZE, (frames, 1)),
        source="",
        measured=measured,
    )


def made_up_take(frames: int = 3, *, options: TakeOptions | None = None, **changes) -> Take:
    """A take of both."""
    recording = made_up_recording(frames, **changes)
    return make_take(recording, made_up_body(), options or TakeOptions(), name="made up")


def written(path: Path) -> set[str]:
    """Names of all that lies in a folder."""
    return {each.name for each in path.iterdir()}
