"""Training of the default weights: landmark encoder, temporal networks, regressors, on simulated people.

A recipe of train/loop.py. Stage "frame": encoder and per-frame regressor on single frames; a checkpoint may
stand in for it. Stage "window": the encoder is frozen, and STR, TCMR and VIBE learn side by side on the very
same windows, with the look-aheads and frame rates that the app offers. Each has its own loss and its own
limit of the gradient, so that none learns differently because of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from str_live.datasets.simulated.views import View
from str_live.datasets.target import Target
from str_live.network.network import Network
from str_live.network.precision import FLOAT32, product, training_precision
from str_live.train.default.config import TrainingConfig
from str_live.train.default.simulator import Simulator
from str_live.train.descent import Objective, descend, learning_rate
from str_live.train.loop import Stage
from str_live.train.losses import mean_joint_distance_mm, pose_loss
from str_live.train.smoother import start_temporal
from str_live.train.windows import (
    Criterion,
    described_rows,
    draw_switches,
    draw_windows,
    sequence_length,
    window_figures,
)
from str_live.weights.own import WeightsError, load_network, read_notes, save_network

FRAME, WINDOW = 0, 1
"""Numbers of the stages."""


class DefaultTrainer:
    """A recipe of train/loop.py. Everything is made on torch's default device: poses, body and trainer within
    one `torch.device`."""

    is_first = True

    def __init__(
        self,
        config: TrainingConfig,
        simulator: Simulator,
        out: Path,
        store: str = "half",
        precision: str = "float32",
    ) -> None:
        """`out`: the checkpoint to write, its numbers stored as `store`. `precision`: one of
        settings.PRECISIONS; with 'auto' a training that goes on keeps its own."""
        self.config, self.simulator, self.out, self.store = config, simulator, out, store
        self.device = torch.get_default_device()
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        torch.manual_seed(config.seed)
        self.network = Network(config.model)
        self.learning = tuple(name for name in self.network.networks if name != "frame")
        self.start_recipe = ""
        """How the checkpoint was trained that stands in for the first stage."""
        self.precision = FLOAT32
        """What the first stage learns in; the second one's losses are float32."""
        self._wish = precision
        self._optimiser = self._make_optimiser(FRAME)

    @property
    def stages(self) -> tuple[Stage, Stage]:
        """Single frames, where no checkpoint stands in for that, then windows."""
        config = self.config
        frame = Stage("frame", "the frame stage", 0 if config.start else config.frame_steps)
        return frame, Stage("window", "the window stage", config.window_steps)

    def identity(self) -> str:
        """The whole recipe."""
        return json.dumps(asdict(self.config))

    def begin(self, stage: int) -> None:
        """Choose the precision of the frame stage; let the temporal networks start from its solution."""
        if stage == FRAME:
            self._settle_precision(self._wish)
        else:
            if self.config.start:
                self._take_frame_stage(Path(self.config.start))
            self._start_heads()
        self._optimiser = self._make_optimiser(stage)

    @contextmanager
    def batches(self, stage: int, first: int) -> Iterator[Iterable[tuple[View, Target]]]:
        """Simulated people: of so many frames each that the stage learns from."""
        config = self.config
        batch, frames = config.frame_batch, 1
        if stage == WINDOW:
            batch, frames = config.window_batch, sequence_length(config.model.switches.window)
        left = range(first, self.stages[stage].steps)
        yield (self.simulator.draw(batch, frames, self.generator) for _ in left)

    def learn(self, batch: tuple[View, Target], stage: int, step: int) -> dict[str, float]:
        """Take one step."""
        config = self.config
        peak = config.frame_rate if stage == FRAME else config.window_rate
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(peak, step, self.stages[stage].steps, (step + 1) / config.warm_up)
        self.network.train()
        objectives = self._frame_objective if stage == FRAME else self._window_objectives
        return descend(self._optimiser, objectives(*batch))

    def _frame_objective(self, view: View, target: Target) -> Iterator[Objective]:
        frame = self.network.head("frame")
        with self.precision.autocast(self.device):
            prediction = frame.regressor(self.network.encoder(view.inputs))
        loss, error = pose_loss(prediction, target, self.simulator.body, self.config.weights)
        mpjpe = mean_joint_distance_mm(error.detach()[:, :24])
        yield Objective(self.network, loss, {"loss": loss.item(), "mpjpe_mm": mpjpe.item()})

    def _window_objectives(self, view: View, target: Target) -> Iterator[Objective]:
        """One for each network, all on the same windows."""
        config, window = self.config, self.config.model.switches.window
        # The encoder stays as it is: so few sequences hold too few different poses, and on a real clip the
        # per-frame network drifted by up to 10 mm when it went on learning from them.
        with torch.no_grad():
            features = self.network.encoder(view.inputs)  # (B * L, C)
        sequences = features.unflatten(0, (config.window_batch, sequence_length(window)))
        windows = draw_windows(sequences, config.lookaheads, config.strides, self.generator)
        bypassed = draw_switches(
            config.bypass, self.generator
        )  # drawn whoever learns: the batches stay the same
        described = target.index(described_rows(config.window_batch, window))
        criterion = Criterion(self.simulator.body, config.weights, config.auxiliary)
        for name in self.learning:
            head = self.network.head(name)
            loss, error = criterion(head, windows, described, bypassed if name == "str" else None)
            yield Objective(head, loss, window_figures(name, loss, error))

    def end(self, stage: int, means: Mapping[str, float]) -> Mapping[str, float]:
        """Nothing is measured but what was learnt from."""
        return means

    def on_save(self, stage: int, step: int) -> None:
        """Write the checkpoint for use, with what has learnt so far."""
        # Where the file lay on this machine is nobody's business.
        recipe = replace(self.config, start=Path(self.config.start).name)
        carried_out = {
            "precision": self.precision.name,
            "device": self.device.type,
            "torch": torch.__version__,
        }
        notes = {"training": json.dumps(asdict(recipe)), "stage": f"{self.stages[stage].kind} {step}"}
        notes["carried_out"] = json.dumps(carried_out)
        if self.start_recipe:
            notes["start"] = self.start_recipe
        networks = (*(self.learning if stage == WINDOW else ()), "frame")
        save_network(self.network, self.out, networks=networks, notes=notes, precision=self.store)

    def state(self) -> dict[str, Any]:
        """Whole weights, the optimiser, and where the random numbers are."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "start_recipe": self.start_recipe,
            "precision": self.precision.name,
            "generator": self.generator.get_state(),
        }

    def restore(self, state: Mapping[str, Any], stage: int) -> None:
        """Go on from what `state` gave."""
        self.start_recipe = state["start_recipe"]
        self._settle_precision("auto" if stage == WINDOW else self._wish, state["precision"])
        self._optimiser = self._make_optimiser(stage)
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])

    def _settle_precision(self, wish: str, began_in: str = "") -> None:
        hidden = self.config.model.encoder_hidden
        work = product(self.config.frame_batch, hidden, hidden, self.device)
        self.precision = training_precision(wish, self.device, work, began_in)

    def _take_frame_stage(self, path: Path) -> None:
        """Let a checkpoint's encoder and per-frame network stand in for the first stage."""
        given, model = load_network(path), self.config.model
        for name in ("front_end", "width", "encoder_hidden", "encoder_blocks", "regressor_hidden"):
            found, expected = getattr(given.config, name), getattr(model, name)
            if found != expected:
                raise WeightsError(f"{path} has {name} {found}, not {expected}: give --start another file")
        self.start_recipe = read_notes(path).get("training", "")
        self.network.encoder.load_state_dict(given.encoder.state_dict())
        self.network.head("frame").load_state_dict(given.head("frame").state_dict())

    def _start_heads(self) -> None:
        """Every head begins as the per-frame solution, smoothed over time."""
        generator = torch.Generator(self.device).manual_seed(self.config.seed)
        known = self.network.head("frame").regressor.state_dict()
        for name in self.learning:
            start_temporal(self.network.head(name).temporal, generator)
            self.network.head(name).regressor.load_state_dict(known)

    def _make_optimiser(self, stage: int) -> torch.optim.AdamW:
        """Of what learns in a stage."""
        network = self.network
        first: list[nn.Module] = [network.encoder, network.head("frame")]
        learners = first if stage == FRAME else [network.head(name) for name in self.learning]
        parameters = [parameter for learner in learners for parameter in learner.parameters()]
        return torch.optim.AdamW(parameters, weight_decay=1e-4)
