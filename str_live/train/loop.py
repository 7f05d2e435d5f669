"""The training loop: stages of steps, what people see of them, and the state from which a run goes on.

In: a Recipe, which says what learns from what. Out: its state in a file. All trainings run through here: the
same command goes on where a run stopped, and ends with the very numbers of one without interruption.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from tqdm.contrib.logging import logging_redirect_tqdm

from str_live.dataclass_json import ConfigError
from str_live.files import written_whole
from str_live.interruption import Interrupted, Interruption
from str_live.train.reporting import LOG_EVERY, Board, as_line, progress
from str_live.untrusted.tensors import read_torch
from str_live.untrusted.unreadable import in_one_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps in a row of one kind, at whose end something is measured or written."""

    kind: str
    """'frame', 'window' or 'epoch': the group of the curves that its end adds to."""
    title: str
    """For bar and log, such as 'epoch 3/30'."""
    steps: int


class Recipe(Protocol):
    """What the loop trains. Stages and steps count from 0."""

    @property
    def stages(self) -> Sequence[Stage]:
        """All of them, one at least; those of 0 steps are left out."""
        ...

    @property
    def is_first(self) -> bool:
        """Whether this process, of several that train together, is the one that logs and writes."""
        ...

    def identity(self) -> str:
        """What must be the same in a run that goes on."""
        ...

    def begin(self, stage: int) -> None:
        """Before the first step of a stage; not where one goes on."""
        ...

    def batches(self, stage: int, first: int) -> AbstractContextManager[Iterable[Any]]:
        """What the stage's steps from `first` to its last learn from, one batch a step."""
        ...

    def learn(self, batch: Any, stage: int, step: int) -> dict[str, float]:
        """Take one step; figures for the log, the most telling one first."""
        ...

    def end(self, stage: int, means: Mapping[str, float]) -> Mapping[str, float]:
        """After a stage's last step: measure and write; figures for the log. `means`: of `learn`'s."""
        ...

    def on_save(self, stage: int, step: int) -> None:
        """Write what else is of use whenever the state is saved, after so many steps of a stage."""
        ...

    def state(self) -> dict[str, Any]:
        """All that `restore` needs: tensors and plain values, for torch.save."""
        ...

    def restore(self, state: Mapping[str, Any], stage: int) -> None:
        """Go on in a stage from what `state` gave."""
        ...


