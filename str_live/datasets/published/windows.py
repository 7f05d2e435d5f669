"""Cuts videos into windows of 16 frames, as TCMR does for training and for evaluation.

In: the video of each frame. Out: (M, 2) first and last frame of each window; the last equals the first in a
static window, one frame 16 times over.
"""

from __future__ import annotations

import numpy as np

from str_live.temporal.window import MIDDLE, WINDOW

AFTER = WINDOW - 1 - MIDDLE
"""Frames of a window behind the one it describes."""


def video_ranges(video: np.ndarray) -> np.ndarray:
    """(N,) names -> (K, 2) first frame of each run of one name, and the frame after its last."""
    if not len(video):
        return np.zeros((0, 2), np.int64)
    starts = np.flatnonzero(video[1:] != video[:-1]) + 1
    return np.stack([np.r_[0, starts], np.r_[starts, len(video)]], axis=1).astype(np.int64)


def training_windows(video: np.ndarray, step: int) -> np.ndarray:
    """(N,) names -> (M, 2) first and last frame of the windows to train on, every `step` frames.

    Videos shorter than 16 frames are dropped. With a step of 16 windows do not overlap. With a smaller one
    the frames behind the last whole multiple of 16 are left out, and the first window comes 8 times more, the
    last 7 times: as many samples as in evaluation, where each frame has its window.
    """
    if not 1 <= step <= WINDOW:
        raise ValueError(f"a step of {step} frames: choose 1 to {WINDOW}")
    windows = [np.zeros((0, 2), np.int64)]
    for start, end in video_ranges(video):
        whole = (end - start) // WINDOW * WINDOW
        if not whole:
            continue
        first = np.arange(start, start + whole - WINDOW + 1, step)
        if step != WINDOW:
            first = np.concatenate([np.repeat(first[:1], MIDDLE), first, np.repeat(first[-1:], AFTER)])
        windows.append(np.stack([first, first + WINDOW - 1], axis=1))
    return np.concatenate(windows)


def evaluation_windows(video: np.ndarray) -> np.ndarray:
    """(N,) names -> (M, 2) windows in the order of the frames they describe, one for each frame.

    The first 8 and the last 7 frames of a video have no whole window around them and get a static one.
    Videos shorter than 16 frames are dropped.
    """
    windows = [np.zeros((0, 2), np.int64)]
    for start, end in video_ranges(video):
        if end - start < WINDOW:
            continue
        described = np.arange(start, end)
        inside = (described >= start + MIDDLE) & (described < end - AFTER)
        first = np.where(inside, described - MIDDLE, described)
        windows.append(np.stack([first, np.where(inside, first + WINDOW - 1, first)], axis=1))
    return np.concatenate(windows)


def frames_of(window: np.ndarray) -> np.ndarray:
    """(2,) first and last frame -> (16,) indices of the window's frames."""
    first, last = int(window[0]), int(window[1])
    return np.full(WINDOW, first) if first == last else np.arange(first, last + 1)


def described_frame(windows: np.ndarray) -> np.ndarray:
    """(..., 2) first and last frames -> (...) the frame each window describes."""
    return np.where(windows[..., 0] == windows[..., 1], windows[..., 0], windows[..., 0] + MIDDLE)
