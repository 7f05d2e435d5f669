"""Configurations: the shipped ones are the recipe, and mistakes are errors."""

from __future__ import annotations

import json

import pytest

from str_live.dataclass_json import ConfigError, as_json, config_from
from str_live.temporal import STRConfig
from str_live.train.paper.config import CONFIGS, NetworkChoice, PaperConfig, find_config, read_config

RECIPE = {
    "str_with_3dpw_3dpw": (1, 30, {"insta", "3dpw", "mpii3d", "h36m"}),
    "str_with_3dpw_mpii3d_h36m": (1, 45, {"insta", "posetrack", "3dpw", "mpii3d", "h36m"}),
    "str_without_3dpw_3dpw": (16, 45, {"insta", "posetrack", "mpii3d", "h36m"}),
    "str_without_3dpw_mpii3d": (16, 30, {"insta", "posetrack", "mpii3d", "h36m"}),
    "str_without_3dpw_h36m": (16, 45, {"insta", "mpii3d", "h36m"}),
}


@pytest.mark.parametrize("name", RECIPE)
def test_shipped_configurations_are_the_papers_recipe(name):
    config = read_config(CONFIGS / f"{name}.json")
    step, epochs, datasets = RECIPE[name]
    assert (config.step, config.epochs) == (step, epochs)
    assert {entry.dataset for entry in config.train} == datasets
    assert (config.batch_2d, config.batch_3d, config.iterations) == (19, 13, 500)
    assert (config.learning_rate, config.rate_factor, config.rate_patience) == (5e-5, 0.1, 5)
    assert config.network == NetworkChoice()
    assert all(entry.file.endswith(("_db.pt", "_db.h5")) for entry in (*config.train, config.validation))
    assert all(entry.file.split("_")[0] == entry.dataset for entry in config.train)


def test_every_row_of_the_recipe_is_shipped():
    assert {path.stem for path in CONFIGS.glob("*.json")} == {*RECIPE, "free_mocap"}


def test_free_benchmark_trains_the_papers_reading_on_free_data_alone():
    config = read_config(find_config("free_mocap"))
    assert {entry.dataset for entry in (*config.train, config.validation)} == {"freemocap"}
    assert (config.step, config.batch_2d + config.batch_3d) == (1, 32)
    network = NetworkChoice(
        width=256,
        switches=STRConfig(attention_width=64),
        regressor_hidden=256,
        regressor_dropout=0.0,
    )
    assert config.network == network


def test_changes_from_the_command_line_reach_nested_entries():
    changes = ["network.temporal=tcmr", "network.width=64", "epochs=2", 'network.bypassed=["ttr"]']
    config = read_config(find_config("str_without_3dpw_mpii3d"), changes)
    assert (config.network.temporal, config.network.bypassed, config.epochs) == ("tcmr", ("ttr",), 2)
    assert config.network.switches.width == 64


def test_json_round_trip():
    config = read_config(find_config("str_with_3dpw_3dpw"), ["network.switches.ttr_readout=mean"])
    assert config_from(PaperConfig, json.loads(as_json(config)), "") == config


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("network.temporl=tcmr", r"unknown entry network\.temporl"),
        ("network.temporal=gru", "choose str or tcmr"),
        ("network.switches.ttr_mod=add", r"unknown entry network\.switches\.ttr_mod"),
        ('network.bypassed=["tttr"]', "tttr"),
        ("epochs=many", "epochs is 'many', expected int"),
        ("epochs=true", "epochs is True, expected int"),
        ("epochs=0", "epochs"),
        ("epochs", "NAME=VALUE"),
        ("about.more=1", "has no parts"),
        ("train=[]", "without a 2D dataset"),
        ("validation.dataset=insta", r"validation\.dataset"),
    ],
)
def test_mistakes_are_named(change, said):
    with pytest.raises(ConfigError, match=said):
        read_config(find_config("str_with_3dpw_3dpw"), [change])


def test_unknown_name_lists_what_there_is():
    with pytest.raises(ConfigError, match="str_without_3dpw_h36m"):
        find_config("str_on_the_moon")


def test_missing_entry_is_named(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"about": ""}')
    with pytest.raises(ConfigError, match="train is missing"):
        read_config(path)
