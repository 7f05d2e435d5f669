"""The measurement itself: where its clips, truths and kept landmarks come from, and how it is printed."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from str_live.datasets.simulated.views import ViewConfig, observe
from str_live.evaluate.damage.__main__ import as_table, kept, main
from str_live.evaluate.damage.errors import Track, track_errors
from str_live.evaluate.damage.simulated import observed_points, simulated_tracks
from str_live.evaluate.damage.tracks import BUILT_IN, Clip, landmarks, pictures, points_of, true_points
from str_live.files import CLIP_FOLDER

BUILT_IN_CLIP = Clip(BUILT_IN, CLIP_FOLDER / "clip.mp4", rate=30)


def test_missing_clips_are_asked_for(tmp_path):
    with pytest.raises(SystemExit, match="--clips"):
        main(["--clips", str(tmp_path)])


def test_a_clip_may_be_every_second_frame():
    every = list(islice(pictures(BUILT_IN_CLIP), 5))
    odd = Clip("odd", BUILT_IN_CLIP.path, rate=15, start=1, step=2)
    for image, other in zip(islice(pictures(odd), 2), every[1::2], strict=True):
        np.testing.assert_array_equal(image, other)


def test_landmarks_are_kept_and_taken_from_the_folder(tmp_path):
    first = kept(tmp_path / "new", "squats_dark_0", lambda: np.arange(3.0))
    second = kept(tmp_path / "new", "squats_dark_0", lambda: np.zeros(3))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(kept(None, "squats_dark_0", lambda: np.zeros(3)), np.zeros(3))


def test_the_detector_sees_the_built_in_person_where_the_truth_says():
    found = landmarks(islice(pictures(BUILT_IN_CLIP), 6), 30)
    true = true_points().pixels[:6]
    assert found.shape == (6, 33, 2)
    assert track_errors([Track(points_of(found), true)]).percentile_90 < 0.1


def test_a_picture_of_nobody_gives_no_landmarks():
    assert np.isnan(landmarks([np.full((240, 320, 3), 90, np.uint8)] * 2, 30)).all()


def test_simulated_tracks_hold_the_noise_that_was_asked_for():
    points = true_points().points_cam[:60]
    config = ViewConfig(bias=(0, 0), slow=(0, 0), white=(0.02, 0.02), quality=0, outlier=0, swap=0, hidden=0)
    tracks = simulated_tracks(config, points, 5, seed=0)
    assert len(tracks) == 5
    assert track_errors(tracks).white == pytest.approx(0.02, rel=0.1)


def test_simulated_points_are_missing_where_nobody_was_found():
    points = torch.from_numpy(true_points().points_cam[:40]).float()
    view = observe(points, 1, 40, ViewConfig(lost=0.4), torch.Generator().manual_seed(0))
    observed = observed_points(view)
    assert torch.equal(observed.isnan().all(-1).all(-1), ~view.found)
    assert torch.equal(observed.isnan().any(-1).any(-1), ~view.found)


def test_tables_have_a_line_for_each_row_and_leave_open_what_is_not_known():
    points = true_points().pixels[:30]
    slow_film = track_errors([Track(points + 1, points, temporal=False)])
    lines = as_table({"very_dark": slow_film, "blur": slow_film}).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| very dark | ")
    assert "nan" not in lines[2]
    assert len({line.count("|") for line in lines}) == 1
