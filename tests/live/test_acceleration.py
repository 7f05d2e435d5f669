"""Acceleration figures: against naive twins, at other rates, with gaps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, filtfilt

from str_live.live.acceleration import DELAY, AccelerationMeter, lagrange_weights
from str_live.skeleton import LIMB_JOINTS, LIMB_LANDMARKS


def motion(times: np.ndarray, *, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """(N, 24, 3) metres: joints on sines up to 1.5 Hz, all wandering along together, plus noise."""
    rng = np.random.default_rng(seed)
    phases, rates = rng.uniform(0, 6, (24, 3)), rng.uniform(1, 9, (24, 3))
    joints = 0.3 * np.sin(times[:, None, None] * rates + phases)
    joints += times[:, None, None] ** 2 * [0.3, 0.1, 0.2]  # the root's own acceleration must not count
    return joints + rng.normal(0, noise, joints.shape)


def naive_error(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(N - 2,) mm/frame^2: the definition, frame by frame and joint by joint."""
    errors = []
    for frame in range(1, len(target) - 1):
        distances = []
        for joint in range(predicted.shape[1]):
            ours = predicted[frame - 1, joint] - 2 * predicted[frame, joint] + predicted[frame + 1, joint]
            theirs = target[frame - 1, joint] - 2 * target[frame, joint] + target[frame + 1, joint]
            distances.append(np.linalg.norm(ours - theirs) * 1e3)
        errors.append(np.mean(distances))
    return np.array(errors)


def run_truth(times: np.ndarray, predicted: np.ndarray, truth: np.ndarray) -> list:
    meter = AccelerationMeter()
    samples = [
        meter.push(float(t), {"A": p}, truth=g) for t, p, g in zip(times, predicted, truth, strict=True)
    ]
    return [sample for sample in samples if sample is not None]


def test_ground_truth_at_30_fps_equals_the_naive_definition() -> None:
    times = np.arange(40) / 30
    truth, predicted = motion(times), motion(times, noise=0.01)
    samples = run_truth(times, predicted, truth)
    expected = naive_error(predicted - predicted[:, :1], truth - truth[:, :1])
    np.testing.assert_allclose([sample.error["A"] for sample in samples], expected, rtol=1e-6)
    np.testing.assert_allclose([sample.time_s for sample in samples], times[1:-1])
    assert {sample.reference for sample in samples} == {"ground truth"}


def test_60_fps_is_every_second_frame() -> None:
    times = np.arange(81) / 60
    truth, predicted = motion(times), motion(times, noise=0.01)
    samples = run_truth(times, predicted, truth)
    halved = (predicted - predicted[:, :1])[::2], (truth - truth[:, :1])[::2]
    np.testing.assert_allclose([sample.error["A"] for sample in samples], naive_error(*halved), rtol=1e-6)


@pytest.mark.parametrize("fps", [20.0, 25.0, 28.0, 50.0, 120.0])
def test_other_rates_give_the_magnitude_of_30_fps(fps: float) -> None:
    slow, fast = np.arange(int(3 * fps)) / fps, np.arange(90) / 30
    at_30 = run_truth(fast, motion(fast), motion(fast))
    other = run_truth(slow, motion(slow), motion(slow))
    expected = np.mean([sample.magnitude["reference"] for sample in at_30])
    assert np.mean([sample.magnitude["reference"] for sample in other]) == pytest.approx(expected, rel=0.06)


def test_jittering_stamps_hardly_change_the_figures() -> None:
    rng = np.random.default_rng(5)
    times = np.arange(90) / 30
    joints = motion(times, noise=0.005)
    truth = motion(times)
    steady = run_truth(times, joints, truth)
    jittered = run_truth(times + rng.uniform(-0.004, 0.004, 90), joints, truth)
    means = [np.mean([sample.error["A"] for sample in samples]) for samples in (steady, jittered)]
    assert means[1] == pytest.approx(means[0], rel=0.1)


