"""Recognises SMPL's relatives by their arrays, and converts SMPL-H and SMPL-X to a body of 24 joints.

In: a body file's keys and arrays. Out: the kind in words where it cannot be used, or SMPL's arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

JOINTS = 24
BODY_JOINTS = 22
"""The first 22 joints are the same in SMPL, SMPL-H and SMPL-X: all but the hands."""
POSE_COLUMNS = 9 * (JOINTS - 1)
_BODY_COLUMNS = 9 * (BODY_JOINTS - 1)
_HEAD, _LEFT_HAND, _RIGHT_HAND = 15, 22, 23
_WRISTS = (20, 21)


@dataclass(frozen=True, slots=True)
class _Relative:
    """A model with SMPL's body and more joints, and which of those become SMPL's two hand joints."""

    name: str
    joints: int
    left: range
    """Joints of the left hand's fingers."""
    right: range

    def knuckle(self, fingers: range) -> int:
        """The middle finger's first joint, the fourth of them: it lies where SMPL has its hand joint."""
        return fingers[3]


_RELATIVES = {
    52: _Relative("SMPL-H", 52, range(22, 37), range(37, 52)),
    55: _Relative("SMPL-X", 55, range(25, 40), range(40, 55)),  # before them jaw and eyes
}
_OTHERS = {
    16: "MANO (a hand)",
    5: "FLAME (a head)",
    33: "SMIL or SMAL (an infant, or an animal)",
    35: "SMAL (an animal)",
    73: "SUPR",
    75: "SUPR",
}
"""Number of joints -> models that are not a whole human body like SMPL."""
_STAR_COLUMNS = 93
_SKEL_KEYS = ("skin_template_v", "skel_template_v", "osim_joint_regressor", "J_regressor_osim")
_MEAN_PARAMETERS = {"pose", "shape", "cam"}


def foreign_kind(keys: Collection[str], arrays: Mapping[str, np.ndarray]) -> str:
    """The kind of a file that cannot be used, as the end of 'it is ...'; '' where it may be usable.

    `keys`: all names in the file; `arrays`: those that are read.
    """
    if any(key in keys for key in _SKEL_KEYS):
        return "SKEL (a skeleton with its own joint angles), which cannot be posed by SMPL's rotations"
    if set(keys) >= _MEAN_PARAMETERS:
        return "smpl_mean_params.npz, where SPIN's network starts from, and no body"
    if "poses" in keys or {"root_orient", "trans"} & set(keys):
        return "a motion, which is opened as a source, and no body"
    posedirs = arrays.get("posedirs")
    if posedirs is not None and posedirs.ndim == 3 and posedirs.shape[2] == _STAR_COLUMNS:
        return "STAR, whose shape under a pose is computed in another way than SMPL's"
    return _by_joints(arrays)


def _by_joints(arrays: Mapping[str, np.ndarray]) -> str:
    weights = arrays.get("weights")
    joints = weights.shape[1] if weights is not None and weights.ndim == 2 else 0
    return f"{_OTHERS[joints]} with {joints} joints" if joints in _OTHERS else ""


def as_smpl(arrays: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], str]:
    """SMPL's arrays made of SMPL-H's or SMPL-X's, and the model's name; others unchanged, and ''.

    Fingers follow the joint in the middle of the hand, as in SMPL; jaw and eyes follow the head.
    """
    weights = arrays["weights"]
    model = _RELATIVES.get(weights.shape[1] if weights.ndim == 2 else 0)
    if model is None:
        return arrays, ""
    taken = dict(arrays)
    taken["weights"] = _joined(weights, model)
    rows = [*range(BODY_JOINTS), model.knuckle(model.left), model.knuckle(model.right)]
    for key, axis in (("J_regressor", 0), ("kintree_table", 1)):
        if arrays[key].ndim == 2 and arrays[key].shape[axis] == model.joints:
            taken[key] = np.take(arrays[key], rows, axis)
    if taken["kintree_table"].shape == (2, JOINTS):
        taken["kintree_table"][0, BODY_JOINTS:] = _WRISTS
    if "posedirs" in arrays:
        taken["posedirs"] = _body_columns(arrays["posedirs"], model)
    return taken, model.name


def _joined(weights: np.ndarray, model: _Relative) -> np.ndarray:
    """(V, 52 or 55) -> (V, 24) skinning weights."""
    joined = np.zeros((len(weights), JOINTS), weights.dtype)
    joined[:, :BODY_JOINTS] = weights[:, :BODY_JOINTS]
    joined[:, _LEFT_HAND] = weights[:, list(model.left)].sum(1)
    joined[:, _RIGHT_HAND] = weights[:, list(model.right)].sum(1)
    joined[:, _HEAD] += weights[:, BODY_JOINTS : model.left.start].sum(1)  # jaw and eyes, where there are any
    return joined


def _body_columns(posedirs: np.ndarray, model: _Relative) -> np.ndarray:
    """(V, 3, 459 or 486) -> (V, 3, 207): the hands' own columns are for fingers that are not moved here."""
    if posedirs.ndim != 3 or posedirs.shape[2] != 9 * (model.joints - 1):
        return posedirs
    taken = np.zeros((*posedirs.shape[:2], POSE_COLUMNS), posedirs.dtype)
    taken[..., :_BODY_COLUMNS] = posedirs[..., :_BODY_COLUMNS]
    return taken
