"""Throughput: every network is timed both ways, and ratios are medians of each round's own."""

from __future__ import annotations

import json

import pytest
import torch

from str_live.datasets.measured_body import load_measured_body
from str_live.settings import TEMPORAL_NETWORKS
from str_live.speed import __main__ as bench
from str_live.speed import throughput
from str_live.speed.throughput import Load, make_learner, random_batch

TIMES = {
    "train": {"str": [2.0, 4.0, 2.0], "vibe": [1.0, 2.0, 8.0]},
    "evaluate": {"str": [1.0, 1.0, 1.0], "vibe": [0.5, 0.25, 0.5]},
}


def test_ratios_are_medians_of_each_rounds_own():
    found = throughput.report(TIMES, {"str": 10, "vibe": 5}, batch=8)
    assert found["vibe"]["train"] == {"windows_per_s": 4.0, "against_str": 2.0}  # whatever slowed round 3
    assert found["vibe"]["evaluate"] == {"windows_per_s": 16.0, "against_str": 2.0}
    assert found["str"]["train"] == {"windows_per_s": 4.0, "against_str": 1.0}


def test_all_networks_are_timed_and_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(throughput, "WARM_UP", 0)
    out = tmp_path / "new" / "throughput.json"
    options = ["--throughput", "--width", "16", "--batch", "2", "--rounds", "2", "--device", "cpu"]
    assert bench.main([*options, "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert set(found["networks"]) == set(TEMPORAL_NETWORKS)
    for row in found["networks"].values():
        assert row["parameters"] > 0
        assert all(row[kind]["windows_per_s"] > 0 for kind in ("train", "evaluate"))
    assert found["machine"]["torch"] == torch.__version__
    printed = capsys.readouterr().out
    assert all(f"\n{name} " in printed for name in TEMPORAL_NETWORKS)
    assert "16 channels, batches of 2, 2 rounds, on cpu" in printed


@pytest.mark.parametrize("temporal", TEMPORAL_NETWORKS)
def test_what_is_timed_learns_from_every_kind_of_truth(temporal):
    load = Load(width=16, batch=2)
    learner = make_learner(temporal, load, load_measured_body(None), torch.device("cpu"))
    figures = learner.step(random_batch(load, learner.config.network), 0)
    assert all(value > 0 for value in figures.values())


def test_impossible_sizes_are_refused(capsys):
    with pytest.raises(SystemExit):
        bench.main(["--throughput", "--batch", "0"])
    assert "above 0" in capsys.readouterr().err
