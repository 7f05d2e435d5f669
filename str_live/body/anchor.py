"""Lays the predicted body over the detected landmarks. In: Prediction and Person, out: Prediction.

Sixteen frames determine well how a person is posed, but the crop's square moves from frame to frame, and a
camera estimated from all of them lags behind the picture. The landmarks of the frame itself determine it: for
a given pose, the scale and translation that bring the body's points onto them follow by least squares. Only
front ends with landmarks as input are anchored; a camera that a network estimated from pixels is left as it
is.
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
"""Metres (standard deviation of the points): with less, the scale is not determined."""
OUTLIER = 3.0
"""Points farther off than this many times the median distance do not count in the second fit."""
SCALE_LIMIT = 1.5
"""A scale that differs from the network's by more than this factor is a misdetection."""


def anchor(body: Body, predictions: Sequence[Prediction], persons: Sequence[Person]) -> list[Prediction]:
    """The predictions with cameras that lay each over the landmarks of the person in its place."""
    points = body_points(body, predictions)  # (N, P, 3)
    result = []
    for prediction, of_body, person in zip(predictions, points, persons, strict=True):
        detected, inside = detected_points(body, person)
        camera = anchored_camera(of_body[inside], detected[inside], prediction.camera)
        result.append(replace(prediction, camera=camera))
    return result


def body_points(body: Body, predictions: Sequence[Prediction]) -> np.ndarray:
    """(N, P, 3) metres, body frame: the 21 landmark points, or 12 limb joints where a body has none."""
    rotmat = torch.from_numpy(np.stack([prediction.rotmat for prediction in predictions]))
    betas = torch.from_numpy(np.stack([prediction.betas for prediction in predictions]))
    rotmat, betas = rotmat.to(body.template.device), betas.to(body.template.device)
    with torch.inference_mode():
        if body.has_landmarks:
            return points_from_landmarks(body.landmarks(rotmat, betas)).cpu().numpy()
        return body.joints_only(rotmat, betas)[:, LIMB_JOINTS].cpu().numpy()


def detected_points(body: Body, person: Person) -> tuple[np.ndarray, np.ndarray]:
    """The landmarks of `body_points`: (P, 2) in [-1, 1] of the crop; (P,) bool: within the picture."""
    landmarks = image_to_crop(person.landmarks_px, person.box)
    if body.has_landmarks:
        points = points_from_landmarks(torch.from_numpy(np.asarray(landmarks, np.float32)))
        return points.numpy(), points_inside(person).numpy()
    if person.image_size is None:
        return landmarks[LIMB_LANDMARKS], np.ones(len(LIMB_LANDMARKS), bool)
    pixels = person.landmarks_px[LIMB_LANDMARKS]
    return landmarks[LIMB_LANDMARKS], ((pixels >= 0) & (pixels < np.array(person.image_size))).all(axis=-1)


def anchored_camera(points: np.ndarray, detected: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """(N, 3) body points, metres, and (N, 2) their landmarks in the crop -> (3,) camera s, tx, ty.

    A weak-perspective fit, repeated without the outliers of the first. `camera`, the network's, is returned
    where the points do not determine it.
    """
    if len(points) < MIN_POINTS or points[:, :2].std() < MIN_SPREAD:
        return camera
    fitted = _fit(points[:, :2], detected)
    distance = np.linalg.norm(fitted[0] * (points[:, :2] + fitted[1:]) - detected, axis=1)
    good = distance <= OUTLIER * np.median(distance) + 1e-6
    fitted = _fit(points[good, :2], detected[good])
    if not 1 / SCALE_LIMIT < fitted[0] / max(float(camera[0]), 1e-6) < SCALE_LIMIT:
        return camera
    return fitted.astype(np.float32)


def _fit(points: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(3,) s, tx, ty that minimise |s (points + t) - landmarks| over (N, 2) points."""
    centre, goal = points.mean(0), landmarks.mean(0)
    scale = ((points - centre) * (landmarks - goal)).sum() / ((points - centre) ** 2).sum()
    return np.array([scale, *(goal / (scale or 1e-6) - centre)])
