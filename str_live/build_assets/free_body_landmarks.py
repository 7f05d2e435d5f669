"""Places mediapipe's 33 pose landmarks and the colour parts on the free body. Pure numpy.

In: the T-posed people of `free_body.py`. Out: `landmark_regressor` (33, V) and `vertex_part` (V,).

Where the points sit: BlazePose marks what an annotator sees, not the joints of a skeleton. Its hips are about
0.8 and its shoulders 0.9 times as far apart as MakeHuman's joints (measured on real people), its shoulders
sit a little above the joint and its knees below MakeHuman's. All weights are non-negative and sum to one, so
a landmark is always a plain average of skin vertices and cannot fly off on an unusual shape.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from str_live.build_assets.free_body_rig import fit_regressor, nearest, skin
from str_live.skeleton import JOINT, PARENTS

LANDMARK_NAMES = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
LANDMARK = {name: index for index, name in enumerate(LANDMARK_NAMES)}

# Sideways share of the joint's distance from the middle, and metres upwards at a stature of 1.72 m.
SHOULDER_SHARE, SHOULDER_LIFT = 0.945, 0.012
HIP_SHARE = 0.935
KNEE_DROP = 0.02  # share of the shank; the kneecap's middle lies below MakeHuman's knee joint

PART_NAMES = (
    "face", "hair", "neck", "torso", "hips", "left_upper_arm", "right_upper_arm", "left_forearm",
    "right_forearm", "left_hand", "right_hand", "left_thigh", "right_thigh", "left_shank", "right_shank",
    "left_foot", "right_foot", "lips", "eye_white", "iris",
)  # fmt: skip
PART = {name: index for index, name in enumerate(PART_NAMES)}
JOINT_PART = {
    "pelvis": "hips", "spine1": "torso", "spine2": "torso", "spine3": "torso", "neck": "neck", "head": "face",
    "left_collar": "torso", "left_shoulder": "left_upper_arm", "left_elbow": "left_forearm",
    "left_wrist": "left_hand", "left_hand": "left_hand", "left_hip": "left_thigh", "left_knee": "left_shank",
    "left_ankle": "left_foot", "left_foot": "left_foot",
}  # fmt: skip
# Hems on the template, metres relative to the eyes; the collar rises to the back and to the sides.
WAIST_BELOW_EYES = -0.56
COLLAR_BELOW_EYES, COLLAR_SLOPE, COLLAR_RISE = -0.18, 0.35, 0.3


def joint_landmarks(joints: np.ndarray, knuckles: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Left-hand landmarks that lie inside the body, each (S, 3), from T-posed joints (S, 24, 3) of S people.

    `knuckles` holds "pinky", "index" and "thumb" of the left hand, each (S, 3).
    """
    at = {name: joints[:, index] for name, index in JOINT.items()}
    shank = at["left_ankle"] - at["left_knee"]
    lift = SHOULDER_LIFT / 0.472 * (at["left_shoulder"][:, 1] - at["left_hip"][:, 1])
    return {
        "left_shoulder": at["left_shoulder"] * [SHOULDER_SHARE, 1, 1] + lift[:, None] * [0.0, 1.0, 0.0],
        "left_elbow": at["left_elbow"],
        "left_wrist": at["left_wrist"],
        "left_pinky": knuckles["pinky"],
        "left_index": knuckles["index"],
        "left_thumb": knuckles["thumb"],
        "left_hip": at["left_hip"] * [HIP_SHARE, 1, 1],
        "left_knee": at["left_knee"] + KNEE_DROP * shank,
        "left_ankle": at["left_ankle"],
    }


