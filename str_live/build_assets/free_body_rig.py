"""Turns MakeHuman's skeleton into SMPL's: joints, T-pose, skinning weights, joint regressor. Pure numpy.

In: vertices, bone heads and bone weights of the `makehuman` rig. Out: the same in SMPL's 24 joints.
Everything here is in metres, y up, facing +z, the person's left at +x.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import nnls

from str_live.geometry import smallest_rotation
from str_live.skeleton import JOINT, JOINT_NAMES, PARENTS

# Limb bones whose skin follows one SMPL joint; a bone that is not named follows its nearest named ancestor.
LIMB_BONES = {
    "left_hip": ("upperleg01.L", "upperleg02.L"),
    "left_knee": ("lowerleg01.L", "lowerleg02.L"),
    "left_ankle": ("foot.L",),
    "left_foot": ("toe1-1.L", "toe2-1.L", "toe3-1.L", "toe4-1.L", "toe5-1.L"),
    "neck": ("neck01", "neck02", "neck03"),
    "head": ("head",),
    "left_collar": ("clavicle.L", "shoulder01.L"),
    "left_shoulder": ("upperarm01.L", "upperarm02.L"),
    "left_elbow": ("lowerarm01.L", "lowerarm02.L"),
    "left_wrist": ("wrist.L", "metacarpal1.L", "metacarpal2.L", "metacarpal3.L", "metacarpal4.L"),
    "left_hand": ("finger1-2.L", "finger2-1.L", "finger3-1.L", "finger4-1.L", "finger5-1.L"),
}
# Trunk bones and the place of their middle on the way from mid-hip (0) to neck (1). SMPL cuts the trunk at
# other heights than MakeHuman, so trunk weights are re-dealt along this way instead of bone by bone.
TRUNK_BONES = {
    "root": 0.0, "pelvis.L": 0.0, "pelvis.R": 0.0, "spine05": 0.11, "spine04": 0.27, "spine03": 0.42,
    "spine02": 0.63, "spine01": 0.94, "breast.L": 0.80, "breast.R": 0.80,
}  # fmt: skip
TRUNK_JOINTS = ("pelvis", "spine1", "spine2", "spine3")
TRUNK_CENTRES = (0.16, 0.44, 0.62, 0.84)  # middle of the four SMPL trunk segments on the same way
# Height of SMPL's trunk joints above mid-hip over the height of its neck joint.
TRUNK_HEIGHTS = {"pelvis": 0.15, "spine1": 0.33, "spine2": 0.555, "spine3": 0.645}

# MakeHuman's hip bones start near the outer edge of the thigh (23.5 cm apart at 1.84 m stature); a person's
# hip joint centres are 17-20 cm apart.
HIP_INWARD = 0.86


def mirror_points(points: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Mirror image over the plane x = 0: (..., N, 3), with `partner` (N,) the index of each point's twin."""
    return points[..., partner, :] * np.array([-1.0, 1.0, 1.0])


