"""Checks that mediapipe finds the rendered person where the truth is; else the clip is of no use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from str_live.skeleton import LIMB_JOINTS, LIMB_LANDMARKS


@dataclass(frozen=True, slots=True)
class Sighting:
    """What mediapipe made of a clip."""

    found: np.ndarray
    """(N,) bool."""
    error_px: np.ndarray
    """(N, 12) pixels between landmark and projected joint; NaN where no person was found."""


def sightings(pictures: Iterable[np.ndarray], joints_px: np.ndarray) -> Sighting:
    """Run mediapipe over (H, W, 3) BGR pictures; joints_px (N, 24, 2) is the truth."""
    import mediapipe

    found, errors = [], []
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
        for picture, truth in zip(pictures, joints_px, strict=True):
            landmarks = pose.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).pose_landmarks
            found.append(landmarks is not None)
            if landmarks is None:
                errors.append(np.full(len(LIMB_LANDMARKS), np.nan))
                continue
            size = picture.shape[1], picture.shape[0]
            limbs = [landmarks.landmark[index] for index in LIMB_LANDMARKS]
            detected = np.array([(point.x, point.y) for point in limbs]) * size
            errors.append(np.linalg.norm(detected - truth[LIMB_JOINTS], axis=1))
    return Sighting(np.array(found), np.array(errors))
