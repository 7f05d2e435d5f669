"""Reader for packs of motion: one npz of many clips that share joint names.  Out: SourceMotion.

Axes are y up, facing +z, left +x, metres, as ours. Rotations are local and relative to a rest pose that
`offsets` describes (a T-pose, or a stand with hanging arms): the identity everywhere is that pose. They are
kept as quaternions (w, x, y, z) in whole steps, differences from frame to frame, planes of components.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.catalogue import RULES
from str_live.datasets.motion.clip import SourceMotion
from str_live.datasets.motion.skeleton import LIMB_CHILD
from str_live.skeleton import JOINT
from str_live.untrusted.arrays import read_arrays

FOLDER = "more"
"""Of the motion folder: foreign files would stop the other readers."""
QUATERNION_STEP = 1 / 8192
LEAST_NUMBER = 0.4
"""The largest of a rotation's four numbers is at least a half, but for rounding."""
ROOT_STEP_M = 1e-4
STIFF_HANDS = {"snu_basketball"}
"""Their hands are turned by up to 80 degrees in poses like the T-pose: they continue the forearm instead."""
KEYS = {
    "about": "U", "parents": "i", "offsets": "f", "target": "i", "clip_names": "U", "clip_fps": "f",
    "clip_skeleton": "i", "clip_first": "i", "clip_root": "f", "quat_steps": "i", "root_steps": "i",
}  # fmt: skip  # and the kind of numbers in each


@dataclass(frozen=True, slots=True)
class Pack:
    """The arrays of one file."""

    source: str
    licence: str
    parents: np.ndarray  # (J,) -1 for the root; a parent comes before its children
    offsets: np.ndarray  # (S, J, 3) metres from the parent at rest, of each skeleton
    target: np.ndarray  # (24,) which joint drives each of the target's
    names: np.ndarray  # (C,) of clips
    fps: np.ndarray  # (C,)
    skeleton: np.ndarray  # (C,)
    first: np.ndarray  # (C + 1,) frame at which each clip begins
    start: np.ndarray  # (C, 3) metres, the root's in each clip's first frame
    quaternion_steps: np.ndarray  # (J, 4, N) from frame to frame, the first frame of a clip whole
    root_steps: np.ndarray  # (3, N)


def read_packs(folder: Path, sources: Collection[str]) -> Iterator[SourceMotion]:
    """Yield every clip of those packs in `folder`/more that `sources` names.

    Raises ValueError for a file that is no pack, or none that the catalogue describes.
    """
    for path in sorted((Path(folder) / FOLDER).glob("*.npz")):
        if path.stem not in RULES:
            raise ValueError(
                f"{path} is unknown: describe it in str_live/datasets/motion/catalogue.py, or take it away"
            )
        if path.stem in sources:
            pack = read_pack(path)
            yield from (clip_of_pack(pack, number) for number in range(len(pack.names)))


def read_pack(path: Path) -> Pack:
    """The arrays of a file, checked. Raises ValueError, with the file's name, where it is no whole pack."""
    try:
        archive = read_arrays(path, KEYS)
        found = {key: archive[key] for key in KEYS}
        licence = str(json.loads(str(found["about"]))["licence"])
        if wrong := [key for key, kind in KEYS.items() if found[key].dtype.kind != kind]:
            raise ValueError(f"{', '.join(wrong)} of another type")
        pack = Pack(path.stem, licence, *(found[key] for key in KEYS if key != "about"))
        _check(pack)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is no pack of motion ({error}): take it out of the folder") from error
    return pack


