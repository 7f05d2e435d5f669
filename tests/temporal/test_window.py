"""The feature window: streaming equals offline at 30 fps, and every other rate gets evenly spaced samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.temporal.window import (
    CAPACITY,
    MIDDLE,
    SAMPLE_S,
    WINDOW,
    FeatureWindow,
    mixed,
    windows_offline,
)


def stream(times: np.ndarray, features: np.ndarray, lookahead: int) -> list[tuple[float, np.ndarray]]:
    window, results = FeatureWindow(), []
    for time_s, feature in zip(times, features, strict=True):
        window.push(float(time_s), feature)
        results += window.ready(lookahead)
    results += window.ready(lookahead, flush=True)
    return [(time_s, mixed(samples)) for time_s, samples in results]


def ramp(times: np.ndarray) -> np.ndarray:
    """(N, 2) features that say their own time."""
    return np.stack([times, -2 * times], axis=-1).astype(np.float32)


@pytest.mark.parametrize("lookahead", range(8))
@pytest.mark.parametrize("count", [1, 5, 16, 60])
def test_streaming_equals_offline_at_30_fps(lookahead: int, count: int) -> None:
    features = np.random.default_rng(0).normal(size=(count, 6)).astype(np.float32)
    results = stream(np.arange(count) / 30, features, lookahead)
    np.testing.assert_array_equal(np.stack([w for _, w in results]), windows_offline(features, lookahead))


def test_offline_windows_against_a_naive_twin() -> None:
    features = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    for lookahead in (0, 2, 7):
        windows = windows_offline(features, lookahead)
        for frame in range(20):
            for entry in range(WINDOW):
                index = min(frame + entry - MIDDLE, frame + lookahead, 19)
                np.testing.assert_array_equal(windows[frame, entry], features[max(index, 0)])


@pytest.mark.parametrize("lookahead", [0, 2, 7])
def test_a_frame_is_ready_as_soon_as_its_lookahead_has_come(lookahead: int) -> None:
    window = FeatureWindow()
    for frame in range(30):
        window.push(frame / 30, np.zeros(2, np.float32))
        ready = window.ready(lookahead)
        expected = [] if frame < lookahead else [(frame - lookahead) / 30]
        assert [time_s for time_s, _ in ready] == pytest.approx(expected)


@pytest.mark.parametrize("fps", [60.0, 50.0, 29.97, 25.0, 15.0, 10.0, 5.0])
def test_samples_are_evenly_spaced_at_any_rate_and_every_frame_gets_a_window(fps: float) -> None:
    times = np.arange(int(4 * fps)) / fps
    results = stream(times, ramp(times), 7)
    assert [time_s for time_s, _ in results] == pytest.approx(list(times))
    for time_s, samples in results:
        if times[0] + MIDDLE * SAMPLE_S <= time_s <= times[-1] - MIDDLE * SAMPLE_S:
            expected = time_s + (np.arange(WINDOW) - MIDDLE) * SAMPLE_S
            np.testing.assert_allclose(samples[:, 0], expected, atol=2e-3)


def test_jittering_stamps_cost_no_extra_frame() -> None:
    rng = np.random.default_rng(2)
    times = np.arange(90) / 30 + rng.uniform(-0.006, 0.006, 90)
    window, lag = FeatureWindow(), []
    for frame, time_s in enumerate(times):
        window.push(time_s, np.zeros(1, np.float32))
        lag += [frame - int(np.searchsorted(times, ready)) for ready, _ in window.ready(2)]
    assert set(lag[10:]) == {2}


def test_a_long_gap_is_not_bridged() -> None:
    times = np.array([0.0, SAMPLE_S, 2.0, 2.0 + SAMPLE_S])
    features = np.array([[1.0], [1.0], [5.0], [5.0]], np.float32)
    values = np.unique(np.stack([samples for _, samples in stream(times, features, 7)]))
    assert set(values) == {1.0, 5.0}


def test_frames_without_a_person_let_the_others_go() -> None:
    window = FeatureWindow()
    window.push(0.0, np.ones(1, np.float32))
    assert window.ready(3) == []
    window.skip(1 / 30)
    window.skip(2 / 30)
    assert window.ready(3) == []
    window.skip(3 / 30)
    ((time_s, samples),) = window.ready(3)
    assert time_s == 0.0
    np.testing.assert_array_equal(mixed(samples), np.ones((16, 1)))


def test_reset_and_time_running_back_mix_nothing() -> None:
    window = FeatureWindow()
    for frame in range(20):
        window.push(5 + frame / 30, np.full(1, 9.0, np.float32))
    window.push(0.0, np.zeros(1, np.float32))
    ((time_s, samples),) = window.ready(0)
    assert time_s == 0.0
    assert not mixed(samples).any()
    window.reset()
    assert window.waiting == 0
    window.push(7.0, np.ones(1, np.float32))
    ((_, samples),) = window.ready(0)
    assert (mixed(samples) == 1).all()


def test_memory_is_bounded() -> None:
    window = FeatureWindow()
    for frame in range(1000):
        window.push(frame / 60, np.zeros(1, np.float32))
        window.ready(7)
    assert len(window) < 60
    assert window.waiting <= 15


def test_two_frames_with_one_stamp_both_get_a_window() -> None:
    window = FeatureWindow()
    for time_s in (0.0, 0.0, 0.1, 0.1):
        window.push(time_s, np.zeros(1, np.float32))
    assert len(window.ready(0)) == 4


def test_an_impossible_lookahead_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 7"):
        FeatureWindow().ready(8)


def test_samples_give_back_whatever_stands_for_a_feature() -> None:
    times = np.cumsum(np.random.default_rng(3).uniform(0.01, 0.06, 40))
    features = np.random.default_rng(4).normal(size=(40, 5)).astype(np.float32)
    numbers, arrays = FeatureWindow(), FeatureWindow()
    for number, time_s in enumerate(times):
        numbers.push(float(time_s), number)
        arrays.push(float(time_s), features[number])
        for (_, places), (_, samples) in zip(numbers.ready(3), arrays.ready(3), strict=True):
            found = replace(places, left=features[places.left], right=features[places.right])
            np.testing.assert_array_equal(mixed(found), mixed(samples))


def test_a_very_fast_source_loses_its_oldest_features_only() -> None:
    window = FeatureWindow()
    for number in range(2 * CAPACITY):
        window.push(number * 1e-5, np.array([number], np.float32))
    (*_, (_, samples)) = window.ready(0, flush=True)
    newest = mixed(samples)
    assert newest.min() == CAPACITY
    assert newest.max() == 2 * CAPACITY - 1
