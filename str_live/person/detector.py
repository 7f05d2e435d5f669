"""mediapipe as a detector: one picture in, one person's landmarks and mask out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from str_live.messages import Box
from str_live.person.crop import box_from_landmarks


@dataclass(frozen=True, slots=True)
class Detection:
    """One run of mediapipe: as `Person`, with the unsteadied box."""

    box: Box
    landmarks_px: np.ndarray
    visibility: np.ndarray
    world_landmarks: np.ndarray
    mask: np.ndarray | None


class MediapipePose:
    """mediapipe 0.10.21's Pose, the last one that needs no download. Used and closed on one thread."""

    def __init__(self, *, segmentation: bool = False) -> None:
        self.segmentation = segmentation
        """Whether detections get a mask; a change makes the graph anew with the next picture."""
        self._segmented = segmentation
        self._pose: Any = None

    def detect(self, image: np.ndarray) -> Detection | None:
        """(H, W, 3) uint8 BGR -> the tracked person, or the most prominent one. Slow the first time."""
        if self._segmented != self.segmentation:
            self.close()
        if self._pose is None:
            self._pose = self._make()
            self._segmented = self.segmentation
        found = self._pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        if not found.pose_landmarks:
            return None
        height, width = image.shape[:2]
        points = np.array([(p.x * width, p.y * height, p.visibility) for p in found.pose_landmarks.landmark])
        world = np.array([(p.x, p.y, p.z) for p in found.pose_world_landmarks.landmark], dtype=np.float32)
        return Detection(
            box=box_from_landmarks(points[:, :2], width, height),
            landmarks_px=points[:, :2].astype(np.float32),
            visibility=points[:, 2].astype(np.float32),
            world_landmarks=world,
            mask=found.segmentation_mask,
        )

    def _make(self) -> Any:
        # Importing takes 1.7 s and much memory: recordings and their tests do without.
        import mediapipe

        return mediapipe.solutions.pose.Pose(
            model_complexity=1,
            smooth_landmarks=False,  # smoothing would smear left/right swaps beyond repair
            enable_segmentation=self.segmentation,
            smooth_segmentation=False,
        )

    def reset(self) -> None:
        """Forget whom it tracks: the next picture is searched as a whole."""
        if self._pose is not None:
            self._pose.reset()

    def close(self) -> None:
        """Free the graph."""
        if self._pose is not None:
            self._pose.close()
            self._pose = None
