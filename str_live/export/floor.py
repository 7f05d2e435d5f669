"""Puts a take upright on the floor: 'level' finds one floor under its feet, 'lock' also keeps the feet on it.

Only the root is moved and rotated: the joints' local rotations stay the network's. Depth is what one camera
measures worst (several centimetres from frame to frame), so 'level' first low-passes the pelvis along its
ray. 'lock' puts the lower foot on the floor, slowly, so that a jump stays a jump but stairs become flat, and
then holds the standing foot in its place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d
from scipy.spatial.transform import Rotation

from str_live.export.kinematics import matrices_from_quaternions, quaternions_from_matrices
from str_live.export.smoothing import low_pass, person_runs
from str_live.export.take import Take

DEPTH_CUTOFF_HZ = 1.0
TOES = (10, 11)
"""The joints at the balls of the feet, at a known height over the sole."""
_PERCENTILE = 25.0
"""Of the lower sole's heights: where the floor is. One foot stands most of the time; the quartile lies among
those frames, whether some others are in the air, and with as few below the floor as may be."""
_GROUNDING_S = 2.0
"""Over which time the lower sole's middle height is taken for standing: longer than a jump is in the air."""
_HEIGHT_SPREAD_M = 0.02
"""Error of a stance foot's height: how far an estimated tilt is trusted."""
_TILT_SPREAD = np.tan(np.radians(30.0))
"""Tilt of cameras, the prior: keeps the floor level where the feet hardly determine it (a person at rest)."""
_SWITCH_M = 0.03
"""By how much lower the other toe has to be before it becomes the stance foot."""
_LIFTED_M = 0.08
"""A toe that is higher than this over the floor does not stand."""
_BLEND_FRAMES, _BLEND_S = 5, 1 / 6
"""Over how many frames, and how long at most, a foot begins and ceases to be held."""


def apply_floor(take: Take, floor: str, *, measured: bool) -> Take:
    """The take with the floor of the options at y = 0, starting over the origin; 'none' changes nothing.

    `measured`: path and vertical are known (motion capture), so that only the height is found.
    """
    if floor == "none":
        return take
    if not measured:
        take = _level(steady_depth(take))
    take = _on_the_ground(take)
    if floor != "lock":
        return take
    return lock(take if measured else grounded(take))


def in_place(take: Take) -> Take:
    """The take with its pelvis over the origin in every frame."""
    return replace(take, pelvis=take.pelvis * [0.0, 1.0, 0.0])


def steady_depth(take: Take) -> Take:
    """Low-passes the distance from the camera, which is at the origin: what it sees stays as it is."""
    if take.fps <= 2 * DEPTH_CUTOFF_HZ:
        return take
    pelvis = take.pelvis.copy()
    for run in person_runs(take.person):
        depth = pelvis[run, 2:]
        pelvis[run] *= low_pass(depth, take.fps, DEPTH_CUTOFF_HZ) / depth
    return replace(take, pelvis=pelvis)


def lower_soles(take: Take) -> np.ndarray:
    """(N, 3) metres: where the sole under the lower toe is in each frame."""
    soles = take.joints()[:, TOES]
    soles[..., 1] -= take.rest[TOES, 1]
    return soles[np.arange(take.frames), soles[..., 1].argmin(axis=1)]


def grounded(take: Take) -> Take:
    """Moves the take up and down, slowly, so that its lower sole stands at y = 0 most of any two seconds."""
    heights, pelvis = lower_soles(take)[:, 1], take.pelvis.copy()
    window = max(1, round(_GROUNDING_S * take.fps))
    for run in person_runs(take.person):
        standing = median_filter(heights[run], window, mode="nearest")
        pelvis[run, 1] -= uniform_filter1d(standing, max(1, window // 4), mode="nearest")
    return replace(take, pelvis=pelvis)


def lock(take: Take) -> Take:
    """Moves the root so that the foot that stands does not slide."""
    toes = take.joints()[:, TOES]
    standing = _standing(toes[..., 1] - take.rest[TOES, 1], take.person)
    blend = min(_BLEND_FRAMES, max(1, round(_BLEND_S * take.fps)))
    held = uniform_filter1d(standing.astype(np.float64), blend, axis=0, mode="nearest")
    # A step between two frames is held by the smaller of their weights: none leaks into a gap.
    weights = np.minimum(held[1:], held[:-1]) * (take.person[1:] & take.person[:-1])[:, None]
    slides = np.diff(toes[..., (0, 2)], axis=0)  # (N - 1, 2 feet, 2)
    correction = -np.cumsum((weights[..., None] * slides).sum(axis=1), axis=0)
    pelvis = take.pelvis.copy()
    pelvis[1:, (0, 2)] += correction
    return replace(take, pelvis=pelvis)


def _standing(heights: np.ndarray, person: np.ndarray) -> np.ndarray:
    """(N, 2) metres of the toes over the floor -> (N, 2) bool: which foot stands, at most one."""
    standing = np.zeros(heights.shape, bool)
    foot = int(heights[0].argmin())
    for frame, height in enumerate(heights):
        if height[1 - foot] < height[foot] - _SWITCH_M:
            foot = 1 - foot
        standing[frame, foot] = person[frame] and height[foot] < _LIFTED_M
    return standing


def _level(take: Take) -> Take:
    """Turns the take so that the plane under the feet is level. Twice: which sole is lower depends on it."""
    for _ in range(2):
        turn = _turn_to_level(lower_soles(take)[take.person], take.fps)
        rotations = take.rotations.copy()
        matrices = turn @ matrices_from_quaternions(rotations[:, 0])
        rotations[:, 0] = quaternions_from_matrices(matrices)
        take = replace(take, rotations=rotations, pelvis=take.pelvis @ turn.T)
    return take


def _turn_to_level(points: np.ndarray, fps: float) -> np.ndarray:
    """(N, 3) points on the floor -> (3, 3) the smallest turn that makes their plane level.

    Least squares with a prior (floors are nearly level); the frames of one second count as one observation.
    Points far off (a foot in the air) count less, as in Huber's estimate.
    """
    centre = np.median(points, axis=0)
    sides, heights = points[:, (0, 2)] - centre[[0, 2]], points[:, 1] - centre[1]
    independent = max(len(points) / fps, 1.0) / len(points)
    design = np.concatenate([sides, np.ones((len(points), 1))], axis=1)
    prior = np.diag([1 / _TILT_SPREAD**2, 1 / _TILT_SPREAD**2, 0.0])
    slope = np.zeros(3)
    for _ in range(10):
        off = np.abs(heights - design @ slope) / _HEIGHT_SPREAD_M
        weight = independent / np.maximum(off, 1.0) / _HEIGHT_SPREAD_M**2
        slope = np.linalg.solve((design * weight[:, None]).T @ design + prior, design.T @ (weight * heights))
    normal = np.array([-slope[0], 1.0, -slope[1]])
    normal /= np.linalg.norm(normal)
    axis = np.cross(normal, [0.0, 1.0, 0.0])
    sine = np.linalg.norm(axis)
    if sine < 1e-9:
        return np.eye(3)
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, normal[1])).as_matrix()


def _on_the_ground(take: Take) -> Take:
    """Moves the take so that its soles stand on y = 0 and its first seen frame over the origin."""
    height = np.percentile(lower_soles(take)[take.person, 1], _PERCENTILE)
    first = take.pelvis[int(take.person.argmax())]
    return replace(take, pelvis=take.pelvis - [first[0], height, first[2]])
