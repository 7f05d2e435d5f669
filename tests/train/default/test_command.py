"""The command line of the default weights' training: options reach the recipe, bad ones are refused."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest
import torch
from safetensors.torch import save_file

from str_live.dataclass_json import ConfigError
from str_live.train.__main__ import main
from str_live.train.default.command import add_options, training_config
from str_live.train.default.config import TrainingConfig


def recipe(line: str = "") -> TrainingConfig:
    parser = ArgumentParser()
    add_options(parser)
    return training_config(parser.parse_args(line.split()))


def test_nothing_given_is_the_default_recipe():
    assert recipe() == TrainingConfig()
    assert recipe().model.networks == ("str", "tcmr", "vibe", "frame")


def test_options_for_larger_machines_and_another_start(tmp_path):
    start = tmp_path / "start.safetensors"
    save_file({"a": torch.zeros(1)}, start)
    config = recipe(
        f"--frame-batch 4096 --window-batch 320 --frame-rate 2e-3 --window-rate 1e-3 --frame-steps 10 "
        f"--window-steps 20 --seed 7 --networks str,vibe --start {start}"
    )
    assert (config.frame_batch, config.window_batch) == (4096, 320)
    assert (config.frame_rate, config.window_rate) == (2e-3, 1e-3)
    assert (config.frame_steps, config.window_steps, config.seed) == (10, 20, 7)
    assert config.model.networks == ("str", "vibe", "frame")
    assert config.start == str(start)


def test_readings_of_str_can_be_chosen():
    switches = recipe("--set ttr_readout=mean --set integration_act=relu").model.switches
    assert (switches.ttr_readout, switches.integration_act) == ("mean", "relu")
    assert switches.width == 256


def test_any_part_of_the_recipe_can_be_changed():
    config = recipe(
        "--set model.encoder_hidden=1024 --set poses.variety=0.5 --set views.swap=0 --set weights.shape=1 "
        "--set poses.speed=[0.5,1] --networks str"
    )
    assert (config.model.encoder_hidden, config.model.networks) == (1024, ("str", "frame"))
    assert (config.poses.variety, config.poses.speed) == (0.5, (0.5, 1.0))
    assert (config.views.swap, config.weights.shape) == (0, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--set ttr_readout=median", "choose mid, last, mean, near"),
        ("--set ttr_reading=mean", "unknown entry model.switches.ttr_reading"),
        ("--set ste_abs=perhaps", "ste_abs is 'perhaps', expected bool"),
        ("--set poses.varied=0", "unknown entry poses.varied"),
        ("--set poses.variety=much", "expected float"),
        ("--set ste_abs", "NAME=VALUE"),
        ("--networks str,gru", "choose among"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(line, said):
    with pytest.raises(ConfigError, match=said):
        recipe(line)
    with pytest.raises(SystemExit, match=said):
        main(["default", *line.split()])


def test_a_start_that_is_not_there_is_one_sentence():
    with pytest.raises(SystemExit, match=r"none\.safetensors does not exist"):
        main(["default", "--start", "none.safetensors"])