# A landmark follows the mean of these joints' motions when the body moves.
CARRIERS = {
    "left_shoulder": ("left_collar",),
    "left_elbow": ("left_shoulder", "left_elbow"),
    "left_wrist": ("left_elbow", "left_wrist"),
    "left_pinky": ("left_wrist",),
    "left_index": ("left_wrist",),
    "left_thumb": ("left_wrist",),
    "left_hip": ("pelvis",),
    "left_knee": ("left_hip", "left_knee"),
    "left_ankle": ("left_knee", "left_ankle"),
}
# Standard deviation of the random rotations (radians) under which a landmark has to stay with its joint.
POSE_SPREAD = {
    "left_hip": 0.6, "left_knee": 0.5, "left_ankle": 0.3, "left_collar": 0.1, "left_shoulder": 0.6,
    "left_elbow": 0.5, "left_wrist": 0.4, "left_hand": 0.2,
}  # fmt: skip


def random_global_rotations(rng: np.random.Generator) -> np.ndarray:
    """Global rotations (24, 3, 3) of a body whose left limbs are bent at random and whose trunk is
    upright."""
    rotations = np.tile(np.eye(3), (len(PARENTS), 1, 1))
    for joint, parent in enumerate(PARENTS):
        name = next(key for key, value in JOINT.items() if value == joint)
        local = _rotation_from_vector(rng.normal(0.0, POSE_SPREAD.get(name, 0.0), 3))
        rotations[joint] = local if parent < 0 else rotations[parent] @ local
    return rotations


def _rotation_from_vector(vector: np.ndarray) -> np.ndarray:
    angle = np.linalg.norm(vector) + 1e-12
    x, y, z = vector / angle
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def fit_joint_landmarks(
    people: np.ndarray,
    joints: np.ndarray,
    knuckles: Mapping[str, np.ndarray],
    weights: np.ndarray,
    rng: np.random.Generator,
    *,
    poses: int = 60,
) -> np.ndarray:
    """Regressor rows (33, V) of the left inner landmarks; the other rows stay zero.

    Fitted on the T-posed `people` (S, V, 3) and on random poses of them, so a landmark neither wanders with
    the body's shape nor with the bend of its limb.
    """
    targets = joint_landmarks(joints, knuckles)
    posed, moved = [], {name: [] for name in targets}
    for index in range(poses):
        person = index % len(people)
        rotations = random_global_rotations(rng)
        posed.append(skin(people[person], joints[person], weights, rotations)[0])
        for name, points in targets.items():
            moved[name].append(_carried(points[person], joints[person], rotations, CARRIERS[name]))
    everything = np.concatenate([people, np.array(posed)])
    template = people.mean(0)
    regressor = np.zeros((len(LANDMARK_NAMES), people.shape[1]))
    for name, points in targets.items():
        candidates = nearest(template, points.mean(0), 400)
        targets = np.concatenate([points, np.array(moved[name])])
        regressor[LANDMARK[name]] = fit_regressor(targets, everything, candidates)
    return regressor


def _carried(
    point: np.ndarray, joints: np.ndarray, rotations: np.ndarray, carriers: tuple[str, ...]
) -> np.ndarray:
    """Place (3,) of a point after posing: the mean over the joints that carry it."""
    one_hot = np.zeros((1, len(PARENTS)))
    one_hot[0, [JOINT[name] for name in carriers]] = 1.0 / len(carriers)
    return skin(point[None], joints, one_hot, rotations)[0][0]


