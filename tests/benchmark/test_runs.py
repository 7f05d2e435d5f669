"""From data to report: every row trained and measured once, and only once."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from str_live.benchmark import runs
from str_live.benchmark.__main__ import build_parser, main
from str_live.benchmark.build import START, database_name
from str_live.benchmark.rows import ABLATION, FULL, METHODS, ROWS, rows_named
from str_live.benchmark.runs import SCORES, thin_out
from str_live.datasets.measured_body import load_measured_body
from str_live.network.network import Network
from str_live.train.paper import command
from str_live.train.paper.config import find_config, read_config
from str_live.weights.own import load_network
from tests.benchmark.small_benchmark import build_small

TINY = (
    "network.width=16",
    "network.switches.attention_width=8",
    "network.regressor_hidden=16",
    "epochs=1",
    "iterations=2",
    "batch_3d=3",
)


def options(tmp_path, data) -> list[str]:
    changes = [part for change in TINY for part in ("--set", change)]
    tests = [database_name("test_normal"), database_name("test_blur")]
    return ["--databases", str(data), "--runs", str(tmp_path / "runs"), "--test", *tests, *changes]


def test_two_rows_from_data_to_report(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    data = build_small(tmp_path, monkeypatch)
    asked = options(tmp_path, data)
    main(["run", *asked, "--rows", "frame", "str", "--seeds", "1", "2"])
    main(["report", *asked, "--out", str(tmp_path / "report")])
    written = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"tables.md", "results.json", "results.csv", "results.tex"} < written
    assert {"training.svg", "acceleration.svg"} < written
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert set(results) == {"frame", "str"}
    assert results["str"]["seeds"] == [1, 2]
    scores = [json.loads((tmp_path / "runs" / "str" / seed / SCORES).read_text()) for seed in "12"]
    both = [score[database_name("test_blur")]["overall"]["pa_mpjpe_mm"] for score in scores]
    cell = results["str"]["scores"][database_name("test_blur")]["pa_mpjpe_mm"]
    assert cell["mean"] == pytest.approx(np.mean(both), abs=1e-3)
    assert cell["deviation"] == pytest.approx(np.std(both, ddof=1), abs=1e-3)


def test_finished_runs_are_not_repeated_and_unmeasured_ones_not_retrained(tmp_path, monkeypatch):
    data = build_small(tmp_path, monkeypatch)
    asked = ["run", *options(tmp_path, data), "--rows", "frame", "--seeds", "1"]
    main(asked)
    scores = tmp_path / "runs" / "frame" / "1" / SCORES
    first = scores.read_bytes()
    monkeypatch.setattr(command, "PaperTrainer", None)  # whoever trains now fails
    monkeypatch.setattr(runs, "measure", None)
    main(asked)
    monkeypatch.undo()
    history = (scores.parent / "history.jsonl").read_bytes()
    scores.unlink()
    main(asked)
    assert scores.read_bytes() == first
    assert (scores.parent / "history.jsonl").read_bytes() == history


def test_ablation_is_table_2_of_any_configuration_of_str():
    for name in ("free_mocap", "str_without_3dpw_mpii3d"):
        path = find_config(name)
        left_out = [read_config(path, row.changes).network.bypassed for row in (*ABLATION, FULL)]
        assert left_out == [
            ("ttr",),
            ("ste_time", "ste_freq"),
            ("ste_time",),
            ("ste_freq",),
            ("self",),
            ("cross",),
            (),
        ]


def test_methods_have_equally_many_parameters():
    sizes = {}
    for row in METHODS:
        config = read_config(find_config("free_mocap"), row.changes)
        head = Network(config.network.config()).only_head
        sizes[row.name] = sum(part.numel() for part in head.temporal.parameters())
    assert sizes.pop("frame") == 0
    assert max(sizes.values()) / min(sizes.values()) < 1.01


@pytest.mark.parametrize("row", list(ROWS.values()), ids=lambda row: row.name)
def test_every_row_differs_from_the_full_str_as_its_name_says(row):
    config = read_config(find_config("free_mocap"), row.changes)
    assert (config == read_config(find_config("free_mocap"))) == (row == FULL)


def test_a_row_that_is_not_there_is_an_error_that_names_the_others():
    assert rows_named(["tcmr"]) == [ROWS["tcmr"]]
    with pytest.raises(ValueError, match="no row 'tmcr': choose among frame, vibe, tcmr"):
        rows_named(["tmcr"])


def test_another_configuration_has_to_say_which_rows():
    with pytest.raises(SystemExit, match="--ablation"):
        main(["run", "--config", "str_without_3dpw_mpii3d"])
    assert build_parser().parse_args(["run", "--ablation"]).ablation


def test_a_thinned_body_keeps_its_joints_and_a_fair_share_of_its_skin():
    full, thin = load_measured_body(None), load_measured_body(None)
    thin_out(thin, 500)
    generator = torch.Generator().manual_seed(1)
    rotmat = torch.linalg.qr(torch.randn(2, 24, 3, 3, generator=generator))[0]
    rotmat = rotmat * torch.linalg.det(rotmat)[..., None, None].sign()
    first, second = (
        body(rotmat, torch.randn(2, 10, generator=generator.manual_seed(2))) for body in (full, thin)
    )
    assert torch.equal(first.joints_49, second.joints_49)
    assert second.vertices.shape == (2, 500, 3)
    chosen = torch.linspace(0, first.vertices.shape[1] - 1, 500).long()
    torch.testing.assert_close(second.vertices, first.vertices[:, chosen], atol=1e-6, rtol=1e-5)


def test_training_starts_from_the_front_ends_regressor_and_as_a_smoother_where_asked(tmp_path, monkeypatch):
    data = build_small(tmp_path, monkeypatch)
    changes = [*TINY, "start_as_smoother=true", "learning_rate=0.0"]
    command.train_paper(
        "free_mocap", databases=data, base=None, out=tmp_path / "run", changes=changes, device="cpu"
    )
    trained, start = (
        load_network(path).only_head for path in (tmp_path / "run" / "last.safetensors", data / START)
    )
    for name, tensor in start.regressor.state_dict().items():
        assert torch.equal(trained.regressor.state_dict()[name], tensor), name
    rows = torch.arange(8)
    gru = trained.temporal.ste.gru.gru
    assert (gru.weight_ih_l0[16 + rows, rows] > 1).all(), "the new gate passes each channel on"
