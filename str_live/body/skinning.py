"""The body model: joint rotations and shape in, vertices, joints and normals out.

In: rotmat (B, 24, 3, 3) local rotations, [0] the global orientation, and betas (B, 10).
Out: metres, relative to the body's own origin, in the frame that rotmat[:, 0] turns the rest pose (y up,
facing +z, left = +x) to. With SPIN's rotations that is the camera frame, x right, y down: nothing is
flipped here, and no translation is added.

A body with pose blend shapes (a user's SMPL file) is skinned by `smplx`. The free body has none and is
skinned here: four times as fast, without 30 MB of zeros, and free of smplx's non-commercial licence.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from str_live.body.smpl_files import BETAS, BodyArrays, read_body, resolve_body_path
from str_live.skeleton import PARENTS


@dataclass(frozen=True, slots=True)
class BodyOutput:
    """A posed body."""

    vertices: Tensor
    """(B, V, 3) metres."""
    joints: Tensor
    """(B, 24, 3) metres."""
    normals: Tensor
    """(B, V, 3) unit length, outward."""


def load_body(path: Path | None = None, gender: str = "neutral") -> Body:
    """The free body, or the one in `path`: a file, or a folder with a file of `gender` under a known name.

    Raises BodyFileError where there is no good file.
    """
    return Body(read_body(resolve_body_path(path, gender)))


class Body(nn.Module):
    """A body in SMPL's format. Its tensors are no part of a checkpoint: they belong to the body file."""

    template: Tensor
    shapedirs: Tensor
    posedirs: Tensor | None
    weights: Tensor
    parent_of: Tensor
    rest_joints: Tensor
    joint_shapedirs: Tensor
    corners: Tensor
    vertex_from_face: Tensor
    landmark_weights: Tensor
    landmark_points: Tensor
    landmark_shapedirs: Tensor

    def __init__(self, arrays: BodyArrays) -> None:
        super().__init__()
        self.name = arrays.name
        self.licence = arrays.licence
        self.parents = PARENTS
        self.faces = arrays.faces
        """(F, 3) int32."""
        self.vertex_part = arrays.vertex_part
        """(V,) index into part_names: what colours clothes, skin and hair."""
        self.part_names = arrays.part_names
        self.vertex_joint = arrays.weights.argmax(axis=1)
        """(V,) the joint that moves each vertex most."""
        template, shapedirs = torch.from_numpy(arrays.v_template), torch.from_numpy(arrays.shapedirs)
        weights, regressor = torch.from_numpy(arrays.weights), torch.from_numpy(arrays.joint_regressor)
        # Coordinates first (3, V): every step then runs along V, which is several times faster than along 3.
        self._buffer("template", template.T.reshape(1, -1))  # (1, 3V)
        self._buffer("shapedirs", shapedirs.permute(2, 1, 0).reshape(BETAS, -1))  # (10, 3V)
        self._buffer("weights", weights.T)  # (24, V)
        self._buffer("parent_of", torch.tensor(PARENTS).clamp(min=0))  # (24,)
        # Joints are linear in the shape, so they need no vertices.
        self._buffer("rest_joints", regressor @ template)  # (24, 3)
        self._buffer("joint_shapedirs", torch.einsum("jv,vck->kjc", regressor, shapedirs).reshape(BETAS, -1))
        self._buffer("corners", torch.from_numpy(arrays.faces.T.astype(np.int64)).reshape(-1))  # (3F,)
        self._buffer("vertex_from_face", _vertex_from_face(arrays.faces, len(template)))  # (V, F) sparse
        self._smplx = None if arrays.posedirs is None else _SmplxTensors(arrays, arrays.posedirs)
        self.register_buffer("posedirs", None)
        if arrays.posedirs is not None:
            posedirs = torch.from_numpy(arrays.posedirs)  # (V, 3, 207)
            self._buffer("posedirs", posedirs.permute(2, 1, 0).reshape(posedirs.shape[2], -1))  # (207, 3V)
        self.has_landmarks = arrays.landmark_regressor is not None and arrays.posedirs is None
        """Whether `landmarks` works."""
        if self.has_landmarks:
            self._fold_landmarks(torch.from_numpy(arrays.landmark_regressor), weights, template, shapedirs)
        self._levels = _levels(PARENTS)

    def forward(self, rotmat: Tensor, betas: Tensor) -> BodyOutput:
        """Vertices, joints and smooth normals for rotmat (B, 24, 3, 3) and betas (B, 10)."""
        vertices, joints = self.vertices_and_joints(rotmat, betas)
        return BodyOutput(vertices, joints, self.normals(vertices))

    def vertices_and_joints(self, rotmat: Tensor, betas: Tensor) -> tuple[Tensor, Tensor]:
        """Vertices (B, V, 3) and joints (B, 24, 3)."""
        _check(rotmat, betas)
        # On a GPU smplx reads each joint's parent from the device: 23 waits a body, and no CUDA graph.
        if self._smplx is not None and not rotmat.is_cuda:
            return self._smplx(rotmat, betas)
        return self.skin(rotmat, betas)

    def skin(self, rotmat: Tensor, betas: Tensor) -> tuple[Tensor, Tensor]:
        """Vertices (B, V, 3) and joints (B, 24, 3) by our own skinning."""
        batch = len(rotmat)
        # 1. Shape, and the pose's own corrections where a body has them
        shaped = torch.addmm(self.template, betas, self.shapedirs)
        if self.posedirs is not None:
            turned = (rotmat[:, 1:] - torch.eye(3, device=rotmat.device)).reshape(batch, -1)  # (B, 207)
            shaped = torch.addmm(shaped, turned, self.posedirs)
        shaped = shaped.view(batch, 3, -1)  # (B, 3, V)
        # 2. Joints and where the rest pose goes with each of them
        rotation, joints, shift = self.transforms(rotmat, betas)
        # 3. Each vertex' own mean transform, columns first, then applied
        columns = torch.cat([rotation, shift[..., None]], dim=-1).permute(0, 3, 2, 1)  # (B, 4, 3, 24)
        blended = (columns.reshape(batch * 12, -1) @ self.weights).view(batch, 4, 3, -1)  # (B, 4, 3, V)
        vertices = blended[:, 3]
        for axis in range(3):
            vertices = torch.addcmul(vertices, blended[:, axis], shaped[:, axis, None])
        return vertices.transpose(1, 2).contiguous(), joints  # (B, V, 3)

    def joints_only(self, rotmat: Tensor, betas: Tensor) -> Tensor:
        """Joints (B, 24, 3), the same as in `forward` at a fraction of the work."""
        _check(rotmat, betas)
        return self.transforms(rotmat, betas)[1]

    def landmarks(self, rotmat: Tensor, betas: Tensor) -> Tensor:
        """Mediapipe's 33 pose landmarks (B, 33, 3) on the posed body.

        The regressor, the skinning and the shape are all linear, so they are folded into one small tensor per
        landmark and joint: exact, and as cheap as the joints.
        """
        _check(rotmat, betas)
        if not self.has_landmarks:
            raise ValueError(f"the body {self.name} has no landmark regressor: only the free body has one")
        rotation, _, shift = self.transforms(rotmat, betas)
        points = torch.addmm(self.landmark_points, betas, self.landmark_shapedirs)
        points = points.view(len(rotmat), -1, len(PARENTS), 3)  # (B, 33, 24, 3)
        return torch.einsum("bjac,bkjc->bka", rotation, points) + self.landmark_weights @ shift

    def normals(self, vertices: Tensor) -> Tensor:
        """Smooth unit normals (B, V, 3): the mean of the faces around each vertex, weighted by their area."""
        results = []
        for points in vertices:  # a sparse matrix takes one mesh at a time without copying
            corners = points.T.contiguous().index_select(1, self.corners).view(3, 3, -1)  # (xyz, corner, F)
            first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
            area = torch.stack(
                [
                    first[1] * second[2] - first[2] * second[1],
                    first[2] * second[0] - first[0] * second[2],
                    first[0] * second[1] - first[1] * second[0],
                ],
                dim=1,
            )  # (F, 3)
            results.append(self.vertex_from_face @ area)  # (V, 3)
        return nn.functional.normalize(torch.stack(results), dim=-1)

    def transforms(self, rotmat: Tensor, betas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Forward kinematics: global rotations (B, 24, 3, 3), joints (B, 24, 3), translations (B, 24, 3).

        Joint j moves a point p of the rest pose to rotations[j] @ p + translations[j], in metres.
        """
        batch = len(rotmat)
        rest = self.rest_joints + (betas @ self.joint_shapedirs).view(batch, -1, 3)  # (B, 24, 3)
        bones = rest - rest.index_select(1, self.parent_of)  # the root's is 0
        rotation: list[Tensor] = [rotmat[:, 0]] * len(PARENTS)
        joints: list[Tensor] = [rest[:, 0]] * len(PARENTS)
        for children, above in self._levels:
            carried = torch.stack([rotation[joint] for joint in above], dim=1)  # (B, n, 3, 3)
            start = torch.stack([joints[joint] for joint in above], dim=1)
            ends = start + (carried @ bones[:, children, :, None])[..., 0]
            turned = carried @ rotmat[:, children]
            rotation[children], joints[children] = turned.unbind(1), ends.unbind(1)
        turned, ends = torch.stack(rotation, dim=1), torch.stack(joints, dim=1)
        return turned, ends, ends - (turned @ rest[..., None])[..., 0]

    def _fold_landmarks(
        self, regressor: Tensor, weights: Tensor, template: Tensor, shapedirs: Tensor
    ) -> None:
        used = regressor.any(dim=0)
        share = regressor[:, used, None] * weights[None, used]  # (33, U, 24)
        self._buffer("landmark_weights", share.sum(dim=1))  # (33, 24)
        self._buffer("landmark_points", torch.einsum("kuj,uc->kjc", share, template[used]).reshape(1, -1))
        folded = torch.einsum("kuj,ucs->skjc", share, shapedirs[used])
        self._buffer("landmark_shapedirs", folded.reshape(BETAS, -1))

    def _buffer(self, name: str, tensor: Tensor) -> None:
        self.register_buffer(
            name, tensor if tensor.layout != torch.strided else tensor.contiguous(), persistent=False
        )


class _SmplxTensors(nn.Module):
    """Skinning with pose blend shapes, by smplx."""

    def __init__(self, arrays: BodyArrays, posedirs: np.ndarray) -> None:
        super().__init__()
        # Imported here: smplx's licence is non-commercial, and the free body does without.
        from smplx.lbs import lbs

        self._lbs: Callable[..., tuple[Tensor, Tensor]] = lbs
        basis = posedirs.reshape(-1, posedirs.shape[-1]).T
        tensors = {
            "v_template": arrays.v_template,
            "shapedirs": arrays.shapedirs,
            "posedirs": np.ascontiguousarray(basis),  # (207, 3V)
            "J_regressor": arrays.joint_regressor,
            "parents": np.array(PARENTS),
            "lbs_weights": arrays.weights,
        }
        for name, array in tensors.items():
            self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def forward(self, rotmat: Tensor, betas: Tensor) -> tuple[Tensor, Tensor]:
        """Vertices (B, V, 3) and joints (B, 24, 3)."""
        vertices, joints = self._lbs(betas, rotmat, **dict(self.named_buffers()), pose2rot=False)
        return vertices.contiguous(), joints


def _check(rotmat: Tensor, betas: Tensor) -> None:
    assert rotmat.shape[1:] == (len(PARENTS), 3, 3), f"rotmat is {tuple(rotmat.shape)}, not (B, 24, 3, 3)"
    assert betas.shape == (len(rotmat), BETAS), (
        f"betas are {tuple(betas.shape)}, not ({len(rotmat)}, {BETAS})"
    )


def _vertex_from_face(faces: np.ndarray, vertices: int) -> Tensor:
    """Sparse CSR (V, F): 1 where the face touches the vertex."""
    corners = torch.from_numpy(faces.astype(np.int64))
    numbers = torch.arange(len(faces)).repeat_interleave(3)
    places = torch.stack([corners.reshape(-1), numbers])
    size, ones = (vertices, len(faces)), torch.ones(places.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its CSR format beta
        return torch.sparse_coo_tensor(places, ones, size, check_invariants=True).to_sparse_csr()


def _levels(parents: tuple[int, ...]) -> list[tuple[slice, tuple[int, ...]]]:
    """Joints of the tree by their distance from the root, without it: (joints, their parents) per level.

    SMPL numbers its joints level by level, so that those of a level are a slice.
    """
    depth = [0] * len(parents)
    for joint, parent in enumerate(parents[1:], start=1):
        depth[joint] = depth[parent] + 1
    assert depth == sorted(depth)
    starts = [depth.index(level) for level in range(1, max(depth) + 1)]
    return [(slice(start, end), parents[start:end]) for start, end in pairwise([*starts, len(parents)])]
