"""Rotations over time and forward kinematics on numpy arrays. Quaternions are (x, y, z, w)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.joint_angles import euler_degrees


def quaternions_from_matrices(matrices: np.ndarray) -> np.ndarray:
    """(..., 3, 3) -> (..., 4), the first axis time: no jumps of sign along it."""
    flat = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat()
    return continuous(flat.reshape(*matrices.shape[:-2], 4))


def matrices_from_quaternions(quaternions: np.ndarray) -> np.ndarray:
    """(..., 4) -> (..., 3, 3)."""
    flat = Rotation.from_quat(quaternions.reshape(-1, 4)).as_matrix()
    return flat.reshape(*quaternions.shape[:-1], 3, 3)


def continuous(quaternions: np.ndarray) -> np.ndarray:
    """(N, ..., 4) -> the same rotations, each of the two signs that is nearer to the frame before."""
    turned = (quaternions[1:] * quaternions[:-1]).sum(-1, keepdims=True) < 0
    signs = np.cumprod(np.where(turned, -1.0, 1.0), axis=0)
    return np.concatenate([quaternions[:1], quaternions[1:] * signs])


def slerp(first: np.ndarray, second: np.ndarray, part: np.ndarray) -> np.ndarray:
    """(..., 4) and (..., 4) -> (..., 4) on the shorter way, `part` (..., 1) of it from the first."""
    cosine = (first * second).sum(-1, keepdims=True)
    second = np.where(cosine < 0, -second, second)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6  # a straight line, where the two are the same to all digits that count
    with np.errstate(divide="ignore", invalid="ignore"):
        weight_first = np.where(near, 1 - part, np.sin((1 - part) * angle) / sine)
        weight_second = np.where(near, part, np.sin(part * angle) / sine)
    return unit(weight_first * first + weight_second * second)


def unit(vectors: np.ndarray) -> np.ndarray:
    """(..., C) -> the same at length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def steady_euler_degrees(matrices: np.ndarray, order: str) -> np.ndarray:
    """(N, ..., 3, 3) -> (N, ..., 3) degrees that go from frame to frame without turning over.

    Three different axes reach every rotation by two triples of angles, and by these plus whole turns: of all
    the one next to the frame before is taken, so that what is interpolated between frames does not spin.
    """
    angles = euler_degrees(matrices, order)
    others = np.stack([angles[..., 0] + 180, 180 - angles[..., 1], angles[..., 2] + 180], axis=-1)
    for frame in range(1, len(angles)):
        last = angles[frame - 1]
        both = np.stack([angles[frame], others[frame]])
        both += 360 * np.round((last - both) / 360)
        nearer = np.abs(both - last).sum(-1).argmin(axis=0)
        angles[frame] = np.where(nearer[..., None] == 0, both[0], both[1])
    return angles


def world_rotations(rotations: np.ndarray, parents: Sequence[int]) -> np.ndarray:
    """(N, J, 4) local quaternions -> (N, J, 3, 3) rotations in the world."""
    world = matrices_from_quaternions(rotations)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[:, joint] = world[:, parent] @ world[:, joint]
    return world


def joint_positions(
    world: np.ndarray, rest: np.ndarray, parents: Sequence[int], places: np.ndarray
) -> np.ndarray:
    """(N, J, 3, 3) world rotations, (J, 3) rest joints -> (N, J, 3) joints.

    `places` (N, K, 3): where the first K joints stand in their parents, or in the world, in each frame; all
    others stay as far from their parents as they rest.
    """
    joints = np.empty((len(world), len(parents), 3))
    for joint, parent in enumerate(parents):
        bone = places[:, joint] if joint < places.shape[1] else rest[joint] - rest[parent]
        if parent < 0:
            joints[:, joint] = bone
        else:
            bone = np.broadcast_to(bone, (len(world), 3))
            joints[:, joint] = joints[:, parent] + np.einsum("nij,nj->ni", world[:, parent], bone)
    return joints


def skinned_vertices(
    world: np.ndarray,
    joints: np.ndarray,
    rest: np.ndarray,
    vertices: np.ndarray,
    which: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """(N, J, 3, 3) and (N, J, 3) of the joints -> (N, V, 3) vertices by linear blend skinning.

    `vertices` (V, 3) at rest, moved by the joints `which` (V, 4) with `weights` (V, 4).
    """
    posed = np.zeros((len(world), len(vertices), 3))
    for column in range(which.shape[1]):
        joint = which[:, column]
        turned = np.einsum("nvij,vj->nvi", world[:, joint], vertices - rest[joint])
        posed += weights[:, column, None] * (turned + joints[:, joint])
    return posed
