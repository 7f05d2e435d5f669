"""The built-in clip: a short film with the ground truth of its joints, for a first look without a camera."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from str_live.camera.source import SourceError
from str_live.camera.video import VideoSource
from str_live.files import CLIP_FOLDER
from str_live.settings import SourceSettings
from str_live.untrusted.arrays import read_arrays

logger = logging.getLogger(__name__)


def clip_source(settings: SourceSettings, epochs: Iterator[int], folder: Path | None = None) -> VideoSource:
    """The clip as a video with truth in each Frame; SourceError when its files are not there."""
    folder = folder or CLIP_FOLDER
    film = folder / "clip.mp4"
    if not film.is_file():
        raise SourceError(
            f"The built-in clip {film} is missing: fetch the repository again, or choose another source."
        )
    truth = _load_truth(folder / "clip_truth.npz")
    source = VideoSource(replace(settings, spec=str(film)), epochs, truth=truth)
    source.name, source.identity = "built-in clip", "clip"
    return source


def _load_truth(path: Path) -> np.ndarray:
    """(N, 24, 3) float32, metres, camera frame."""
    try:
        joints = np.ascontiguousarray(read_arrays(path, ("joints_cam",))["joints_cam"], np.float32)
    except (ValueError, KeyError) as error:
        raise SourceError(
            f"The clip's ground truth {path} cannot be read ({error}): fetch the repository again."
        ) from error
    if joints.ndim != 3 or joints.shape[1:] != (24, 3):
        raise SourceError(
            f"The clip's ground truth {path} has shape {joints.shape}, not (N, 24, 3): fetch it again."
        )
    return joints