@pytest.mark.parametrize("fps", [8.0, 12.0, 15.0])
def test_slow_pictures_give_coarse_figures_that_say_so(fps: float) -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.8, 1.2, 40)) / fps
    fall = np.zeros((40, 24, 3))
    fall[:, 1:, 1] = 0.5 * 9.81 * times[:, None] ** 2  # all joints fall away from the root
    samples = run_truth(times, 0 * fall, fall)
    assert len(samples) > 20
    assert {sample.reference for sample in samples[-20:]} == {"ground truth (coarse: under 18 pictures/s)"}
    expected = 9.81 * 1000 / 900 * 23 / 24  # mm/frame^2, the root itself stands still
    for sample in samples[-20:]:
        assert sample.magnitude["reference"] == pytest.approx(expected, rel=1e-6)
        assert sample.error["A"] == pytest.approx(expected, rel=1e-6)


def test_five_pictures_a_second_give_nothing_and_say_why() -> None:
    meter = AccelerationMeter()
    times = np.arange(30) / 5
    joints = motion(times)
    for time_s, points in zip(times, joints, strict=True):
        assert meter.push(float(time_s), {"A": points}, truth=points) is None
    assert "5 pictures a second" in meter.reason


def landmarks_from(joints: np.ndarray) -> np.ndarray:
    """(N, 24, 3) -> (N, 33, 3) world landmarks that agree with them, about the hips."""
    world = np.zeros((len(joints), 33, 3))
    world[:, LIMB_LANDMARKS] = joints[:, LIMB_JOINTS]
    return world - world[:, 23:25].mean(axis=1, keepdims=True)


