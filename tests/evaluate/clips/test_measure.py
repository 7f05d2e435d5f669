"""Which networks are measured, and all on the same frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from str_live.evaluate.clips import measure as measuring
from str_live.evaluate.clips.__main__ import build_parser, load_contenders
from str_live.evaluate.clips.clip import NONE, Clip, read_clip
from str_live.evaluate.clips.measure import Contender, ablations, networks
from str_live.evaluate.clips.scores import motion_figures
from str_live.evaluate.clips.tracks import (
    GUARDED,
    MEDIAPIPE,
    TRUTH,
    Track,
    held,
)
from str_live.metrics import accel_mm
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, Settings
from tests.evaluate.clips.made_up import LandmarkBody, noisy_frames, sights, walk
from tests.live.engine_fakes import FakeRunner, make_person

CLIPS = Path(__file__).resolve().parents[4] / "shared" / "data" / "clips"


@pytest.mark.parametrize("available", [TEMPORAL_NETWORKS, ("str", "frame"), ("vibe", "frame"), ("frame",)])
def test_each_network_with_weights_runs_at_each_look_ahead_and_no_other(available):
    rows = networks(available, (0, 2, 7), ablate=False)
    temporal = [(network.temporal, lookahead) for _, network, lookahead in rows]
    assert sorted(temporal) == sorted(
        [
            ("frame", 0),
            *((name, lookahead) for name in available if name != "frame" for lookahead in (0, 2, 7)),
        ]
    )
    assert len({name for name, _, _ in rows}) == len(rows)


def test_ablations_leave_out_each_module_and_all_of_them():
    left_out = [
        {switch for switch in SWITCHES if network == network.without(switch)}
        for network in ablations().values()
    ]
    assert left_out == [*({switch} for switch in SWITCHES), set(SWITCHES)]
    plain, more = (networks(("str", "frame"), (2,), ablate=ablate) for ablate in (False, True))
    assert [entry for entry in more if entry not in plain] == [
        (f"{name}, look-ahead 2", network, 2) for name, network in ablations().items()
    ]
    assert networks(("tcmr", "frame"), (2,), ablate=True) == networks(("tcmr", "frame"), (2,), ablate=False)


def test_all_ways_of_tracking_are_scored_on_the_same_frames(monkeypatch: pytest.MonkeyPatch):
    truth, frames = walk(1), noisy_frames(40)
    persons = [None if index in (0, 3, 4) else make_person(index) for index in range(40)]
    found = [None if index == 10 else sight for index, sight in enumerate(sights(walk(0)))]
    own = Track(MEDIAPIPE, held(found, frames), np.array([sight is not None for sight in found]))
    monkeypatch.setattr(measuring, "find_persons", lambda frames, masks: persons)
    monkeypatch.setattr(measuring, "mediapipe_track", lambda frames, masks: own)
    contender = Contender("fake", Settings(), FakeRunner(), LandmarkBody())
    rows = list(measuring.measure(Clip("walk", frames, 30.0, joints=truth), [contender], [NONE]))
    lost = {row.method: row.lost for row in rows}
    own_rows = {name: count for name, count in lost.items() if "fake" not in name}
    assert own_rows == {MEDIAPIPE: 1, GUARDED: 3, TRUTH: 0}
    assert {lost[name] for name in lost if "fake" in name} == {3}
    assert {"fake: per frame", "fake: STR, look-ahead 0", "fake: STR, look-ahead 2"} <= set(lost)
    assert {row.all_found_frames for row in rows} == {36}
    shown = np.arange(40) > 0  # nobody has a body to show in the first frame but mediapipe
    assert rows[0].shown == motion_figures(own.sights, shown, joints=truth, rate=30.0)
    centred = truth - truth.mean(1, keepdims=True)
    assert rows[-1].shown == {"accel_mm": pytest.approx(accel_mm(centred[1:]))}


@pytest.mark.shared_data
@pytest.mark.skipif(not CLIPS.is_dir(), reason="../shared/data is not there")
def test_the_body_lies_on_the_skier_in_good_and_bad_light():
    clip = read_clip("skier", CLIPS)
    clip = replace(clip, frames=clip.frames[:2])
    rows = list(
        measuring.measure(
            clip, load_contenders(build_parser().parse_args(["--front-end", "landmarks"])), [NONE, "dark"]
        )
    )
    assert {(entry.damage, entry.lost) for entry in rows} == {(NONE, 0), ("dark", 0)}
    for entry in rows:
        assert entry.shown["pck_02"] > 0.9
        assert entry.shown["overlap"] > 0.5
    assert rows[0].method == MEDIAPIPE
    assert rows[0].shown["pck_01"] == 1.0  # its landmarks are the reference
