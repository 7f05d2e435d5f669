"""The floor: level, at 0, under feet that stand. Smoothing: without delay, within what was seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.export import ExportError, Smoothing, Take, TakeOptions
from str_live.export.floor import TOES, apply_floor, grounded, in_place, lower_soles, steady_depth
from str_live.export.kinematics import matrices_from_quaternions
from str_live.export.resample import Motion
from str_live.export.smoothing import person_runs, smooth
from tests.export.made_up import made_up_take

RAW = TakeOptions(floor="none")
FPS = 30.0


def walking_take(frames: int = 150) -> Take:
    """Somebody upright who slides about on a level floor at y = 0 and lifts one stiff leg, then the other."""
    base = made_up_take(frames, fps=FPS, options=RAW)
    rotations = np.zeros_like(base.rotations)
    rotations[..., 3] = 1.0
    times = np.arange(frames) / FPS
    lifted = np.stack([np.clip(np.sin(2 * times), 0, None), np.clip(-np.sin(2 * times), 0, None)], axis=1)
    for column, hip in enumerate((1, 2)):
        turns = Rotation.from_rotvec(-0.9 * lifted[:, column, None] * [1.0, 0, 0])
        rotations[:, hip] = turns.as_quat()
    pelvis = np.stack([0.6 * np.sin(0.9 * times), np.zeros(frames), -4 + 0.7 * np.cos(0.7 * times)], axis=1)
    take = replace(base, rotations=rotations, pelvis=pelvis)
    return replace(take, pelvis=pelvis - lower_soles(take)[:, 1:2] * [0, 1, 0])


def tilted(take: Take, degrees: float) -> Take:
    """The same as a camera sees it that is tilted and 1.3 m over the floor."""
    turn = Rotation.from_euler("xz", [degrees, -degrees / 2], degrees=True)
    rotations = take.rotations.copy()
    rotations[:, 0] = (turn * Rotation.from_quat(rotations[:, 0])).as_quat()
    return replace(take, rotations=rotations, pelvis=turn.apply(take.pelvis - [0, 1.3, 0]))


def stance_speed(take: Take) -> np.ndarray:
    """(N-1,) metres a second of the lower toe, along the floor."""
    toes = take.joints()[:, TOES]
    lower = toes[..., 1].argmin(axis=1)[1:]
    steps = np.diff(toes[..., (0, 2)], axis=0)[np.arange(take.frames - 1), lower]
    return np.linalg.norm(steps, axis=1) * take.fps


@pytest.mark.parametrize("degrees", [0, 12, 25])
def test_level_makes_a_tilted_camera_s_floor_level_and_puts_it_at_0(degrees):
    take = apply_floor(tilted(walking_take(), degrees), "level", measured=False)
    up = matrices_from_quaternions(take.rotations[:, 0])[:, :, 1]
    # The depth's low-pass and the prior of a level floor leave some of it.
    assert np.degrees(np.arccos(up[:, 1])).max() < 1 + 0.15 * degrees
    assert np.abs(lower_soles(take)[:, 1]).max() < 0.02 + 0.004 * degrees
    np.testing.assert_allclose(take.pelvis[0, [0, 2]], 0, atol=1e-12)


def test_a_measured_take_is_only_moved():
    raw = walking_take()
    take = apply_floor(tilted(raw, 20), "level", measured=True)
    moved = take.pelvis - tilted(raw, 20).pelvis
    np.testing.assert_allclose(moved, moved[:1] + 0 * moved, atol=1e-12)
    np.testing.assert_array_equal(take.rotations, tilted(raw, 20).rotations)


def test_none_leaves_the_camera_s_frame():
    take = tilted(walking_take(), 10)
    assert apply_floor(take, "none", measured=False) is take


def test_lock_holds_the_foot_that_stands_and_turns_no_joint():
    level = apply_floor(walking_take(), "level", measured=False)
    locked = apply_floor(walking_take(), "lock", measured=False)
    assert np.median(stance_speed(level)) > 0.2
    assert np.median(stance_speed(locked)) < 1e-9
    np.testing.assert_array_equal(level.rotations, locked.rotations)
    np.testing.assert_allclose(level.pelvis[:, 1], locked.pelvis[:, 1], atol=0.02)


def test_grounding_takes_a_slow_rise_out_and_leaves_a_jump():
    take = walking_take()
    rise = np.zeros((take.frames, 3))
    rise[:, 1] = np.linspace(0, 0.4, take.frames)  # what an error of depth does under a tilted camera
    jump = np.zeros((take.frames, 3))
    jump[60:75, 1] = 0.5
    heights = lower_soles(grounded(replace(take, pelvis=take.pelvis + rise + jump)))[:, 1]
    in_the_air = jump[:, 1] > 0
    assert np.abs(heights[~in_the_air]).max() < 0.1
    np.testing.assert_allclose(heights[in_the_air], 0.5, atol=0.1)


def test_lock_lets_a_jump_fly():
    take = walking_take()
    flight = np.zeros((take.frames, 3))
    flight[60:80, 1] = 0.5
    flying = apply_floor(replace(take, pelvis=take.pelvis + flight), "lock", measured=True)
    plain = apply_floor(replace(take, pelvis=take.pelvis + flight), "level", measured=True)
    np.testing.assert_allclose(np.diff(flying.pelvis[65:75], axis=0), np.diff(plain.pelvis[65:75], axis=0))


def test_lock_does_not_hold_over_a_gap():
    take = walking_take()
    person = np.ones(take.frames, bool)
    person[40:60] = False
    jump = np.zeros((take.frames, 3))
    jump[60:, 0] = 1.0  # came back elsewhere
    take = replace(take, person=person, pelvis=take.pelvis + jump)
    level, locked = (apply_floor(take, floor, measured=True) for floor in ("level", "lock"))
    assert locked.pelvis[60, 0] - locked.pelvis[59, 0] == pytest.approx(
        level.pelvis[60, 0] - level.pelvis[59, 0]
    )


def test_depth_jitter_goes_and_what_the_camera_sees_stays():
    take = walking_take()
    noise = 1 + 0.02 * np.random.default_rng(0).normal(size=(take.frames, 1))
    steady = steady_depth(replace(take, pelvis=take.pelvis * noise))
    assert (
        np.abs(steady.pelvis - take.pelvis)[:, 2].mean()
        < 0.25 * np.abs(take.pelvis * (noise - 1))[:, 2].mean()
    )
    np.testing.assert_allclose(
        steady.pelvis[:, :2] / steady.pelvis[:, 2:], take.pelvis[:, :2] / take.pelvis[:, 2:], atol=1e-12
    )


def test_in_place_keeps_only_the_height():
    take = walking_take()
    still = in_place(take)
    assert not still.pelvis[:, [0, 2]].any()
    np.testing.assert_array_equal(still.pelvis[:, 1], take.pelvis[:, 1])


def wave(frequencies: tuple[float, ...], frames: int = 600, fps: float = 100.0) -> Motion:
    """A way along x that swings at all the frequencies."""
    times = np.arange(frames) / fps
    pelvis = np.zeros((frames, 3))
    pelvis[:, 0] = sum(np.sin(2 * np.pi * frequency * times) for frequency in frequencies)
    rotations = np.zeros((frames, 24, 4))
    rotations[..., 3] = 1.0
    return Motion(times, rotations, pelvis, np.ones(frames, bool))


def test_butterworth_halves_the_power_at_its_cut_off_and_delays_nothing():
    smoothed = smooth(wave((6.0,)), 100.0, Smoothing("butterworth", 6.0)).pelvis[100:500, 0]
    before = wave((6.0,)).pelvis[100:500, 0]
    assert smoothed @ before / (before @ before) == pytest.approx(0.5**0.5, abs=0.02)
    shift = np.correlate(smoothed, before, "full").argmax() - (len(before) - 1)
    assert shift == 0


@pytest.mark.parametrize("kind", ["butterworth", "one-euro"])
def test_smoothing_takes_trembling_out_and_leaves_the_motion(kind):
    slow, both = wave((0.5,)), wave((0.5, 25.0))
    smoothed = smooth(both, 100.0, Smoothing(kind, 3.0))
    off = np.abs(smoothed.pelvis - slow.pelvis)[50:-50, 0]
    assert off.mean() < 0.2 * np.abs(both.pelvis - slow.pelvis)[:, 0].mean()


def test_half_the_strength_is_half_of_the_way():
    motion = wave((0.5, 25.0))
    whole, half = (smooth(motion, 100.0, Smoothing("butterworth", 3.0, part)).pelvis for part in (1.0, 0.5))
    np.testing.assert_allclose(half, (whole + motion.pelvis) / 2, atol=1e-12)
    assert smooth(motion, 100.0, Smoothing("butterworth", 3.0, 0.0)) is motion


def test_rotations_are_smoothed_too():
    motion = wave((1.0,))
    shaken = motion.rotations.copy()
    angles = 0.2 * (-1.0) ** np.arange(600)[:, None]
    shaken[:, 4] = Rotation.from_rotvec(angles * [1.0, 0, 0]).as_quat()
    smoothed = smooth(replace(motion, rotations=shaken), 100.0, Smoothing("butterworth", 5.0))
    assert np.degrees(Rotation.from_quat(smoothed.rotations[20:-20, 4]).magnitude()).max() < 0.5


def test_smoothing_stops_at_a_gap():
    motion = wave((1.0,))
    person, pelvis = np.ones(600, bool), np.zeros((600, 3))
    person[290:310] = False
    pelvis[310:] = 5.0
    smoothed = smooth(replace(motion, person=person, pelvis=pelvis), 100.0, Smoothing("butterworth", 2.0))
    np.testing.assert_allclose(smoothed.pelvis, pelvis, atol=1e-9)
    assert [(run.start, run.stop) for run in person_runs(person)] == [(0, 290), (310, 600)]


def test_a_cut_off_above_half_the_rate_is_refused():
    with pytest.raises(ExportError, match=r"below 12\.5 Hz"):
        made_up_take(options=TakeOptions(smoothing=Smoothing("butterworth", 15.0)))
