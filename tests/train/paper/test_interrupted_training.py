"""A run that ends in the middle of an epoch goes on as if it had not."""

from __future__ import annotations

import os
import signal

import pytest
import torch

from str_live.interruption import Interrupted, Interruption
from str_live.train.paper.loop import Training
from str_live.train.paper.options import RunOptions
from tests.train.paper.tiny_run import config, training


class PullThePlug(Exception):
    """As if the machine failed: nothing more is written."""


def ending(run: Training, after: int, end) -> Training:
    """`run`, which comes to its `end` while it takes the step that follows `after` others."""
    step = run.learner.step

    def failing(batch, number):
        if number == after:
            end()
        return step(batch, number)

    run.learner.step = failing
    return run


def pull_the_plug() -> None:
    raise PullThePlug


def assert_same(one: Training, other: Training) -> None:
    assert one.history == other.history
    for name, tensor in one.learner.network.state_dict().items():
        torch.testing.assert_close(other.learner.network.state_dict()[name], tensor, rtol=0, atol=0)


SETTINGS = config(epochs=2, iterations=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Training:
    """A run without interruption."""
    run = training(SETTINGS, tmp_path_factory.mktemp("whole"))
    run.run()
    return run


@pytest.mark.parametrize("after", [1, 3])
def test_a_run_that_was_told_to_end_gives_the_numbers_of_one_that_was_not(whole, tmp_path, after):
    told = ending(training(SETTINGS, tmp_path), after, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(
        Interrupted, match=rf"after {after % 3 + 1} of 3 iterations: the same command goes on"
    ):
        told.run()
    resumed = training(SETTINGS, tmp_path)
    assert resumed.step == after + 1
    torch.rand(5)  # whatever else happened meanwhile
    resumed.run()
    assert_same(whole, resumed)


def test_a_run_that_died_goes_on_from_the_state_last_written(whole, tmp_path):
    died = training(SETTINGS, tmp_path, options=RunOptions(save_minutes=0.0))
    with pytest.raises(PullThePlug):
        ending(died, 5, pull_the_plug).run()
    resumed = training(SETTINGS, tmp_path)
    assert resumed.step == 5
    resumed.run()
    assert_same(whole, resumed)


def test_told_to_end_in_the_last_step_of_an_epoch_the_epoch_is_kept(tmp_path):
    run = ending(training(SETTINGS, tmp_path), 2, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Interrupted, match="epoch 2 after 0 of 3"):
        run.run()
    assert len(run.history) == 1
    assert training(SETTINGS, tmp_path).epoch == 1


def test_a_second_signal_is_not_held_back():
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
