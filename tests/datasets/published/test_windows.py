"""Windows of 16 frames, against the rule written out frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.published.windows import (
    described_frame,
    evaluation_windows,
    frames_of,
    training_windows,
    video_ranges,
)


def names(*lengths: int) -> np.ndarray:
    return np.concatenate([np.full(length, f"video {index}") for index, length in enumerate(lengths)])


def naive_training(lengths: tuple[int, ...], step: int) -> list[list[int]]:
    """TCMR's rule, one video at a time: first and last frames."""
    windows, offset = [], 0
    for length in lengths:
        own = [[s, s + 15] for s in range(0, length - 15, step)]
        if own and step != 16:
            last_whole = max(e for e in range(15, length, 16))
            own = [w for w in own if w[1] <= last_whole]
            own = [own[0]] * 8 + own + [own[-1]] * 7
        windows += [[s + offset, e + offset] for s, e in own]
        offset += length
    return windows


@pytest.mark.parametrize("step", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("lengths", [(16,), (40, 15, 33), (48, 17), (5,), (31, 32)])
def test_training_windows_follow_the_rule(lengths, step):
    assert training_windows(names(*lengths), step).tolist() == naive_training(lengths, step)


@pytest.mark.parametrize("lengths", [(16,), (40, 15, 33), (5,)])
def test_in_evaluation_every_frame_of_a_long_enough_video_is_described_once(lengths):
    windows = evaluation_windows(names(*lengths))
    starts = np.cumsum([0, *lengths])
    long = [range(start, start + n) for start, n in zip(starts, lengths, strict=False) if n >= 16]
    assert described_frame(windows).tolist() == [frame for frames in long for frame in frames]


def test_the_ends_of_a_video_get_static_windows_and_the_rest_whole_ones():
    windows = evaluation_windows(names(20))
    static = windows[:, 0] == windows[:, 1]
    assert static.tolist() == [True] * 8 + [False] * 5 + [True] * 7
    assert frames_of(windows[3]).tolist() == [3] * 16
    assert frames_of(windows[8]).tolist() == list(range(16))
    assert frames_of(windows[12]).tolist() == list(range(4, 20))
    assert frames_of(windows[13]).tolist() == [13] * 16


def test_a_window_never_leaves_its_video():
    video = names(40, 16, 18)
    for windows in (training_windows(video, 1), training_windows(video, 16), evaluation_windows(video)):
        for window in windows:
            frames = frames_of(window)
            assert len(frames) == 16
            assert len(set(video[frames])) == 1


def test_training_samples_of_one_video_are_as_many_as_its_whole_frames():
    assert len(training_windows(names(48), 1)) == len(evaluation_windows(names(48))) == 48


def test_a_name_that_comes_back_is_another_video():
    video = np.array(["a"] * 3 + ["b"] * 2 + ["a"] * 4)
    assert video_ranges(video).tolist() == [[0, 3], [3, 5], [5, 9]]
    assert video_ranges(video[:0]).shape == (0, 2)


@pytest.mark.parametrize("step", [0, 17, -1])
def test_impossible_steps_are_refused(step):
    with pytest.raises(ValueError, match="choose 1 to 16"):
        training_windows(names(20), step)
