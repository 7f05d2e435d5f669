"""A run that ends in the middle of an epoch goes on as if it had not."""

from __future__ import annotations

import pytest
import torch

from str_live.train.loop import Loop
from str_live.train.paper.options import RunOptions
from tests.train.endings import at, run_until
from tests.train.paper.tiny_run import config, training


class PullThePlug(Exception):
    """As if the machine failed: nothing more is written."""


def pull_the_plug() -> None:
    raise PullThePlug


def assert_same(one: Loop, other: Loop) -> None:
    assert one.recipe.history == other.recipe.history
    for name, tensor in one.recipe.learner.network.state_dict().items():
        torch.testing.assert_close(other.recipe.learner.network.state_dict()[name], tensor, rtol=0, atol=0)


SETTINGS = config(epochs=2, iterations=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Loop:
    """A run without interruption."""
    run = training(SETTINGS, tmp_path_factory.mktemp("whole"))
    run.run()
    return run


@pytest.mark.parametrize(("epoch", "iteration"), [(0, 1), (0, 2), (1, 0)])
def test_a_run_that_was_told_to_end_gives_the_numbers_of_one_that_was_not(whole, tmp_path, epoch, iteration):
    run_until(training(SETTINGS, tmp_path), epoch, iteration)
    resumed = training(SETTINGS, tmp_path)
    assert resumed.done == 3 * epoch + iteration + 1
    torch.rand(5)  # whatever else happened meanwhile
    resumed.run()
    assert_same(whole, resumed)


def test_a_run_that_died_goes_on_from_the_state_last_written(whole, tmp_path):
    died = training(SETTINGS, tmp_path, options=RunOptions(save_minutes=0.0))
    with pytest.raises(PullThePlug):
        at(died, 1, 2, pull_the_plug).run()
    resumed = training(SETTINGS, tmp_path)
    assert resumed.done == 5
    resumed.run()
    assert_same(whole, resumed)


def test_told_to_end_in_the_last_step_of_an_epoch_the_epoch_is_kept(tmp_path):
    run = training(SETTINGS, tmp_path)
    run_until(run, 0, 2)
    assert len(run.recipe.history) == 1
    assert (tmp_path / "best.safetensors").exists()
