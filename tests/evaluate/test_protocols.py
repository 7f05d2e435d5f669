"""Protocols against the same rules written out frame by frame, and what they must and must not see."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from str_live.evaluate.protocols import (
    PROTOCOLS,
    TEST_SETS,
    Motion,
    accel_m_s2,
    frames_to_predict,
    score,
    sequence_errors,
    table,
    target_joints,
)

TCMR, GENDERED = PROTOCOLS["tcmr"], PROTOCOLS["gendered"]
REGRESSOR = np.random.default_rng(7).random((17, 30)) / 15


def motion(dataset: str, frames: int = 9, seed: int = 0) -> Motion:
    rng = np.random.default_rng(seed)
    joints = rng.normal(size=(frames, TEST_SETS[dataset].joints, 3))
    return Motion(joints, rng.normal(size=(frames, 30, 3)) if dataset == "3dpw" else None)


def naive_root(joints: np.ndarray, dataset: str) -> np.ndarray:
    """(J, 3) of one frame -> (3,)."""
    return joints[14] if dataset == "mpii3d" else (joints[2] + joints[3]) / 2


def naive_similarity(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """One frame, the textbook's way (Umeyama)."""
    mean, goal = points.mean(0), target.mean(0)
    covariance = (target - goal).T @ (points - mean) / len(points)
    u, d, vt = np.linalg.svd(covariance)
    sign = np.diag([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ sign @ vt
    scale = np.trace(np.diag(d) @ sign) / ((points - mean) ** 2).sum() * len(points)
    return scale * (points - mean) @ rotation.T + goal


@pytest.mark.parametrize("dataset", TEST_SETS)
def test_joint_errors_against_a_naive_twin(dataset):
    said, true = motion(dataset), motion(dataset, seed=1)
    errors = sequence_errors(dataset, TCMR, said, true)
    centred = [[joints - naive_root(joints, dataset) for joints in part.joints] for part in (said, true)]
    for frame, (points, target) in enumerate(zip(*centred, strict=True)):
        distances = [np.sqrt(((p - t) ** 2).sum()) for p, t in zip(points, target, strict=True)]
        assert errors.mpjpe_mm[frame] == pytest.approx(1000 * np.mean(distances))
        moved = naive_similarity(points, target)
        distances = [np.sqrt(((p - t) ** 2).sum()) for p, t in zip(moved, target, strict=True)]
        assert errors.pa_mpjpe_mm[frame] == pytest.approx(1000 * np.mean(distances))
    for frame in range(1, 8):
        difference = [part[frame - 1] - 2 * part[frame] + part[frame + 1] for part in centred]
        error = np.linalg.norm(difference[0] - difference[1], axis=1).mean()
        assert errors.accel_mm[frame - 1] == pytest.approx(1000 * error)
        assert errors.own_accel_mm[frame - 1] == pytest.approx(
            1000 * np.linalg.norm(difference[0], axis=1).mean()
        )


@pytest.mark.parametrize("protocol", [TCMR, GENDERED])
def test_vertex_errors_against_a_naive_twin(protocol):
    said, true = motion("3dpw", 300), motion("3dpw", 300, seed=1)
    errors = sequence_errors("3dpw", protocol, said, true)
    for frame in (0, 127, 128, 299):
        points, target = said.vertices[frame], true.vertices[frame]
        if protocol is GENDERED:
            points = points - naive_root(said.joints[frame], "3dpw")
            target = target - naive_root(true.joints[frame], "3dpw")
        assert errors.mpvpe_mm[frame] == pytest.approx(1000 * np.linalg.norm(points - target, axis=1).mean())


def test_a_shift_is_not_seen_in_joints_but_in_tcmr_s_vertices():
    true, shift = motion("3dpw"), np.array([0.1, 0.0, 0.0])
    moved = Motion(true.joints + shift, true.vertices + shift)
    errors = sequence_errors("3dpw", TCMR, moved, true)
    np.testing.assert_allclose(errors.mpjpe_mm, 0, atol=1e-9)
    np.testing.assert_allclose(errors.mpvpe_mm, 100)
    np.testing.assert_allclose(sequence_errors("3dpw", GENDERED, moved, true).mpvpe_mm, 0, atol=1e-9)


def test_vertices_are_measured_on_three_dpw_only():
    joints = np.zeros((5, 14, 3))
    body = Motion(joints, np.zeros((5, 30, 3)))
    assert sequence_errors("h36m", TCMR, body, body).mpvpe_mm is None
    assert sequence_errors("3dpw", TCMR, Motion(joints, None), body).mpvpe_mm is None


def test_frames_that_do_not_count_shape_the_acceleration_but_enter_no_mean():
    said, true = motion("mpii3d"), motion("mpii3d", seed=1)
    counted = np.array([1, 1, 0, 1, 0, 1, 1, 1, 0], bool)
    some, every = (sequence_errors("mpii3d", TCMR, said, true, counted=which) for which in (counted, None))
    np.testing.assert_array_equal(some.mpjpe_mm, every.mpjpe_mm[counted])
    np.testing.assert_array_equal(some.pa_mpjpe_mm, every.pa_mpjpe_mm[counted])
    np.testing.assert_array_equal(some.accel_mm, every.accel_mm[counted[1:-1]])


def test_means_run_over_frames_not_over_sequences():
    long, short = (
        sequence_errors("3dpw", TCMR, motion("3dpw", n), motion("3dpw", n, seed=1)) for n in (40, 5)
    )
    total = score([long, short], 30)
    assert total.frames == 45
    for field in ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm"):
        expected = (getattr(long, field).sum() + getattr(short, field).sum()) / 45
        assert getattr(total, field) == pytest.approx(expected)
    assert total.accel_mm == pytest.approx((long.accel_mm.sum() + short.accel_mm.sum()) / (38 + 3))
    assert score([short], 30).mpjpe_mm == pytest.approx(short.mpjpe_mm.mean())


def test_no_frames_is_said():
    with pytest.raises(ValueError, match="no frames to score"):
        score([], 30)


@pytest.mark.parametrize(("fps", "expected"), [(30, 0.9), (25, 0.625)])
def test_acceleration_changes_its_unit_with_the_square_of_the_rate(fps, expected):
    assert accel_m_s2(1.0, fps) == pytest.approx(expected)
    time = np.arange(12)[:, None, None] / fps
    falling = np.zeros((12, 14, 3))
    falling[:, 0, 1] = 4.905 * time[:, 0, 0] ** 2  # one joint in free fall, the hips at rest
    errors = sequence_errors("h36m", TCMR, Motion(falling, None), Motion(np.zeros((12, 14, 3)), None))
    assert score([errors], fps).accel_m_s2 == pytest.approx(9.81 / 14)
    assert score([errors], None).accel_m_s2 is None


def test_constant_velocity_has_no_acceleration_error():
    true = motion("3dpw", 1)
    steady = np.arange(8)[:, None, None] * np.array([0.1, 0.0, 0.2]) + np.repeat(true.joints, 8, 0)
    still = np.repeat(true.joints, 8, 0)
    errors = sequence_errors("3dpw", TCMR, Motion(steady, None), Motion(still, None))
    np.testing.assert_allclose(errors.accel_mm, 0, atol=1e-9)


def names(*lengths: int) -> np.ndarray:
    return np.concatenate([np.full(length, f"video {index}") for index, length in enumerate(lengths)])


def test_invalid_frames_of_three_dpw_go_before_windows_are_cut():
    video, valid = names(30, 40), np.ones(70, bool)
    valid[[3, 10, 11, 40]] = False
    first, second = frames_to_predict("3dpw", video, valid)
    kept = [frame for frame in range(30) if frame not in (3, 10, 11)]
    assert first.frames.tolist() == kept
    assert first.counted.all()
    assert (first.name, second.name, len(second.frames)) == ("video 0", "video 1", 39)
    for place, window in enumerate(first.windows):
        whole = 8 <= place < len(kept) - 7
        assert window.tolist() == (kept[place - 8 : place + 8] if whole else [kept[place]] * 16)


def test_invalid_frames_of_mpii3d_stay_in_the_windows_and_leave_the_means():
    video, valid = names(30), np.ones(30, bool)
    valid[[3, 10]] = False
    (only,) = frames_to_predict("mpii3d", video, valid)
    assert only.frames.tolist() == list(range(30))
    assert np.array_equal(only.counted, valid)
    assert only.windows[10].tolist() == list(range(2, 18))


def test_videos_without_16_frames_or_without_a_valid_one_are_skipped():
    valid = np.ones(66, bool)
    valid[35:] = False
    assert [v.name for v in frames_to_predict("mpii3d", names(20, 15, 31), valid)] == ["video 0"]
    valid = np.ones(40, bool)
    valid[:8] = False
    assert [v.name for v in frames_to_predict("3dpw", names(20, 20), valid)] == ["video 1"]


def test_true_joints_by_protocol():
    rng = np.random.default_rng(0)
    stored, vertices = rng.random((2, 49, 3)), rng.random((2, 30, 3))
    assert np.array_equal(target_joints("3dpw", TCMR, stored[:, :14]), stored[:, :14])
    assert np.array_equal(target_joints("h36m", TCMR, stored), stored[:, 25:39])
    assert np.array_equal(target_joints("mpii3d", TCMR, stored)[:, -3], stored[:, 39])
    assert np.array_equal(target_joints("mpii3d", GENDERED, stored), target_joints("mpii3d", TCMR, stored))
    said = target_joints("3dpw", GENDERED, stored, vertices=vertices, h36m_regressor=REGRESSOR)
    np.testing.assert_allclose(said[0, 13], REGRESSOR[10] @ vertices[0])
    with pytest.raises(ValueError, match="needs the true vertices"):
        target_joints("3dpw", GENDERED, stored)
    with pytest.raises(ValueError, match="24 true joints, not 14 or 49"):
        target_joints("3dpw", TCMR, stored[:, :24])


def test_unequal_motions_are_refused():
    with pytest.raises(ValueError, match="compares 14 joints"):
        sequence_errors("3dpw", TCMR, motion("3dpw", 5), motion("3dpw", 6))
    with pytest.raises(ValueError, match="compares 17 joints"):
        sequence_errors("mpii3d", TCMR, motion("3dpw"), motion("3dpw"))
    other = motion("3dpw")._replace(vertices=np.zeros((9, 31, 3)))
    with pytest.raises(ValueError, match="cannot be compared"):
        sequence_errors("3dpw", TCMR, motion("3dpw"), other)


def test_inputs_are_not_written_to():
    said, true = motion("3dpw"), motion("3dpw", seed=1)
    sequence_errors("3dpw", GENDERED, said, true)
    for part, seed in ((said, 0), (true, 1)):
        for before, after in zip(motion("3dpw", seed=seed), part, strict=True):
            assert np.array_equal(before, after)


def test_table_names_protocol_and_units():
    row = score([sequence_errors("3dpw", TCMR, motion("3dpw"), motion("3dpw", seed=1))], 30)
    text = table(TCMR, "3dpw", {"STR": row, "no vertices": dataclasses.replace(row, mpvpe_mm=None)})
    assert text.startswith("3dpw, protocol tcmr (neutral target)")
    assert "mm/frame^2" in text
    assert "m/s^2" in text
    assert len(text.splitlines()) == 5