def clip_of_pack(pack: Pack, number: int) -> SourceMotion:
    """One clip of it; raises ValueError where a joint is turned by what is no rotation."""
    frames = slice(pack.first[number], pack.first[number + 1])
    steps = np.cumsum(pack.quaternion_steps[..., frames], axis=-1, dtype=np.int32)  # (J, 4, N)
    quaternions = np.moveaxis(steps, -1, 0)[..., [1, 2, 3, 0]] * QUATERNION_STEP
    if (np.abs(quaternions).max(axis=-1) < LEAST_NUMBER).any():
        raise ValueError(f"{pack.source}.npz: clip {pack.names[number]} holds numbers that are no rotations")
    local = Rotation.from_quat(quaternions.reshape(-1, 4)).as_matrix().reshape(*quaternions.shape[:2], 3, 3)
    moved = np.cumsum(pack.root_steps[:, frames], axis=-1, dtype=np.int32).T * ROOT_STEP_M
    offsets = pack.offsets[pack.skeleton[number]].astype(np.float64)
    rotmat_global, positions = _kinematics(local, moved + pack.start[number], offsets, pack.parents)
    bones = rest_bones(offsets, pack.parents, pack.target)
    legs = [JOINT[f"{side}_{bone}"] for side in ("left", "right") for bone in ("hip", "knee")]
    return SourceMotion(
        name=str(pack.names[number]),
        source=pack.source,
        licence=pack.licence,
        times_s=np.arange(len(moved)) / float(pack.fps[number]),
        turns=rotmat_global[:, _turning(pack)],
        rest_bones=bones,
        root=positions[:, pack.target[JOINT["pelvis"]]],
        leg_length=float(np.linalg.norm(bones[legs], axis=1).sum() / 2),
    )


def _turning(pack: Pack) -> np.ndarray:
    """(24,) joints of the pack whose turns the target's take."""
    joints = pack.target.copy()
    if pack.source in STIFF_HANDS:
        for side in ("left", "right"):
            joints[[JOINT[f"{side}_wrist"], JOINT[f"{side}_hand"]]] = joints[JOINT[f"{side}_elbow"]]
    return joints


def rest_bones(offsets: np.ndarray, parents: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(24, 3) from each target joint to the next of its limb at rest, NaN but for limbs; offsets (J, 3)."""
    still = np.tile(np.eye(3), (1, len(offsets), 1, 1))
    _, places = _kinematics(still, np.zeros((1, 3)), offsets, parents)
    bones = np.full((len(JOINT), 3), np.nan)
    for joint, child in LIMB_CHILD.items():
        bones[joint] = places[0, target[child]] - places[0, target[joint]]
    return bones


def _kinematics(
    local: np.ndarray, root: np.ndarray, offsets: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations (N, J, 3, 3) and positions (N, J, 3) of local rotations and the root's places."""
    rotmat, positions = np.empty_like(local), np.empty(local.shape[:3])
    for joint, parent in enumerate(parents):
        if parent < 0:
            rotmat[:, joint], positions[:, joint] = local[:, joint], root
        else:
            rotmat[:, joint] = rotmat[:, parent] @ local[:, joint]
            positions[:, joint] = positions[:, parent] + rotmat[:, parent] @ offsets[joint]
    return rotmat, positions


def _check(pack: Pack) -> None:
    """Raises ValueError where arrays do not belong together, so that nothing is read past an end."""
    joints, clips, frames = len(pack.parents), len(pack.names), pack.root_steps.shape[-1]
    shapes = {
        "target": (pack.target, (len(JOINT),)),
        "clip_fps": (pack.fps, (clips,)),
        "clip_skeleton": (pack.skeleton, (clips,)),
        "clip_first": (pack.first, (clips + 1,)),
        "clip_root": (pack.start, (clips, 3)),
        "quat_steps": (pack.quaternion_steps, (joints, 4, frames)),
        "root_steps": (pack.root_steps, (3, frames)),
        "offsets": (pack.offsets, (len(pack.offsets), joints, 3)),
    }
    for key, (array, shape) in shapes.items():
        if array.shape != shape:
            raise ValueError(f"{key} is {array.shape}, not {shape}")
    if pack.first[0] != 0 or pack.first[-1] != frames or (np.diff(pack.first) < 2).any():
        raise ValueError("clip_first does not cut its frames into clips of two or more")
    if not (pack.fps > 0).all() or not np.isfinite(pack.offsets).all() or not np.isfinite(pack.start).all():
        raise ValueError("rates, offsets or places are no plain numbers")
    in_order = (pack.parents < np.arange(joints)).all() and (pack.parents >= -1).all()
    if not in_order or not _within(pack.target, joints) or not _within(pack.skeleton, len(pack.offsets)):
        raise ValueError("joints point outside the skeleton")


def _within(numbers: np.ndarray, count: int) -> bool:
    return bool(((numbers >= 0) & (numbers < count)).all())
