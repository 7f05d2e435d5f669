"""The delivered weights: they load, every toggle works, and on a real person they do what README says."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from str_live.camera import frames, open_source
from str_live.evaluate.clips.clip import NONE, read_clip
from str_live.evaluate.clips.measure import Contender, measure
from str_live.evaluate.clips.tracks import MEDIAPIPE, RepeatedPersons
from str_live.live.engine import Engine
from str_live.messages import Frame, Person
from str_live.person.tracker import PersonTracker
from str_live.settings import SWITCHES, NetworkSettings, Settings, SourceSettings, VariantSettings
from str_live.weights.load import Parts, load_model, load_parts
from str_live.weights.own import DEFAULT_WEIGHTS, read_notes
from str_live.weights.own_images import best_front_end

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips"


@pytest.fixture(scope="module")
def parts() -> Parts:
    return load_parts(Settings(device="cpu"))


def test_they_are_small_and_name_their_recipe():
    path = DEFAULT_WEIGHTS["landmarks"]
    assert path.stat().st_size < 15e6
    notes = read_notes(path)
    assert json.loads(notes["config"])["switches"]["width"] == 256
    training = json.loads(notes["training"])
    assert notes["stage"] == f"window {training['window_steps']}"  # trained to the end


def test_image_weights_run_with_the_front_end_that_they_call_the_best():
    if not DEFAULT_WEIGHTS["both"].exists():
        pytest.skip("there are no image weights: make train-images")
    best = best_front_end(DEFAULT_WEIGHTS["both"])
    assert best is not None, "train them again with --best"
    assert load_model(best).info.front_end == best


@pytest.fixture(scope="module")
def clip() -> tuple[list[Frame], list[Person | None]]:
    """The first second of the built-in clip and whom mediapipe sees in it."""
    source = open_source(SourceSettings("clip", loop=False, realtime=False))
    taken = list(itertools.islice(frames(source), 24))
    with PersonTracker() as tracker:
        return taken, [tracker.find(frame) for frame in taken]


def test_all_32_combinations_run_live_and_each_changes_the_body(parts, clip):
    taken, persons = clip
    poses = {}
    for length in range(len(SWITCHES) + 1):
        for off in itertools.combinations(SWITCHES, length):
            network = NetworkSettings().without(*off)
            settings = Settings(variant_a=VariantSettings(network), device="cpu")
            engine = Engine(settings, parts, tracker=RepeatedPersons(persons))
            results = [result for frame in taken for result in engine.process(frame)]
            poses[off] = results[-1].bodies[0].joints
    assert len(poses) == 32
    for (_, first), (_, second) in itertools.combinations(poses.items(), 2):
        assert np.abs(first - second).max() > 1e-5
    for joints in poses.values():  # a working model each, not noise
        assert np.abs(joints - poses[()]).mean() < 0.1


@pytest.fixture(scope="module")
def balance(parts):
    """Figures on the real clip by way of tracking, all of one run of mediapipe."""
    if not (CLIPS / "balance_cam03.mp4").exists():
        pytest.skip("needs ../shared/data/clips/balance_cam03.mp4")
    contender = Contender("ours", Settings(device="cpu"), parts.runner, parts.body)
    rows = measure(read_clip("balance", CLIPS), [contender], [NONE], ablate=True)
    return {row.method: row.shown for row in rows}


STR = "ours: STR, look-ahead {}"


@pytest.mark.shared_data
def test_str_beats_mediapipe_s_own_landmarks_on_a_real_person(balance):
    for name in ("pa_mpjpe_mm", "accel_error_mm"):
        for lookahead in (0, 2):
            assert balance[STR.format(lookahead)][name] < balance[MEDIAPIPE][name]


@pytest.mark.shared_data
def test_accuracy_on_a_real_person_is_what_was_promised(balance):
    assert balance[STR.format(2)]["pa_mpjpe_mm"] <= 70
    assert balance[STR.format(2)]["accel_error_mm"] <= 10
    assert balance[STR.format(0)]["pa_mpjpe_mm"] <= 73
    assert balance[STR.format(0)]["accel_error_mm"] <= 16


@pytest.mark.shared_data
def test_without_its_modules_str_has_clearly_more_acceleration_error(balance):
    least = 2 * balance[STR.format(2)]["accel_error_mm"]
    assert balance["ours: STR with all modules off, look-ahead 2"]["accel_error_mm"] > least
    assert balance["ours: per frame"]["accel_error_mm"] > least
