"""Training of the default weights: landmark encoder, temporal networks, regressors, on simulated people.

Stage "frame": encoder and per-frame regressor on single frames; a checkpoint may stand in for it. Stage
"window": the encoder is frozen, and STR, TCMR and VIBE learn side by side on the very same windows, with the
look-aheads and frame rates that the app offers. Each has its own loss and its own limit of the gradient, so
that none learns differently for the others' sake. Runs on two CPU cores; resumes from `<out>.state` after an
interruption.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.poses import PoseConfig, PoseSampler
from str_live.datasets.simulated.views import View, ViewConfig, camera_orientation, observe
from str_live.datasets.target import Target
from str_live.files import written_whole
from str_live.interruption import Interrupted, Interruption
from str_live.network.network import Network, NetworkConfig
from str_live.network.precision import BEGAN_IN, FLOAT32, Precision, choose_precision, product
from str_live.settings import NetworkSettings
from str_live.train.losses import LossWeights, mean_joint_distance_mm, pose_loss
from str_live.train.smoother import start_temporal
from str_live.train.windows import (
    Criterion,
    described_rows,
    draw_windows,
    random_source,
    random_switches,
    sequence_length,
    window_figures,
)
from str_live.untrusted.tensors import read_torch
from str_live.untrusted.unreadable import in_one_line
from str_live.weights.own import WeightsError, load_network, read_notes, save_network

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The whole recipe; stored in the checkpoint's header."""

    model: NetworkConfig = field(default_factory=NetworkConfig)
    """Its networks are those that learn in the window stage."""
    poses: PoseConfig = field(default_factory=PoseConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    start: str = ""
    """A checkpoint whose encoder and per-frame network are taken; '' trains them in a first stage."""
    seed: int = 1
    frame_steps: int = 16000
    frame_batch: int = 512
    frame_rate: float = 1e-3
    window_steps: int = 5000
    window_batch: int = 40
    window_rate: float = 5e-4
    warm_up: int = 100
    auxiliary: float = 0.3
    """Weight of the outputs beside the final one: STR's two cross features, TCMR's past and future."""
    alone: float = 0.0
    """Share of the window stage's steps in which those sequences that bypass modules leave one source alone:
    TTR, STE or the halves. In the other steps they bypass each module half of the time."""
    lookaheads: tuple[float, ...] = (0.24, 0.08, 0.36, 0.06, 0.1, 0.05, 0.05, 0.06)
    """Share of sequences trained with a look-ahead of 0, 1, ... 7 frames."""
    strides: tuple[tuple[int, float], ...] = ((1, 0.62), (2, 0.18), (3, 0.15), (6, 0.05))
    """Every how many frames of 1/30 s a picture is seen (slow cameras and slow machines), and how often."""


class Simulator:
    """Draws batches of simulated people."""

    def __init__(self, config: TrainingConfig, poses: PoseSampler, body: PointBody) -> None:
        self.config, self.poses, self.body = config, poses, body

    def draw(self, batch: int, frames: int, generator: torch.Generator) -> tuple[View, Target]:
        """B sequences of T frames: observations and truth of N = B * T frames, sequence by sequence."""
        rotmat = self.poses.sample(batch, frames, generator)
        camera = camera_orientation(batch, self.config.views, generator)
        rotmat[:, :, 0] = camera[:, None] @ rotmat[:, :, 0]
        rotmat = rotmat.flatten(0, 1)  # (N, 24, 3, 3)
        betas = torch.randn(batch, 10, generator=generator).repeat_interleave(frames, 0)
        truth = self.body(rotmat, betas)
        view = observe(truth.points, batch, frames, self.config.views, generator)
        return view, Target(rotmat, betas, truth.all(), view.clean)


class Lesson(NamedTuple):
    """What one part of the network learns in a step."""

    learner: nn.Module
    loss: Tensor
    figures: dict[str, float]
    """For the log."""


class Trainer:
    """Both stages, their state, and the way back from an interruption."""

    def __init__(
        self,
        config: TrainingConfig,
        simulator: Simulator,
        out: Path,
        store: str = "half",
        precision: str = "float32",
    ) -> None:
        """`precision`: one of settings.PRECISIONS; with 'auto' a training that goes on keeps its own."""
        self.config, self.simulator, self.out = config, simulator, out
        self.store = store
        """How the checkpoint holds numbers; the state to resume from is whole."""
        self.device = torch.get_default_device()
        """Everything is made on torch's default device: poses, body and trainer within one `torch.device`."""
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        torch.manual_seed(config.seed)
        self.network = Network(config.model)
        self.learning = tuple(name for name in self.network.networks if name != "frame")
        """Networks of the window stage."""
        self.stage, self.step = "frame", 0
        self.start_recipe = ""
        """How the checkpoint was trained that stands in for the first stage."""
        self.optimiser = self._optimiser()
        self.precision = FLOAT32
        """What the first stage learns in; the second one's losses are float32."""
        resumed = self._resume()
        if not resumed and config.start:
            self._take_frame_stage(Path(config.start))
        if self.stage == "frame" and not (resumed and precision == "auto"):
            hidden = config.model.encoder_hidden
            work = product(config.frame_batch, hidden, hidden, self.device)
            self.precision = choose_precision(precision, self.device, work)
        logger.info("learns in %s: %s", self.precision.name, self.precision.reason)

    def run(self) -> None:
        """Train to the end, writing the checkpoint and the state every few minutes."""
        if self.stage == "frame":
            self._train(self.config.frame_steps)
        if self.stage == "frame" and self.config.window_steps:
            self._enter_windows()
        if self.stage == "window":
            self._train(self.config.window_steps)
        self.save()

    def _train(self, steps: int) -> None:
        """The current stage up to its step `steps`."""
        saved = time.monotonic()
        with Interruption() as interruption:
            for figures in self._steps(steps):
                if self.step % 100 == 0:
                    logger.info("%s %d/%d %s", self.stage, self.step, steps, _line(figures))
                if interruption.requested or time.monotonic() - saved > 120:
                    self.save()
                    saved = time.monotonic()
                if interruption.requested:
                    done = f"{self.step} of {steps} steps of the {self.stage} stage"
                    raise Interrupted(f"stopped after {done}: the same command goes on there")

    def _steps(self, steps: int) -> Iterator[dict[str, float]]:
        lessons = self._frame_lesson if self.stage == "frame" else self._window_lessons
        while self.step < steps:
            self._set_rate(steps)
            self.network.train()
            self.optimiser.zero_grad(set_to_none=True)
            figures: dict[str, float] = {}
            for lesson in lessons():
                lesson.loss.backward()
                nn.utils.clip_grad_norm_(lesson.learner.parameters(), 1.0)
                figures |= lesson.figures
            self.optimiser.step()
            self.step += 1
            yield figures

    def _set_rate(self, steps: int) -> None:
        """Linear warm-up, then a cosine down to one hundredth."""
        config = self.config
        peak = config.frame_rate if self.stage == "frame" else config.window_rate
        warm = min((self.step + 1) / config.warm_up, 1.0)
        cosine = 0.5 + 0.5 * math.cos(math.pi * self.step / steps)
        for group in self.optimiser.param_groups:
            group["lr"] = peak * warm * (0.01 + 0.99 * cosine)

    def _frame_lesson(self) -> Iterator[Lesson]:
        config, frame = self.config, self.network.head("frame")
        view, target = self.simulator.draw(config.frame_batch, 1, self.generator)
        with self.precision.autocast(self.device):
            said = frame.regressor(self.network.encoder(view.inputs))
        loss, error = pose_loss(said, target, self.simulator.body, config.weights)
        mpjpe = mean_joint_distance_mm(error.detach()[:, :24])
        yield Lesson(self.network, loss, {"loss": loss.item(), "mpjpe_mm": mpjpe.item()})

    def _window_lessons(self) -> Iterator[Lesson]:
        """One lesson for each network, all on the same windows."""
        config = self.config
        batch, length = config.window_batch, sequence_length(config.model.switches.window)
        view, target = self.simulator.draw(batch, length, self.generator)
        # The encoder stays as it is: so few sequences hold too few different poses, and on a real clip the
        # per-frame network drifted by up to 10 mm when it went on learning from them.
        with torch.no_grad():
            features = self.network.encoder(view.inputs)  # (B * L, C)
        windows = draw_windows(
            features.unflatten(0, (batch, length)), config.lookaheads, config.strides, self.generator
        )
        bypassed = self._draw_switches()  # drawn whoever learns: the batches stay the same
        wanted = target.index(described_rows(batch, config.model.switches.window))
        criterion = Criterion(self.simulator.body, config.weights, config.auxiliary)
        for name in self.learning:
            head = self.network.head(name)
            loss, error = criterion(head, windows, wanted, bypassed if name == "str" else None)
            yield Lesson(head, loss, window_figures(name, loss, error))

    def _draw_switches(self) -> NetworkSettings:
        share, generator = self.config.alone, self.generator
        if share and float(torch.rand(1, generator=generator)) < share:
            return random_source(generator)
        return random_switches(generator)

    def _take_frame_stage(self, path: Path) -> None:
        """Let a checkpoint's encoder and per-frame network stand in for the first stage."""
        given, wanted = load_network(path), self.config.model
        for name in ("front_end", "width", "encoder_hidden", "encoder_blocks", "regressor_hidden"):
            found, expected = getattr(given.config, name), getattr(wanted, name)
            if found != expected:
                raise WeightsError(f"{path} has {name} {found}, not {expected}: give --start another file")
        self.start_recipe = read_notes(path).get("training", "")
        self.network.encoder.load_state_dict(given.encoder.state_dict())
        self.network.head("frame").load_state_dict(given.head("frame").state_dict())
        self._enter_windows()

    def _enter_windows(self) -> None:
        """From the frame stage to the window stage."""
        generator = torch.Generator(self.device).manual_seed(self.config.seed)
        known = self.network.head("frame").regressor.state_dict()
        for name in self.learning:
            start_temporal(self.network.head(name).temporal, generator)
            self.network.head(name).regressor.load_state_dict(known)
        self.stage, self.step = "window", 0
        self.optimiser = self._optimiser()

    def _optimiser(self) -> torch.optim.AdamW:
        """Of what learns in the current stage."""
        network = self.network
        first: list[nn.Module] = [network.encoder, network.head("frame")]
        learners = first if self.stage == "frame" else [network.head(name) for name in self.learning]
        parameters = [parameter for learner in learners for parameter in learner.parameters()]
        return torch.optim.AdamW(parameters, weight_decay=1e-4)

    def save(self) -> None:
        """The checkpoint for use, with what has learnt so far, and beside it the state to resume from."""
        config = json.dumps(asdict(self.config))
        # Where the file lay on this machine is nobody's business.
        told = replace(self.config, start=Path(self.config.start).name)
        carried_out = {
            "precision": self.precision.name,
            "device": self.device.type,
            "torch": torch.__version__,
        }
        notes = {"training": json.dumps(asdict(told)), "stage": f"{self.stage} {self.step}"}
        notes["carried_out"] = json.dumps(carried_out)
        if self.start_recipe:
            notes["start"] = self.start_recipe
        windows = self.stage == "window" and self.step > 0
        networks = (*(self.learning if windows else ()), "frame")
        save_network(self.network, self.out, networks=networks, notes=notes, precision=self.store)
        state = {
            "config": config,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "stage": self.stage,
            "step": self.step,
            "start_recipe": self.start_recipe,
            "precision": self.precision.name,
            "generator": self.generator.get_state(),
        }
        with written_whole(self._state_path()) as partial:
            torch.save(state, partial)

    def _state_path(self) -> Path:
        return self.out.with_name(self.out.name + ".state")

    def _resume(self) -> bool:
        """Go on from an earlier run with the same configuration, if there is one.

        Another configuration starts anew.
        """
        path = self._state_path()
        if not path.exists():
            return False
        try:
            return self._restore(read_torch(path))
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise WeightsError(
                f"{path} is damaged or no state of a training ({in_one_line(error)}): remove it to start anew"
            ) from error

    def _restore(self, state: Any) -> bool:
        path = self._state_path()
        if state["config"] != json.dumps(asdict(self.config)):
            logger.warning("%s belongs to another configuration: training starts anew", path)
            return False
        self.stage, self.step = state["stage"], state["step"]
        self.start_recipe = state["start_recipe"]
        # States of before it was chosen were all learnt in bfloat16.
        self.precision = Precision(state.get("precision", "bfloat16"), BEGAN_IN)
        self.optimiser = self._optimiser()
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        logger.info("resumed %s at %s step %d", path, self.stage, self.step)
        return True


def _line(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
