"""How far two computations of the same normals may differ, told by the mesh and float32."""

from __future__ import annotations

import numpy as np
import torch

from str_live.body.skinning import Body, BodyOutput

EPS = torch.finfo(torch.float32).eps


def normals_agree(body: Body, found: BodyOutput, expected: BodyOutput) -> bool:
    """Whether normals differ by no more than the vertices' own differences and rounding allow.

    The area of a face with edges e1 and e2 is a vector that moves by up to 2 d (|e1| + |e2|) + 4 d² when its
    corners move by d, and that is itself rounded by some eps |e1| |e2|. A normal is a sum of them divided
    by its length, so that tiny faces and creases magnify what is invisible in the vertices: each vertex has a
    bound of its own.
    """
    corners = torch.from_numpy(body.faces.astype(np.int64))  # (F, 3)
    moved = (found.vertices - expected.vertices).double().norm(dim=-1)  # (B, V)
    at = found.vertices.double()[:, corners]  # (B, F, 3, 3)
    first, second = at[:, :, 1] - at[:, :, 0], at[:, :, 2] - at[:, :, 0]
    long, wide, shift = first.norm(dim=-1), second.norm(dim=-1), moved[:, corners].amax(-1)  # (B, F)
    error = 2 * shift * (long + wide) + 4 * shift**2 + 16 * EPS * long * wide
    length = _summed_at_vertices(torch.linalg.cross(first, second), corners, moved).norm(dim=-1)
    summed_error = _summed_at_vertices(error, corners, moved)
    # A unit vector moves by twice the share that the vector moved by; where faces cancel out it may be any.
    bound = 2 * summed_error / length.clamp_min(1e-30) + 8 * EPS
    return bool(((found.normals - expected.normals).norm(dim=-1) <= bound).all())


def _summed_at_vertices(values: torch.Tensor, corners: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """(B, F, ...) -> (B, V, ...): the sum over the faces at each vertex; `like` is (B, V)."""
    total = values.new_zeros(*like.shape, *values.shape[2:])
    for corner in corners.T:
        total.index_add_(1, corner, values)
    return total
