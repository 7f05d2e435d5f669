"""Which front ends and sets of weights the command measures."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from str_live.evaluate.clips.__main__ import build_parser, load_contenders, names_of_sets
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError


def parsed(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(arguments)


def test_front_ends_that_can_run_are_measured_and_those_asked_for_must(tmp_path):
    assert "landmarks" in [contender.name for contender in load_contenders(parsed())]
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="broken"):
        load_contenders(parsed("--front-end", "landmarks", "--weights", str(broken)))
    with pytest.raises(WeightsError, match="broken"):
        load_contenders(parsed("--weights", str(broken)))


def test_sets_of_weights_stand_beside_each_other(tmp_path):
    path = DEFAULT_WEIGHTS["landmarks"]
    shutil.copy(path, tmp_path / "mine.safetensors")
    sets = ("--weights", str(path), "--weights", str(tmp_path / "mine.safetensors"))
    contenders = load_contenders(parsed("--front-end", "landmarks", *sets))
    assert [contender.name for contender in contenders] == ["landmarks (landmarks)", "landmarks (mine)"]


def test_sets_of_weights_with_the_same_file_names_are_told_apart_by_their_folders():
    sets = [[Path("a/images.safetensors")], [Path("b/images.safetensors")], [Path("a/other.safetensors")]]
    assert names_of_sets(sets) == ["a/images.safetensors", "b/images.safetensors", "other"]