def jittering(fps: float) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Times, curves, truth and landmarks: 'frame' jitters along with the detector, 'A' half as much as it."""
    times = np.arange(int(40 * fps)) / fps
    rng, truth = np.random.default_rng(3), motion(times)
    detector = rng.normal(0, 0.006, truth.shape)
    curves = {
        "A": truth + 0.3 * detector + rng.normal(0, 0.002, truth.shape),
        "frame": truth + 0.8 * detector + rng.normal(0, 0.003, truth.shape),
    }
    return times, curves, truth, landmarks_from(truth + detector)


def samples_of(times: np.ndarray, curves: dict[str, np.ndarray], **references: np.ndarray) -> list:
    meter = AccelerationMeter()
    samples = [
        meter.push(
            float(time_s),
            {name: points[index] for name, points in curves.items()},
            **{name: points[index] for name, points in references.items()},
        )
        for index, time_s in enumerate(times)
    ]
    return [sample for sample in samples if sample is not None]


@pytest.mark.parametrize("fps", [9.0, 12.0, 15.0])
def test_slow_pictures_have_no_reference_but_the_truth(fps: float) -> None:
    times, curves, truth, landmarks = jittering(fps)
    samples = samples_of(times, curves, world_landmarks=landmarks)
    assert len(samples) > 300
    for sample in samples:
        assert (sample.error, sample.reference) == ({}, "")
        assert sample.no_reference == "no reference: too few pictures, under 18 a second"
        assert set(sample.magnitude) == {"A", "frame"}
    figures = samples_of(times, curves, truth=truth)
    assert np.mean([s.error["A"] for s in figures]) < 0.6 * np.mean([s.error["frame"] for s in figures])


@pytest.mark.parametrize("fps", [9.0, 12.0, 15.0])
def test_landmarks_as_they_are_would_turn_the_ranking_round(fps: float) -> None:
    _, curves, _, landmarks = jittering(fps)
    world = landmarks[:, LIMB_LANDMARKS]
    limbs = {
        name: points[:, LIMB_JOINTS] - points[:, 1:3].mean(axis=1, keepdims=True)
        for name, points in curves.items()
    }
    assert naive_error(limbs["A"], world).mean() > naive_error(limbs["frame"], world).mean()


def test_enough_pictures_rank_as_the_truth_does() -> None:
    times, curves, _, landmarks = jittering(30.0)
    samples = samples_of(times, curves, world_landmarks=landmarks)
    assert {sample.reference for sample in samples} == {"mediapipe 6 Hz"}
    assert not any(sample.no_reference for sample in samples)
    assert np.mean([s.error["A"] for s in samples]) < np.mean([s.error["frame"] for s in samples])


def test_the_landmark_reference_equals_filtering_the_whole_sequence() -> None:
    times = np.arange(150) / 30
    joints = motion(times, noise=0.004)
    world = landmarks_from(motion(times, noise=0.01, seed=0))
    meter = AccelerationMeter()
    samples = [
        meter.push(float(t), {"A": p, "B": 2 * p}, world_landmarks=w)
        for t, p, w in zip(times, joints, world, strict=True)
    ]
    samples = [sample for sample in samples if sample is not None]
    smooth = filtfilt(*butter(2, 6.0 / 15.0), world[:, LIMB_LANDMARKS], axis=0)
    limbs = joints[:, LIMB_JOINTS] - joints[:, 1:3].mean(axis=1, keepdims=True)
    expected = naive_error(limbs, smooth)
    frames = np.array([round(sample.time_s * 30) for sample in samples])
    assert frames[0] == DELAY
    assert frames[-1] == len(times) - 1 - DELAY
    np.testing.assert_allclose([s.error["A"] for s in samples], expected[frames - 1], rtol=0.01)
    assert {s.reference for s in samples} == {"mediapipe 6 Hz"}
    for sample in samples:
        assert sample.magnitude["B"] == pytest.approx(2 * sample.magnitude["A"])


def test_a_body_at_rest_scores_the_magnitude_of_the_reference() -> None:
    times = np.arange(60) / 30
    truth = motion(times)
    samples = run_truth(times, np.zeros_like(truth), truth)
    for sample in samples:
        assert sample.error["A"] == pytest.approx(sample.magnitude["reference"])
        assert sample.magnitude["A"] == 0


@pytest.mark.parametrize("way", ["nobody", "gap", "backwards"])
def test_no_sample_spans_a_break(way: str) -> None:
    meter, jump = AccelerationMeter(), np.zeros((24, 3))
    jump[1:] = 5.0
    for frame in range(10):
        meter.push(frame / 30, {"A": np.zeros((24, 3))}, truth=np.zeros((24, 3)))
    start = {"nobody": 11 / 30, "gap": 2.0, "backwards": 0.0}[way]
    if way == "nobody":
        meter.skip(10 / 30)
    samples = [meter.push(start + frame / 30, {"A": jump}, truth=jump) for frame in range(10)]
    assert samples[:2] == [None, None]
    assert max(sample.magnitude["A"] for sample in samples[2:]) == pytest.approx(0, abs=1e-6)


def test_a_curve_that_comes_and_goes_is_measured_where_it_is_whole() -> None:
    meter, rest = AccelerationMeter(), np.zeros((24, 3))
    samples = [
        meter.push(frame / 30, {"A": rest, **({"B": rest} if frame >= 5 else {})}, truth=rest)
        for frame in range(10)
    ]
    assert ["B" in sample.error for sample in samples[2:]] == [False] * 5 + [True] * 3


def test_means_cover_the_last_seconds_only() -> None:
    meter, rest = AccelerationMeter(), np.zeros((24, 3))
    for frame in range(60):
        moving = rest.copy()
        moving[1:] = (-1) ** frame * (0.01 if frame < 30 else 0.0)
        meter.push(frame / 30, {"A": moving}, truth=rest)
    assert meter.means(0.5).error["A"] == pytest.approx(0, abs=1e-6)
    assert meter.means(10).error["A"] > 10
    assert AccelerationMeter().means().samples == 0


def test_interpolation_is_exact_for_cubics() -> None:
    times = np.array([0.0, 0.9, 2.2, 3.0])
    weights = lagrange_weights(times, 1.4)
    assert weights @ (times**3 - times) == pytest.approx(1.4**3 - 1.4)