def surface_landmarks(
    template: np.ndarray, weights: np.ndarray, eyeball: np.ndarray, mouth_rim: np.ndarray, big_toe: np.ndarray
) -> np.ndarray:
    """Regressor rows (33, V) of the nose and the left landmarks on the skin, from the template (V, 3).

    Masks (V,): `eyeball` the left eye, `mouth_rim` the edge of the mouth, `big_toe` the left big toe's end.
    """
    head = weights[:, JOINT["head"]] > 0.5
    centre = template[eyeball].mean(0)
    ring = (
        head & ~eyeball & (np.linalg.norm(template - centre, axis=1) < 0.019) & (template[:, 2] > centre[2])
    )
    foot = (weights[:, JOINT["left_ankle"]] > 0.5) & (template[:, 0] > 0)
    ears = head & (template[:, 0] > 0.9 * template[head, 0].max())
    picks = {
        "nose": _extreme(template, head & (np.abs(template[:, 0]) < 0.002), [0, 0, 1], 1),
        "left_eye_inner": _extreme(template, ring, [-1, 0, 0], 2),
        "left_eye": _extreme(template, eyeball, [0, 0, 1], 4),
        "left_eye_outer": _extreme(template, ring, [1, 0, 0], 2),
        "left_ear": np.flatnonzero(ears),
        "mouth_left": _extreme(template, mouth_rim, [1, 0, 0], 2),
        "left_heel": _extreme(template, foot, [0, 0, -1], 6),
        "left_foot_index": _extreme(template, big_toe, [0, 0, 1], 8),
    }
    regressor = np.zeros((len(LANDMARK_NAMES), len(template)))
    for name, ids in picks.items():
        regressor[LANDMARK[name], ids] = 1.0 / len(ids)
    return regressor


def _extreme(points: np.ndarray, mask: np.ndarray, direction: list[int], count: int) -> np.ndarray:
    """Ids of the `count` masked points (V, 3) that lie furthest along a direction."""
    ids = np.flatnonzero(mask)
    return ids[np.argsort(-(points[ids] @ np.array(direction, dtype=float)))[:count]]


def mirrored_landmarks(regressor: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Fill the right-hand rows (33, V) from the left ones; `partner` (V,) is each vertex' twin."""
    result = regressor.copy()
    for name, index in LANDMARK.items():
        if "left" in name:
            result[LANDMARK[name.replace("left", "right")]] = regressor[index][partner]
        elif "right" not in name:
            result[index] = 0.5 * (regressor[index] + regressor[index][partner])
    return result


def vertex_parts(
    template: np.ndarray, weights: np.ndarray, eyeballs: np.ndarray, lips: np.ndarray
) -> np.ndarray:
    """Colour part of each vertex, (V,) indices into PART_NAMES; `eyeballs` and `lips` are masks (V,)."""
    names = [
        JOINT_PART.get(n) or JOINT_PART[n.replace("right", "left")].replace("left", "right") for n in JOINT
    ]
    parts = np.array([PART[name] for name in names])[weights.argmax(1)]
    trunk = np.isin(parts, [PART["neck"], PART["torso"], PART["hips"]])
    up = template[:, 1] - template[eyeballs, 1].mean()
    parts[trunk] = np.where(up[trunk] > WAIST_BELOW_EYES, PART["torso"], PART["hips"])
    collar = COLLAR_BELOW_EYES - COLLAR_SLOPE * template[:, 2] + COLLAR_RISE * np.abs(template[:, 0])
    parts[trunk & (up > collar)] = PART["neck"]
    face = parts == PART["face"]
    parts[face & _is_scalp(template, eyeballs)] = PART["hair"]
    parts[lips] = PART["lips"]
    parts[eyeballs] = PART["eye_white"]
    for side in (-1, 1):
        eye = np.flatnonzero(eyeballs & (side * template[:, 0] > 0))
        front = template[eye[np.argmax(template[eye, 2])]]
        parts[eye[np.linalg.norm(template[eye] - front, axis=1) < 0.0065]] = PART["iris"]
    return parts


def _is_scalp(template: np.ndarray, eyeballs: np.ndarray) -> np.ndarray:
    """Mask (V,) of what lies behind the tilted plane from the hairline on the forehead to the nape."""
    eye_height, eye_front = template[eyeballs, 1].mean(), template[eyeballs, 2].max()
    up, back = template[:, 1] - eye_height, eye_front - template[:, 2]
    above_forehead = up > 0.065 - 0.25 * back
    behind_ears = (back > 0.105) & (up > -0.045)
    return np.where(back > 0.105, behind_ears, above_forehead & (up > 0.01))
