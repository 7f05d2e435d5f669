"""A body together with the joints that losses and tables speak of.

In: rotations and betas. Out: SPIN's 49 joints, vertices, and the test sets' joints. With the folder of base
data that SPIN, VIBE and TCMR publish it is SMPL with their two joint regressors; without, the free body with
stand-ins for the joints: good to train and to compare our own networks, not for published tables.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from str_live.body.skinning import Body
from str_live.body.smpl_files import BodyArrays, BodyFileError, read_body, resolve_body_path
from str_live.datasets.joint_sets import (
    COMMON_14_IN_49,
    FROM_54,
    SMPL_VERTICES,
    VERTEX_JOINTS,
    free_joints_49,
    regress_common_14,
    smpl_joints_49,
)
from str_live.weights.published import load_extra_regressor, load_h36m_regressor

EXTRA_FILE = "J_regressor_extra.npy"
H36M_FILE = "J_regressor_h36m.npy"


class Posed(NamedTuple):
    """A posed body, metres, relative to its own origin."""

    vertices: Tensor
    """(B, V, 3)."""
    joints_49: Tensor
    """(B, 49, 3), SPIN's order."""


class MeasuredBody(nn.Module):
    """One gender's body with its joint regressors. Nothing of it is trained or stored in a checkpoint."""

    extra: Tensor | None
    h36m: Tensor | None

    def __init__(self, arrays: BodyArrays, extra: np.ndarray | None, h36m: np.ndarray | None) -> None:
        super().__init__()
        self.body = Body(arrays)
        self.register_buffer("extra", None if extra is None else torch.from_numpy(extra), persistent=False)
        self.register_buffer("h36m", None if h36m is None else torch.from_numpy(h36m), persistent=False)
        self.skeleton = None if extra is None else _Skeleton(arrays, extra)

    @property
    def description(self) -> str:
        """What a table has to say about it."""
        if self.h36m is not None:
            return f"{self.body.name} with {EXTRA_FILE} and {H36M_FILE}"
        return f"{self.body.name}, stand-in joints: not comparable with published tables"

    def joints_49(self, rotmat: Tensor, betas: Tensor) -> Tensor:
        """(B, 24, 3, 3) and (B, 10) -> (B, 49, 3) metres, without posing what no joint depends on."""
        if self.skeleton is not None:
            return self.skeleton(rotmat, betas)
        return free_joints_49(self.body.joints_only(rotmat, betas), self.body.landmarks(rotmat, betas))

    def forward(self, rotmat: Tensor, betas: Tensor) -> Posed:
        """(B, 24, 3, 3) and (B, 10) -> vertices and joints."""
        vertices, joints = self.body.vertices_and_joints(rotmat, betas)
        if self.extra is None:
            return Posed(vertices, free_joints_49(joints, self.body.landmarks(rotmat, betas)))
        return Posed(vertices, smpl_joints_49(vertices, joints, self.extra))

    def common_14(self, posed: Posed) -> Tensor:
        """(B, 14, 3): the joints of 3DPW's and Human3.6M's metrics."""
        if self.h36m is None:
            return posed.joints_49[:, list(COMMON_14_IN_49)]
        return regress_common_14(posed.vertices, self.h36m)


class _Skeleton(nn.Module):
    """SMPL cut down to the vertices that its 49 joints depend on: about a tenth of them, the same joints."""

    extra: Tensor

    def __init__(self, arrays: BodyArrays, extra: np.ndarray) -> None:
        super().__init__()
        picked = list(VERTEX_JOINTS.values())
        needed = arrays.joint_regressor.any(0) | extra.any(0)
        needed[picked] = True
        used = np.flatnonzero(needed)  # (U,)
        self.body = Body(
            replace(
                arrays,
                v_template=arrays.v_template[used],
                shapedirs=arrays.shapedirs[used],
                posedirs=None if arrays.posedirs is None else arrays.posedirs[used],
                joint_regressor=arrays.joint_regressor[:, used],
                weights=arrays.weights[used],
                faces=np.zeros((1, 3), np.int32),
                landmark_regressor=None,
                vertex_part=arrays.vertex_part[used],
            )
        )
        self.picked = np.searchsorted(used, picked).tolist()
        self.register_buffer("extra", torch.from_numpy(extra[:, used]), persistent=False)

    def forward(self, rotmat: Tensor, betas: Tensor) -> Tensor:
        """(B, 24, 3, 3) and (B, 10) -> (B, 49, 3), as joints.smpl_joints_49 has them."""
        vertices, joints = self.body.vertices_and_joints(rotmat, betas)
        return torch.cat([joints, vertices[:, self.picked], self.extra @ vertices], dim=1)[:, list(FROM_54)]


def load_measured_body(base: Path | None, gender: str = "neutral") -> MeasuredBody:
    """SMPL of a gender with its regressors from the folder `base`; the free body for None.

    Raises BodyFileError or WeightsError with one sentence where a file is missing or of another kind.
    """
    path = resolve_body_path(base, gender)
    arrays = read_body(path)
    if base is None:
        return MeasuredBody(arrays, None, None)
    vertices = len(arrays.v_template)
    if vertices != SMPL_VERTICES:
        raise BodyFileError(path, f"it has {vertices} vertices instead of SMPL's {SMPL_VERTICES}")
    extra = load_extra_regressor(base / EXTRA_FILE, vertices)
    return MeasuredBody(arrays, extra, load_h36m_regressor(base / H36M_FILE, vertices))