class Loop:
    """A training and how far it is."""

    def __init__(self, recipe: Recipe, state: Path, *, curves: Path, save_minutes: float = 5.0) -> None:
        """Goes on from the file `state` where there is one; `curves`: folder for TensorBoard.

        `save_minutes`: between two writings of the state within a stage; it is written at each end, too.
        Raises ConfigError where the file is another configuration's, or damaged.
        """
        self.recipe, self.path, self.curves, self.save_minutes = recipe, state, curves, save_minutes
        self.stage = 0
        self.step = 0
        """Steps of the stage that are done."""
        self._sums: dict[str, float] = {}
        """Of the stage's figures."""
        self._saved_s = 0.0
        """When the state was last written, or the stage begun, on the monotonic clock."""
        if state.exists():
            self._resume()

    @property
    def done(self) -> int:
        """Steps since the beginning of the training."""
        return sum(stage.steps for stage in self.recipe.stages[: self.stage]) + self.step

    def run(self) -> None:
        """Train to the end of the last stage; raises Interrupted where its end is requested before."""
        if self._next_stage() is None:
            logger.info("nothing left to learn: %s is at the end", self.path)
            return
        board = Board(self.curves, self.done) if self.recipe.is_first else None
        try:
            with logging_redirect_tqdm():
                while (stage := self._next_stage()) is not None:
                    self._run_stage(stage, board)
        finally:
            if board:
                board.close()

    def _next_stage(self) -> int | None:
        """The stage of the next step; None where all are done."""
        for number, stage in enumerate(self.recipe.stages[self.stage :], self.stage):
            if (self.step if number == self.stage else 0) < stage.steps:
                return number
        return None

    def _run_stage(self, number: int, board: Board | None) -> None:
        """Learn, then measure and save."""
        if number != self.stage:
            self.stage, self.step, self._sums = number, 0, {}
        recipe, stage = self.recipe, self.recipe.stages[number]
        if self.step == 0:
            recipe.begin(number)
        # Until there are batches a signal ends the run at once, as the state that was written holds all.
        with recipe.batches(number, self.step) as batches, Interruption() as interruption:
            started = self._saved_s = time.monotonic()
            self._learn(batches, stage, interruption, board)
            seconds = time.monotonic() - started
            figures = recipe.end(number, {name: total / stage.steps for name, total in self._sums.items()})
            if board:
                logger.info("%s in %.0f s: %s", stage.title, seconds, as_line(figures))
                board.add(stage.kind, figures, self.done)
            self._save()
            if interruption.requested and self._next_stage() is not None:
                raise self._interrupted()

    def _learn(
        self, batches: Iterable[Any], stage: Stage, interruption: Interruption, board: Board | None
    ) -> None:
        """The rest of a stage's steps."""
        recent, since = [], time.monotonic()
        with progress(
            batches, about=stage.title, done=self.step, total=stage.steps, shown=board is not None
        ) as bar:
            for batch in bar:
                figures = self.recipe.learn(batch, self.stage, self.step)
                self._sums = {name: self._sums.get(name, 0.0) + value for name, value in figures.items()}
                self.step += 1
                recent.append(figures)
                bar.set_postfix(dict(list(figures.items())[:1]), refresh=False)
                if self.step % LOG_EVERY == 0:
                    if board:
                        board.add("step", figures, self.done)
                        if bar.disable:
                            self._log(stage, recent, time.monotonic() - since)
                    recent, since = [], time.monotonic()
                if self.step < stage.steps:  # a stage that is done is saved as a whole
                    self._save_if_due(interruption)

    def _log(self, stage: Stage, recent: list[dict[str, float]], seconds: float) -> None:
        """One line: the means of the steps since the last one."""
        means = {name: sum(figures[name] for figures in recent) / len(recent) for name in recent[0]}
        rate = len(recent) / max(seconds, 1e-9)
        logger.info("%s, %d/%d: %s  %.3g steps/s", stage.title, self.step, stage.steps, as_line(means), rate)

    def _save_if_due(self, interruption: Interruption) -> None:
        """Between two steps: save the state every few minutes, and when the end is requested."""
        if interruption.requested or time.monotonic() - self._saved_s >= self.save_minutes * 60:
            self._save()
            self._saved_s = time.monotonic()
        if interruption.requested:
            raise self._interrupted()

    def _interrupted(self) -> Interrupted:
        stage = self.recipe.stages[self.stage]
        done = f"{self.step} of {stage.steps} steps of {stage.title}"
        return Interrupted(f"stopped after {done}: the same command goes on from there")

    def _save(self) -> None:
        """Write, in one go, what `_resume` goes on from."""
        if not self.recipe.is_first:
            return
        self.recipe.on_save(self.stage, self.step)
        state = {
            "identity": self.recipe.identity(),
            "stage": self.stage,
            "step": self.step,
            "sums": self._sums,
            "recipe": self.recipe.state(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(self.path) as partial:
            torch.save(state, partial)

    def _resume(self) -> None:
        """Go on from the state in the file."""
        with _resuming(self.path):
            state: Any = read_torch(self.path)
            if state["identity"] != self.recipe.identity():
                raise ConfigError(
                    f"{self.path} belongs to a training with another configuration: let this one write into "
                    f"another folder, or remove it to start anew"
                )
            self.recipe.restore(state["recipe"], state["stage"])
            self.stage, self.step, self._sums = state["stage"], state["step"], state["sums"]
        logger.info("resumed %s after %d steps", self.path, self.done)


@contextmanager
def _resuming(path: Path) -> Iterator[None]:
    """Say what to do where a state is none that this program wrote."""
    try:
        yield
    except ConfigError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ConfigError(
            f"{path} is damaged or no state of a training ({in_one_line(error)}): remove it to start anew"
        ) from error
