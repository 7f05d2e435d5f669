"""The paper's loop: learns, keeps the best, resumes exactly, and fails before the first epoch."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from str_live.dataclass_json import ConfigError
from str_live.train.__main__ import main
from str_live.train.paper.config import CONFIGS
from str_live.weights.own import load_network, read_notes
from tests.train.paper.tiny_run import config, training


@pytest.mark.parametrize("temporal", ["str", "tcmr", "vibe"])
def test_learns_and_leaves_checkpoints_that_say_what_they_are(tmp_path, temporal):
    settings = config(epochs=3, iterations=8)
    settings = replace(settings, network=replace(settings.network, temporal=temporal, regressor_dropout=0.0))
    run = training(settings, tmp_path)
    run.run()
    losses = [entry["loss"] for entry in run.recipe.history]
    assert losses[-1] < losses[0]
    notes = read_notes(tmp_path / "last.safetensors")
    assert notes["databases"] == "made up"
    assert json.loads(notes["training"])["network"]["temporal"] == temporal
    assert json.loads(notes["validation"])["epoch"] == 3
    best = json.loads(read_notes(tmp_path / "best.safetensors")["validation"])
    assert best["val_pa_mpjpe_mm"] == min(entry["val_pa_mpjpe_mm"] for entry in run.recipe.history)
    assert load_network(tmp_path / "best.safetensors").config == settings.network.config()


def test_a_resumed_run_gives_the_numbers_of_one_without_interruption(tmp_path):
    whole = training(config(epochs=3), tmp_path / "whole")
    whole.run()
    training(config(epochs=1), tmp_path / "parts").run()
    torch.rand(5)  # whatever else happened meanwhile
    resumed = training(config(epochs=3), tmp_path / "parts")
    assert resumed.done == 3
    resumed.run()
    assert resumed.recipe.history == whole.recipe.history
    for name, tensor in whole.recipe.learner.network.state_dict().items():
        torch.testing.assert_close(resumed.recipe.learner.network.state_dict()[name], tensor, rtol=0, atol=0)
    lines = (tmp_path / "parts" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == whole.recipe.history


def test_learning_rate_falls_when_validation_does_not_improve(tmp_path):
    run = training(config(epochs=4, iterations=1, rate_patience=0, learning_rate=1e-6), tmp_path)
    run.run()
    rates = [entry["learning_rate"] for entry in run.recipe.history]
    assert rates[:2] == [1e-6, 1e-6]  # the first epoch always improves on nothing
    assert rates[2] == pytest.approx(1e-7)


def test_another_configuration_does_not_go_on_in_the_same_folder(tmp_path):
    training(config(epochs=1, iterations=1), tmp_path).run()
    with pytest.raises(ConfigError, match="another configuration"):
        training(config(epochs=1, iterations=2), tmp_path)


def test_losses_that_are_no_number_end_the_run(tmp_path):
    run = training(config(learning_rate=1e30), tmp_path)
    with pytest.raises(FloatingPointError, match="no longer a number"):
        run.run()


def test_missing_files_are_named_before_the_first_epoch(tmp_path):
    common = [
        "paper",
        "str_with_3dpw_3dpw",
        "--free-body",
        "--set",
        "start_from_spin=false",
        "--set",
        "network.width=16",
    ]
    with pytest.raises(SystemExit, match=r"3dpw_val_db\.pt cannot be used: there is no such file"):
        main([*common, "--databases", str(tmp_path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit, match="start_from_spin"):
        main(["paper", "str_with_3dpw_3dpw", "--base", str(tmp_path), "--set", "network.width=16"])
    with pytest.raises(SystemExit, match="there is no configuration"):
        main(["paper", str(CONFIGS / "nothing.json")])
    assert not (tmp_path / "out").exists()
