"""Lays the predicted body over the landmarks that were seen. In: Prediction and Person, out: Prediction.

Sixteen frames tell well how a person is posed, but the crop's square moves from frame to frame, and a camera
mixed from them lags behind the picture. Where the person is need not be guessed: given the pose, scale and
place that bring the body's points onto the landmarks of that very frame follow by least squares. Only the
front ends that see landmarks as such are anchored; what a network read from pixels stays its own word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from str_live.body.skinning import Body
from str_live.features.landmarks import points_from_landmarks, points_inside
from str_live.geometry import image_to_crop
from str_live.messages import Person, Prediction
from str_live.skeleton import LIMB_JOINTS, LIMB_LANDMARKS

MIN_POINTS = 5
MIN_SPREAD = 0.05
"""Metres (standard deviation of the points): below it, scale cannot be told."""
OUTLIER = 3.0
"""Points farther off than this many times the median distance do not count in the second fit."""
SCALE_LIMIT = 1.5
"""A scale that differs from the network's by more than this factor is a misdetection."""


def anchor(body: Body, predictions: Sequence[Prediction], person: Person) -> list[Prediction]:
    """The predictions with cameras that lay them over the person's landmarks."""
    points = body_points(body, predictions)  # (N, P, 3)
    seen, inside = seen_points(body, person)
    return [
        replace(prediction, camera=anchored_camera(own[inside], seen[inside], prediction.camera))
        for prediction, own in zip(predictions, points, strict=True)
    ]


def body_points(body: Body, predictions: Sequence[Prediction]) -> np.ndarray:
    """(N, P, 3) metres, body frame: the 21 landmark points, or 12 limb joints where a body has none."""
    rotmat = torch.from_numpy(np.stack([prediction.rotmat for prediction in predictions]))
    betas = torch.from_numpy(np.stack([prediction.betas for prediction in predictions]))
    rotmat, betas = rotmat.to(body.template.device), betas.to(body.template.device)
    with torch.inference_mode():
        if body.has_landmarks:
            return points_from_landmarks(body.landmarks(rotmat, betas)).cpu().numpy()
        return body.joints_only(rotmat, betas)[:, LIMB_JOINTS].cpu().numpy()


def seen_points(body: Body, person: Person) -> tuple[np.ndarray, np.ndarray]:
    """(P, 2) in [-1, 1] of the crop, and (P,) bool whether each lies within the picture."""
    landmarks = image_to_crop(person.landmarks_px, person.box)
    if body.has_landmarks:
        points = points_from_landmarks(torch.from_numpy(np.asarray(landmarks, np.float32)))
        return points.numpy(), points_inside(person).numpy()
    if person.image_size is None:
        return landmarks[LIMB_LANDMARKS], np.ones(len(LIMB_LANDMARKS), bool)
    pixels = person.landmarks_px[LIMB_LANDMARKS]
    return landmarks[LIMB_LANDMARKS], ((pixels >= 0) & (pixels < np.array(person.image_size))).all(axis=-1)


def anchored_camera(points: np.ndarray, seen: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """(N, 3) body points and (N, 2) where they were seen -> (3,) camera s, tx, ty.

    Weak perspective, twice: the second time without the outliers of the first. `camera`, the network's own,
    is kept where the points do not tell.
    """
    if len(points) < MIN_POINTS or points[:, :2].std() < MIN_SPREAD:
        return camera
    fitted = _fit(points[:, :2], seen)
    distance = np.linalg.norm(fitted[0] * (points[:, :2] + fitted[1:]) - seen, axis=1)
    good = distance <= OUTLIER * np.median(distance) + 1e-6
    fitted = _fit(points[good, :2], seen[good])
    if not 1 / SCALE_LIMIT < fitted[0] / max(float(camera[0]), 1e-6) < SCALE_LIMIT:
        return camera
    return fitted.astype(np.float32)


def _fit(points: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(3,) s, tx, ty that minimise |s (points + t) - seen| over (N, 2) points."""
    centre, goal = points.mean(0), seen.mean(0)
    scale = ((points - centre) * (seen - goal)).sum() / ((points - centre) ** 2).sum()
    return np.array([scale, *(goal / (scale or 1e-6) - centre)])
