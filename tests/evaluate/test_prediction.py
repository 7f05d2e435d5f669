"""Offline and streamed predictions over a database, and the truth to compare with."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from str_live.datasets.measured_body import load_measured_body
from str_live.evaluate.__main__ import _read_genders
from str_live.evaluate.prediction import (
    offline_windows,
    predicted_motion,
    streamed_windows,
    target_motion,
    validate,
)
from str_live.evaluate.protocols import PROTOCOLS, frames_to_predict
from str_live.network.network import Network
from str_live.temporal.window import windows_offline
from tests.train.paper.tiny_run import config, validation

DATABASE = validation(70)
VIDEO = frames_to_predict("3dpw", DATABASE.video, DATABASE.valid)[0]


@pytest.fixture(scope="module")
def body():
    return load_measured_body(None)


@pytest.mark.parametrize("lookahead", [0, 3, 7])
def test_streamed_windows_are_the_apps_own(lookahead):
    chunks = list(streamed_windows(DATABASE, VIDEO, lookahead))
    expected = windows_offline(DATABASE.features, lookahead)
    np.testing.assert_allclose(np.concatenate(chunks), expected, atol=1e-6)


def test_the_full_lookahead_differs_from_offline_at_the_ends_only():
    offline = np.concatenate(list(offline_windows(DATABASE, VIDEO)))
    streamed = np.concatenate(list(streamed_windows(DATABASE, VIDEO, 7)))
    np.testing.assert_allclose(streamed[8:-7], offline[8:-7], atol=1e-6)
    assert (offline[0] == offline[0, :1]).all()
    assert not (streamed[7] == streamed[7, :1]).all()


def test_prediction_describes_every_frame_and_the_truth_measures_zero(body):
    torch.manual_seed(0)
    network = Network(config().network.config()).only_head
    said = predicted_motion("3dpw", network, body, offline_windows(DATABASE, VIDEO), vertices=True)
    assert said.joints.shape == (70, 14, 3)
    assert said.vertices.shape == (70, body.body.template.shape[1] // 3, 3)
    truth = target_motion("3dpw", PROTOCOLS["tcmr"], DATABASE, VIDEO.frames, body, vertices=True)
    np.testing.assert_array_equal(truth.joints, DATABASE.joints3d)
    assert truth.vertices.shape == said.vertices.shape
    measured = validate(network, body, DATABASE, PROTOCOLS["tcmr"], limit=1)
    assert measured.frames == 70
    assert measured.mpvpe_mm is None


def test_genders_of_all_videos_are_demanded(tmp_path):
    path = tmp_path / "genders.json"
    path.write_text(json.dumps({"downtown_0": "female"}))
    assert _read_genders(path, DATABASE) == {"downtown_0": "female"}
    path.write_text("{}")
    with pytest.raises(ValueError, match="downtown_0"):
        _read_genders(path, DATABASE)
    with pytest.raises(ValueError, match="--genders"):
        _read_genders(None, DATABASE)
