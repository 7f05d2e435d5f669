"""Retarget a recording to a body with SMPL's joints.  In: SourceMotion, out: MotionClips at 30 fps.

Global target rotation = C R_src(t) R_src(rest)^-1 C^T D_j; readers deliver all but D_j, the smallest rotation
that takes the target's rest bone onto the source's.  It makes limbs of a T-pose with closed legs, of one with
parted legs and of a pose with hanging arms point the same way once the motion plays.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import FPS, MotionClip, SourceMotion
from str_live.datasets.motion.skeleton import (
    FOOT_JOINTS,
    LIMB_CHILD,
    forward_kinematics,
    height_above_sole,
    leg_length,
)
from str_live.geometry import smallest_rotation
from str_live.skeleton import JOINT, PARENTS

MAX_STEP_DEG = 60.0  # a joint that turns further in one frame is a marker swap, not a person
MIN_FRAMES = 20  # shorter pieces do not fill a training window with its neighbours
LIMIT_DEG = {
    JOINT[f"{side}_{joint}"]: limit_deg
    for side in ("left", "right")
    for joint, limit_deg in (("ankle", 75.0), ("wrist", 120.0))
}  # solvers turn straight legs and arms by 180 degrees about themselves; feet and hands then show it
RECORDED = 1e-6  # share of the time between two frames: nearer than that, a frame is taken as it is
FLOOR_PERCENTILE = 5.0  # robust lowest point: a few frames of foot penetration must not lift the clip


def retarget(motion: SourceMotion, rest_joints: np.ndarray) -> MotionClip:
    """Return the whole recording on the target body, uncut.  rest_joints (24, 3) in metres."""
    rotmat = local_from_global(motion.turns @ bone_alignment(motion.rest_bones, rest_joints))
    root = motion.root * (leg_length(rest_joints) / motion.leg_length)
    rotmat, root = resample(rotmat, root, motion.times_s)
    root = root - [0.0, floor_height(rotmat, root, rest_joints), 0.0]
    return MotionClip(
        motion.name, motion.source, motion.licence, rotmat.astype(np.float32), root.astype(np.float32), FPS
    )


def bone_alignment(rest_bones: np.ndarray, rest_joints: np.ndarray) -> np.ndarray:
    """Return D (24, 3, 3): identity but for hands and limbs whose source rest bone is known (not NaN)."""
    alignment = np.tile(np.eye(3), (len(rest_joints), 1, 1))
    for joint, child in LIMB_CHILD.items():
        if not np.isnan(rest_bones[joint]).any():
            alignment[joint] = smallest_rotation(rest_joints[child] - rest_joints[joint], rest_bones[joint])
    for side in ("left", "right"):  # at rest a hand continues its forearm, also where the arms hang
        alignment[[JOINT[f"{side}_wrist"], JOINT[f"{side}_hand"]]] = alignment[JOINT[f"{side}_elbow"]]
    return alignment


def local_from_global(rotmat_global: np.ndarray) -> np.ndarray:
    """Return local rotations parent^T child of global ones (N, 24, 3, 3)."""
    local = rotmat_global.copy()
    parents = list(PARENTS[1:])
    local[:, 1:] = np.swapaxes(rotmat_global[:, parents], -1, -2) @ rotmat_global[:, 1:]
    return local


def resample(rotmat: np.ndarray, root: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rotmat (M, 24, 3, 3) and root (M, 3) at 30 fps: slerp and linear interpolation."""
    times_s = times_s - times_s[0]
    resampled_s = np.arange(int(np.floor(times_s[-1] * FPS + 1e-3)) + 1) / FPS
    after = np.clip(np.searchsorted(times_s, resampled_s), 1, len(times_s) - 1)
    before = after - 1
    weight = np.clip((resampled_s - times_s[before]) / (times_s[after] - times_s[before]), 0.0, 1.0)
    root = root[before] + weight[:, None] * (root[after] - root[before])
    turned = rotmat[np.where(weight < 0.5, before, after)]
    between = np.minimum(weight, 1 - weight) > RECORDED  # most sources are recorded at 30 or 60 fps
    turned[between] = slerp(rotmat[before[between]], rotmat[after[between]], weight[between, None])
    return turned, root


def slerp(start: np.ndarray, end: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return rotations (..., 3, 3) on the shortest arc; weight broadcasts over (...) and is 0 at start."""
    step = rotvec_from_rotmat(np.swapaxes(start, -1, -2) @ end)
    turn = Rotation.from_rotvec((weight[..., None] * step).reshape(-1, 3)).as_matrix()
    return start @ turn.reshape(start.shape)


def rotvec_from_rotmat(rotmat: np.ndarray) -> np.ndarray:
    """Return axis-angle vectors (..., 3) in radians of rotations (..., 3, 3)."""
    return Rotation.from_matrix(rotmat.reshape(-1, 3, 3)).as_rotvec().reshape(rotmat.shape[:-1])


def floor_height(rotmat: np.ndarray, root: np.ndarray, rest_joints: np.ndarray) -> float:
    """Return the y in metres on which the lower foot stands, over the whole recording.

    rotmat (N, 24, 3, 3) local, root (N, 3) and rest_joints (24, 3) in metres, y up.
    """
    _, positions = forward_kinematics(rotmat, root, rest_joints)
    feet = list(FOOT_JOINTS)
    soles = positions[:, feet, 1] - height_above_sole(rest_joints)[feet]
    return float(np.percentile(soles.min(axis=1), FLOOR_PERCENTILE))


def jumps(rotmat: np.ndarray) -> np.ndarray:
    """Return the frames at which a joint of rotmat (N, 24, 3, 3) turns by more than MAX_STEP_DEG."""
    trace = np.einsum("njab,njab->nj", rotmat[:-1], rotmat[1:])
    step_deg = np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))  # (N-1, 24)
    return np.flatnonzero((step_deg > MAX_STEP_DEG).any(axis=1)) + 1


def impossible(rotmat: np.ndarray) -> np.ndarray:
    """Return a mask (N,) of frames in which an ankle or a wrist is turned further than anatomy allows."""
    mask = np.zeros(len(rotmat), dtype=bool)
    for joint, limit_deg in LIMIT_DEG.items():
        mask |= np.trace(rotmat[:, joint], axis1=1, axis2=2) < 1 + 2 * np.cos(np.radians(limit_deg))
    return mask


def usable_pieces(clip: MotionClip) -> list[MotionClip]:
    """Return the pieces between jumps and impossible frames; uncut clips keep their name, others add #1."""
    good = ~impossible(clip.rotmat)
    edges = np.unique([0, *jumps(clip.rotmat), *(np.flatnonzero(np.diff(good)) + 1), len(clip)]).tolist()
    spans = [(a, b) for a, b in pairwise(edges) if b - a >= MIN_FRAMES and good[a]]
    if spans == [(0, len(clip))]:
        return [clip]
    return [
        replace(clip, name=f"{clip.name}#{number}", rotmat=clip.rotmat[a:b], root=clip.root[a:b])
        for number, (a, b) in enumerate(spans, start=1)
    ]