def symmetrised(points: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Mean of a point set (..., N, 3) and its mirror image: exactly left/right symmetric."""
    return 0.5 * (points + mirror_points(points, partner))


def bone_joint(labels: Sequence[str], parents: Sequence[int]) -> np.ndarray:
    """SMPL joint each bone's skin follows, (bones,); -1 for bones of the trunk."""
    owner: dict[str, int] = dict.fromkeys(TRUNK_BONES, -1)
    for joint, bones in LIMB_BONES.items():
        for bone in bones:
            owner[bone] = JOINT[joint]
            owner[bone.replace(".L", ".R")] = JOINT[joint.replace("left", "right")]
    result = np.zeros(len(labels), dtype=np.int64)
    for index in range(len(labels)):
        ancestor = index
        while labels[ancestor] not in owner:
            ancestor = parents[ancestor]
        result[index] = owner[labels[ancestor]]
    return result


def trunk_shares(place: np.ndarray) -> np.ndarray:
    """Shares (V, 4) of pelvis, spine1, spine2, spine3 for places (V,) on the way from mid-hip to neck."""
    centres = np.array(TRUNK_CENTRES)
    return np.stack([np.interp(place, centres, row) for row in np.eye(len(centres))], axis=1)


def smpl_weights(bone_weights: np.ndarray, labels: Sequence[str], parents: Sequence[int]) -> np.ndarray:
    """Skinning weights (V, 24) from bone weights (V, bones); rows sum to one."""
    joint = bone_joint(labels, parents)
    weights = np.zeros((len(bone_weights), len(JOINT_NAMES)))
    for bone, owner in enumerate(joint):
        if owner >= 0:
            weights[:, owner] += bone_weights[:, bone]
    trunk = np.flatnonzero(joint < 0)
    centres = np.array([_trunk_centre(labels, parents, bone) for bone in trunk])
    amount = bone_weights[:, trunk].sum(1)
    place = bone_weights[:, trunk] @ centres / np.maximum(amount, 1e-12)
    weights[:, [JOINT[name] for name in TRUNK_JOINTS]] += amount[:, None] * trunk_shares(place)
    weights[weights < 0.004] = 0.0  # invisible, but they would cost storage and time
    return weights / weights.sum(1, keepdims=True)


def _trunk_centre(labels: Sequence[str], parents: Sequence[int], bone: int) -> float:
    while labels[bone] not in TRUNK_BONES:
        bone = parents[bone]
    return TRUNK_BONES[labels[bone]]


def smpl_joints(heads: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """SMPL's joints (24, 3) from the bone heads (bones, 3) of one symmetric person."""
    head = {name: heads[index] for index, name in enumerate(labels)}
    joints = np.zeros((len(JOINT_NAMES), 3))
    for side, tag in (("left", ".L"), ("right", ".R")):
        joints[JOINT[f"{side}_hip"]] = head["upperleg01" + tag] * [HIP_INWARD, 1, 1]
        joints[JOINT[f"{side}_knee"]] = head["lowerleg01" + tag]
        joints[JOINT[f"{side}_ankle"]] = head["foot" + tag]
        joints[JOINT[f"{side}_foot"]] = head["toe2-1" + tag]
        joints[JOINT[f"{side}_collar"]] = 0.35 * head["clavicle" + tag] + 0.65 * head["shoulder01" + tag]
        joints[JOINT[f"{side}_shoulder"]] = head["upperarm01" + tag]
        joints[JOINT[f"{side}_elbow"]] = head["lowerarm01" + tag]
        joints[JOINT[f"{side}_wrist"]] = head["wrist" + tag]
        knuckle = 0.5 * (head["finger2-1" + tag] + head["finger3-1" + tag])
        joints[JOINT[f"{side}_hand"]] = 0.15 * head["wrist" + tag] + 0.85 * knuckle
    joints[JOINT["neck"]], joints[JOINT["head"]] = head["neck01"], head["head"]
    mid_hip = 0.5 * (joints[JOINT["left_hip"]] + joints[JOINT["right_hip"]])
    line = np.array([mid_hip, *(head[f"spine0{n}"] for n in (4, 3, 2, 1)), head["neck01"]])
    for name, fraction in TRUNK_HEIGHTS.items():
        height = mid_hip[1] + fraction * (head["neck01"][1] - mid_hip[1])
        joints[JOINT[name]] = [0.0, height, np.interp(height, line[:, 1], line[:, 2])]
    joints[JOINT["pelvis"], 2] = mid_hip[2]
    return joints


def rotation_about(axis: int, angle: float) -> np.ndarray:
    """Rotation (3, 3) about a coordinate axis by `angle` in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    result = np.eye(3)
    result[first, first] = result[second, second] = cos
    result[first, second], result[second, first] = -sin, sin
    return result


def t_pose_rotations(joints: np.ndarray, palm: dict[str, np.ndarray]) -> np.ndarray:
    """Global rotation (24, 3, 3) of each joint that takes MakeHuman's A-pose to SMPL's T-pose.

    `palm` holds per side the direction from little to index knuckle (3,) in the A-pose: it ends up pointing
    to the front, so the palms look down. Half of that twist is given to the forearm.
    """
    rotations = np.tile(np.eye(3), (len(JOINT_NAMES), 1, 1))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        chain = [JOINT[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "hand")]
        outwards = np.array([sign, 0.0, 0.0])
        for joint, child in pairwise(chain):
            rotations[joint] = smallest_rotation(joints[child] - joints[joint], outwards)
        across = rotations[chain[2]] @ palm[side]
        twist = -np.arctan2(-across[1], across[2])
        rotations[chain[1]] = rotation_about(0, 0.5 * twist) @ rotations[chain[1]]
        rotations[chain[2]] = rotation_about(0, twist) @ rotations[chain[2]]
        rotations[chain[3]] = rotations[chain[2]]
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):  # legs hang parallel; the soles stay flat
            bone = joints[JOINT[f"{side}_{lower}"]] - joints[JOINT[f"{side}_{upper}"]]
            rotations[JOINT[f"{side}_{upper}"]] = rotation_about(2, np.arctan2(-bone[0], -bone[1]))
    return rotations


def skin(
    vertices: np.ndarray, joints: np.ndarray, weights: np.ndarray, rotations: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear blend skinning with *global* rotations (24, 3, 3): posed vertices (V, 3) and joints (24, 3)."""
    posed = joints.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        posed[joint] = posed[parent] + rotations[parent] @ (joints[joint] - joints[parent])
    shift = posed - np.einsum("jab,jb->ja", rotations, joints)
    blended = np.einsum("vj,jab->vab", weights, rotations, optimize=True)
    return np.einsum("vab,vb->va", blended, vertices) + weights @ shift, posed


def fit_regressor(
    point: np.ndarray, vertices: np.ndarray, candidates: np.ndarray, ridge: float = 1e-3
) -> np.ndarray:
    """Non-negative weights (V,) summing to one whose average of the vertices is `point`.

    `point` (S, 3) and `vertices` (S, V, 3) are S people (or poses); only vertex ids `candidates` may get
    weight. The ridge spreads the weight over many vertices, so that it also holds for people that were not
    fitted.
    """
    count = len(candidates)
    offset = vertices[:, candidates] - point[:, None]  # S,C,3: relative to the point, so scale stays small
    rows = offset.transpose(0, 2, 1).reshape(-1, count)
    scale = np.sqrt(len(rows))
    system = np.concatenate([rows, 10.0 * scale * np.ones((1, count)), ridge * scale * np.eye(count)])
    target = np.concatenate([np.zeros(len(rows)), [10.0 * scale], np.zeros(count)])
    gram = np.linalg.cholesky(system.T @ system + 1e-12 * np.eye(count)).T
    solution, _ = nnls(gram, np.linalg.solve(gram.T, system.T @ target), maxiter=50 * count)
    result = np.zeros(vertices.shape[1])
    result[candidates] = solution / solution.sum()
    return result


def nearest(vertices: np.ndarray, point: np.ndarray, count: int) -> np.ndarray:
    """Ids of the `count` vertices (V, 3) closest to a point (3,)."""
    return np.argsort(np.linalg.norm(vertices - point, axis=1))[:count]
