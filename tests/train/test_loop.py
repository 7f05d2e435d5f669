"""The loop: stages in turn, what a state brings back, what is refused, what people see."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from str_live.dataclass_json import ConfigError
from str_live.interruption import Interrupted
from str_live.train import loop as loop_module
from str_live.train.loop import Loop, Recipe, Stage


class Adding:
    """Learns a sum: of all numbers that its batches are."""

    is_first = True

    def __init__(self, *steps: int, about: str = "", end_at: tuple[int, int] | None = None) -> None:
        """`end_at`: the stage and step in which the process is told to end."""
        self.stages = [
            Stage(f"kind {number}", f"stage {number}", count) for number, count in enumerate(steps)
        ]
        self.about, self.end_at, self.total, self.done = about, end_at, 0.0, []

    def identity(self) -> str:
        return self.about

    def begin(self, stage: int) -> None:
        self.done.append(f"begin {stage}")

    @contextmanager
    def batches(self, stage: int, first: int) -> Iterator[Iterable[int]]:
        yield range(first, self.stages[stage].steps)

    def learn(self, batch: int, stage: int, step: int) -> dict[str, float]:
        assert batch == step
        if self.end_at == (stage, step):
            os.kill(os.getpid(), signal.SIGTERM)
        self.total += 10.0**stage * batch
        return {"batch": float(batch)}

    def end(self, stage: int, means: Mapping[str, float]) -> Mapping[str, float]:
        self.done.append(f"end {stage}: {means['batch']:g}")
        return means

    def on_save(self, stage: int, step: int) -> None:
        self.done.append("save")

    def state(self) -> dict[str, Any]:
        return {"total": self.total}

    def restore(self, state: Mapping[str, Any], stage: int) -> None:
        self.total = state["total"]


def loop(recipe: Recipe, folder: Path, **options: float) -> Loop:
    return Loop(recipe, folder / "state.pt", curves=folder, **options)


def test_stages_run_in_turn_and_empty_ones_are_left_out(tmp_path):
    recipe = Adding(3, 0, 2)
    loop(recipe, tmp_path).run()
    assert recipe.total == 0 + 1 + 2 + 100 * (0 + 1)
    assert recipe.done == ["begin 0", "end 0: 1", "save", "begin 2", "end 2: 0.5", "save"]


@pytest.mark.parametrize("end_at", [(0, 0), (0, 1), (0, 2), (1, 0)])
def test_a_run_that_was_told_to_end_goes_on_as_if_it_had_not(tmp_path, end_at):
    stage, step = end_at
    with pytest.raises(Interrupted, match=f"after {step + 1} of {(3, 4)[stage]} steps of stage {stage}"):
        loop(Adding(3, 4, end_at=end_at), tmp_path).run()
    recipe = Adding(3, 4)
    again = loop(recipe, tmp_path)
    assert again.done == (0, 3)[stage] + step + 1
    again.run()
    assert recipe.total == 0 + 1 + 2 + 10 * (0 + 1 + 2 + 3)
    assert recipe.done[-2:] == ["end 1: 1.5", "save"]  # means count what was learnt before, too
    assert ("begin 1" in recipe.done) == (stage == 0)


def test_told_to_end_in_its_last_step_a_run_is_done(tmp_path):
    loop(Adding(3, end_at=(0, 2)), tmp_path).run()
    recipe = Adding(3)
    loop(recipe, tmp_path).run()
    assert recipe.done == []


def test_a_state_within_a_stage_survives_a_crash(tmp_path):
    recipe = Adding(5)
    recipe.learn = lambda batch, stage, step: {"batch": 1 / (3 - step)}
    with pytest.raises(ZeroDivisionError):
        loop(recipe, tmp_path, save_minutes=0.0).run()
    assert loop(Adding(5), tmp_path).step == 3


def test_a_run_may_be_given_more_steps_and_stages(tmp_path):
    loop(Adding(3), tmp_path).run()
    recipe = Adding(5, 2)
    loop(recipe, tmp_path).run()
    assert recipe.total == 0 + 1 + 2 + 3 + 4 + 10 * (0 + 1)


def test_other_trainings_states_and_foreign_files_are_refused(tmp_path):
    loop(Adding(3), tmp_path).run()
    with pytest.raises(ConfigError, match="another configuration"):
        loop(Adding(3, about="other"), tmp_path)
    for content in ({}, {"identity": "", "stage": 0, "step": 1, "sums": {}, "recipe": {}}, [1]):
        torch.save(content, tmp_path / "state.pt")
        with pytest.raises(ConfigError, match="remove it"):
            loop(Adding(3), tmp_path)
    (tmp_path / "state.pt").write_text(json.dumps("nothing"))
    with pytest.raises(ConfigError, match="remove it"):
        loop(Adding(3), tmp_path)


def test_a_process_that_is_not_the_first_learns_and_writes_nothing(tmp_path):
    recipe = Adding(3)
    recipe.is_first = False
    loop(recipe, tmp_path).run()
    assert recipe.total == 3
    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_on_a_terminal_and_lines_elsewhere(tmp_path, caplog, monkeypatch, terminal):
    monkeypatch.setattr(loop_module, "LOG_EVERY", 2)
    seen = Terminal() if terminal else io.StringIO()
    with caplog.at_level(logging.INFO), monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", seen)
        loop(Adding(4), tmp_path).run()
    # A quick run may end before the bar is drawn again: its beginning is what is sure.
    assert ("stage 0:" in seen.getvalue() and "/4 [" in seen.getvalue()) == terminal
    assert ("stage 0, 4/4: batch 2.5 " in caplog.text) != terminal  # the mean of steps 2 and 3
    assert "stage 0 in" in caplog.text


def test_curves_are_written_where_tensorboard_is_installed(tmp_path, caplog, monkeypatch):
    events = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed"
    )
    monkeypatch.setattr(loop_module, "LOG_EVERY", 2)
    with caplog.at_level(logging.INFO):
        loop(Adding(3, 3), tmp_path).run()
    assert f"tensorboard --logdir {tmp_path}" in caplog.text
    curves = events.EventAccumulator(str(tmp_path))
    curves.Reload()
    assert [event.step for event in curves.Scalars("step/batch")] == [2, 5]
    assert [(event.step, event.value) for event in curves.Scalars("kind 1/batch")] == [(6, 1.0)]


def test_without_tensorboard_the_remedy_is_said(tmp_path, caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with caplog.at_level(logging.INFO):
        loop(Adding(1), tmp_path).run()
    assert "pip install tensorboard==" in caplog.text
