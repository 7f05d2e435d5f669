"""Joints and landmark points of many posed bodies at once, without skinning a whole mesh.

A landmark is a fixed combination of skinned vertices, so it is a fixed combination of joint transforms: with
r the landmark's weights of the vertices and w the skinning weights,

    point = sum_v r_v sum_j w_vj (R_j v + t_j) = sum_j (R_j p_j + a_j t_j),
    p_j = sum_v r_v w_vj v,  a_j = sum_v r_v w_vj

and p_j is linear in the shape coefficients.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from str_live.features.landmarks import points_from_landmarks
from str_live.untrusted.arrays import read_arrays


class BodyPoints(NamedTuple):
    """Points of posed bodies, metres, body frame."""

    joints: Tensor
    """(N, 24, 3)."""
    points: Tensor
    """(N, 21, 3): the landmark points of feature.LANDMARK_POINTS."""

    def all(self) -> Tensor:
        """(N, 45, 3), both, relative to the pelvis: what the 3D losses compare."""
        together = torch.cat([self.joints, self.points], dim=1)
        return together - self.joints[:, :1]


class PointBody:
    """A body reduced to its 24 joints and 21 landmark points."""

    def __init__(
        self,
        *,
        v_template: np.ndarray,
        shapedirs: np.ndarray,
        j_regressor: np.ndarray,
        weights: np.ndarray,
        parents: np.ndarray,
        landmark_regressor: np.ndarray,
    ) -> None:
        def tensor(array: np.ndarray) -> Tensor:
            return torch.tensor(np.asarray(array, dtype=np.float64))  # on the default device

        template, shapes, skin = tensor(v_template), tensor(shapedirs), tensor(weights)
        landmarks = points_from_landmarks(tensor(landmark_regressor))  # (21, V)
        regressor = tensor(j_regressor)
        self.parents = [int(parent) for parent in parents]
        self.joint_mean = (regressor @ template).float()  # (24, 3)
        self.joint_shape = torch.einsum("jv,vck->jck", regressor, shapes).float()  # (24, 3, 10)
        self.part_mean = torch.einsum("lv,vj,vc->ljc", landmarks, skin, template).float()  # (21, 24, 3)
        self.part_shape = torch.einsum("lv,vj,vck->ljck", landmarks, skin, shapes).float()
        self.part_weight = (landmarks @ skin).float()  # (21, 24)

    def __call__(self, rotmat: Tensor, betas: Tensor) -> BodyPoints:
        """(N, 24, 3, 3) local rotations and (N, 10) betas -> joints and landmark points."""
        rest = self.joint_mean + torch.einsum("jck,nk->njc", self.joint_shape, betas)  # (N, 24, 3)
        rotations, positions = self._kinematics(rotmat, rest)
        parts = self.part_mean + torch.einsum("ljck,nk->nljc", self.part_shape, betas)  # (N, 21, 24, 3)
        offsets = positions - torch.einsum("njcd,njd->njc", rotations, rest)  # (N, 24, 3)
        count, landmarks = rotmat.shape[0], parts.shape[1]
        # sum over joints and input axes in one matrix product per body
        flat = rotations.permute(0, 1, 3, 2).reshape(count, -1, 3)  # (N, 24 * 3, 3)
        points = parts.reshape(count, landmarks, -1) @ flat + self.part_weight @ offsets
        return BodyPoints(positions, points)

    def _kinematics(self, rotmat: Tensor, rest: Tensor) -> tuple[Tensor, Tensor]:
        """Global rotations (N, 24, 3, 3) and joint positions (N, 24, 3)."""
        rotations, positions = [rotmat[:, 0]], [rest[:, 0]]
        for joint in range(1, len(self.parents)):
            parent = self.parents[joint]
            bone = rest[:, joint] - rest[:, parent]
            positions.append(positions[parent] + (rotations[parent] @ bone[..., None])[..., 0])
            rotations.append(rotations[parent] @ rotmat[:, joint])
        return torch.stack(rotations, dim=1), torch.stack(positions, dim=1)


def read_point_body(path: Path) -> PointBody:
    """The free body's file as the few points that training needs."""
    names = ("kintree_table", "v_template", "shapedirs", "J_regressor", "weights", "landmark_regressor")
    file = read_arrays(path, names)
    parents = file["kintree_table"][0].astype(np.int64)
    return PointBody(
        v_template=file["v_template"],
        shapedirs=file["shapedirs"],
        j_regressor=file["J_regressor"],
        weights=file["weights"],
        parents=np.where(np.arange(len(parents)) == 0, -1, parents),
        landmark_regressor=file["landmark_regressor"],
    )
