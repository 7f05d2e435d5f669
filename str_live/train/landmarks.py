"""Training of the default weights: landmark encoder, STR and both regressors, on simulated observations.

Stage "frame": encoder and regressor on single frames. Stage "window": STR starts as a smoother of those
features and learns with everything else on windows, with the look-aheads, frame rates and bypassed modules
that the app offers. Runs on two CPU cores; resumes from `<out>.state` after an interruption.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from str_live.model import ModelConfig, Network, save_network
from str_live.settings import NetworkSettings
from str_live.train.losses import LossWeights, Target, mean_joint_distance_mm, motion_loss, pose_loss
from str_live.train.simulation.bodies import PointBody
from str_live.train.simulation.poses import PoseConfig, PoseSampler
from str_live.train.simulation.views import View, ViewConfig, camera_orientation, observe
from str_live.train.smoother import initialise_as_smoother

logger = logging.getLogger(__name__)

OUTPUTS = 4
"""Windows in a row per sequence: what the losses over time need."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The whole recipe; stored in the checkpoint's header."""

    model: ModelConfig = field(default_factory=ModelConfig)
    poses: PoseConfig = field(default_factory=PoseConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    seed: int = 1
    frame_steps: int = 16000
    frame_batch: int = 512
    frame_rate: float = 1e-3
    window_steps: int = 5000
    window_batch: int = 40
    window_rate: float = 5e-4
    encoder_share: float = 0.0
    """Learning rate of encoder and per-frame regressor in the window stage, as a share of `window_rate`.

    0 freezes them: 40 sequences a batch are too few different poses, and the per-frame network drifted by
    up to 10 mm on a real clip when it went on learning from them.
    """
    warm_up: int = 100
    auxiliary: float = 0.3
    """Weight of STR's two cross outputs beside the final one."""
    frame_weight: float = 0.3
    """Weight of the per-frame network's loss in the window stage, where it is not frozen."""
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


def window_rows(batch: int, lookahead: Tensor, first: Tensor, window: int = 16) -> Tensor:
    """(B, K, T) frame numbers of K = OUTPUTS windows a sequence, as the app's streaming makes them.

    Window k describes frame k + T/2. Frames later than its look-ahead repeat the last one seen; frames before
    the track's first frame repeat that.
    """
    start = torch.arange(OUTPUTS)[None, :, None]
    frames = start + torch.arange(window)  # (1, K, T)
    newest = start + window // 2 + lookahead[:, None, None]
    return frames.minimum(newest).maximum(first[:, None, None])


def see_every(features: Tensor, stride: Tensor, middle: int) -> Tensor:
    """(B, L, C) features -> what remains when only every `stride`-th frame was seen: linear in between.

    The described frame `middle` is always one that was seen, as it is in the app.
    """
    length = features.shape[1]
    frames = torch.arange(length)[None]
    offset = (frames - middle) % stride[:, None]
    before = (frames - offset).clamp_min(0)
    after = (frames - offset + stride[:, None]).clamp_max(length - 1)
    fraction = (offset / stride[:, None])[..., None]
    rows = torch.arange(features.shape[0])[:, None]
    return features[rows, before] * (1 - fraction) + features[rows, after] * fraction


def random_switches(generator: torch.Generator) -> NetworkSettings:
    """One of the 32 combinations; each module is bypassed half of the time."""
    on = (torch.rand(5, generator=generator) < 0.5).tolist()
    return NetworkSettings("str", *on)


class Trainer:
    """Both stages, their state, and the way back from an interruption."""

    def __init__(self, config: TrainingConfig, simulator: Simulator, out: Path) -> None:
        self.config, self.simulator, self.out = config, simulator, out
        self.device = torch.get_default_device()
        """Everything is made on torch's default device: set it before poses, body and trainer are made."""
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        torch.manual_seed(config.seed)
        self.network = Network(config.model)
        self.stage, self.step = "frame", 0
        self.optimiser = self._optimiser()
        self._resume()

    def run(self) -> None:
        """Train to the end, writing the checkpoint and the state every few minutes."""
        saved = time.monotonic()
        for stage, steps in (("frame", self.config.frame_steps), ("window", self.config.window_steps)):
            if stage != self.stage:
                if self.stage == "window":
                    continue
                self._enter_windows()
            for losses in self._steps(steps):
                if self.step % 100 == 0:
                    logger.info("%s %d/%d %s", stage, self.step, steps, _line(losses))
                if time.monotonic() - saved > 120:
                    self.save()
                    saved = time.monotonic()
        self.save()

    def _steps(self, steps: int) -> Iterator[dict[str, float]]:
        learn = self._frame_loss if self.stage == "frame" else self._window_loss
        while self.step < steps:
            self._set_rate(steps)
            self.network.train()
            loss, figures = learn()
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.step += 1
            yield {"loss": float(loss.detach()), **figures}

    def _set_rate(self, steps: int) -> None:
        """Linear warm-up, then a cosine down to one hundredth."""
        warm = min((self.step + 1) / self.config.warm_up, 1.0)
        cosine = 0.5 + 0.5 * torch.cos(torch.tensor(torch.pi * self.step / steps)).item()
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * warm * (0.01 + 0.99 * cosine)

    def _frame_loss(self) -> tuple[Tensor, dict[str, float]]:
        config = self.config
        view, target = self.simulator.draw(config.frame_batch, 1, self.generator)
        with torch.autocast(self.device.type, torch.bfloat16):
            said = self.network.frame_regressor(self.network.encoder(view.inputs))
        loss, error = pose_loss(said, target, self.simulator.body, config.weights)
        return loss, {"mpjpe_mm": float(mean_joint_distance_mm(error.detach()[:, :24]))}

    def _window_loss(self) -> tuple[Tensor, dict[str, float]]:
        config, batch = self.config, self.config.window_batch
        temporal = self.network.temporal
        length = temporal.window + OUTPUTS - 1
        view, target = self.simulator.draw(batch, length, self.generator)
        learning = config.encoder_share > 0
        half = torch.autocast(self.device.type, torch.bfloat16, enabled=learning)
        with half, torch.set_grad_enabled(learning):
            features = self.network.encoder(view.inputs)
        windows = self._windows(features.float().unflatten(0, (batch, length)))
        half = batch // 2
        full, full_error = self._describe(windows[:half], target, 0, NetworkSettings())
        part, _ = self._describe(windows[half:], target, half, random_switches(self.generator))
        loss = full + part
        if learning:
            loss = loss + config.frame_weight * self._frame_loss_beside(features, target)
        jump = full_error[:, 2:] - 2 * full_error[:, 1:-1] + full_error[:, :-2]
        return loss, {
            "mpjpe_mm": float(mean_joint_distance_mm(full_error.flatten(0, 1)[:, :24])),
            "accel_mm": float(mean_joint_distance_mm(jump.flatten(0, 1)[:, :24])),
        }

    def _frame_loss_beside(self, features: Tensor, target: Target) -> Tensor:
        """The per-frame network's loss on some frames of the window stage's sequences."""
        chosen = torch.randperm(len(features), generator=self.generator)
        chosen = chosen[: self.config.window_batch * OUTPUTS]
        said = self.network.frame_regressor(features[chosen].float())
        return pose_loss(said, target.index(chosen), self.simulator.body, self.config.weights)[0]

    def _windows(self, features: Tensor) -> Tensor:
        """(B, L, C) features -> (B, K, T, C) windows with random look-ahead, frame rate and track start."""
        batch, generator = features.shape[0], self.generator
        shares = torch.tensor(self.config.lookaheads)
        lookahead = torch.multinomial(shares, batch, replacement=True, generator=generator)
        strides = torch.tensor([stride for stride, _ in self.config.strides])
        share = torch.tensor([share for _, share in self.config.strides])
        stride = strides[torch.multinomial(share, batch, replacement=True, generator=generator)]
        young = torch.rand(batch, generator=generator) < 0.1
        first = torch.randint(0, 9, (batch,), generator=generator) * young
        seen = see_every(features, stride, self.network.temporal.middle)
        rows = window_rows(batch, lookahead, first, self.network.temporal.window)
        return seen[torch.arange(batch)[:, None, None], rows]

    def _describe(
        self, windows: Tensor, target: Target, offset: int, switches: NetworkSettings
    ) -> tuple[Tensor, Tensor]:
        """Loss of (B, K, T, C) windows of the sequences from `offset` on, and their 3D error (B, K, 45,
        3)."""
        config, temporal = self.config, self.network.temporal
        batch = windows.shape[0]
        output = temporal(windows.flatten(0, 1), switches).features  # (B * K, 3 or 1, C)
        rows = (offset + torch.arange(batch))[:, None] * (temporal.window + OUTPUTS - 1)
        rows = (rows + temporal.middle + torch.arange(OUTPUTS)).flatten()
        wanted = target.index(rows)
        said = self.network.regressor(output[:, -1])
        loss, error = pose_loss(said, wanted, self.simulator.body, config.weights)
        error = error.unflatten(0, (batch, OUTPUTS))
        loss = loss + motion_loss(error, config.weights)
        for aside in output[:, :-1].unbind(1):
            loss = (
                loss
                + config.auxiliary
                * pose_loss(self.network.regressor(aside), wanted, self.simulator.body, config.weights)[0]
            )
        return loss, error.detach()

    def _enter_windows(self) -> None:
        """From the frame stage to the window stage."""
        initialise_as_smoother(self.network.temporal, self.generator)
        self.network.regressor.load_state_dict(self.network.frame_regressor.state_dict())
        self.stage, self.step = "window", 0
        self.optimiser = self._optimiser()

    def _optimiser(self) -> torch.optim.AdamW:
        config = self.config
        gentle = [*self.network.encoder.parameters(), *self.network.frame_regressor.parameters()]
        bold = [*self.network.temporal.parameters(), *self.network.regressor.parameters()]
        rate = config.frame_rate if self.stage == "frame" else config.window_rate
        share = 1.0 if self.stage == "frame" else config.encoder_share
        groups = [{"params": gentle, "peak": rate * share}, {"params": bold, "peak": rate}]
        return torch.optim.AdamW(groups, lr=rate, weight_decay=1e-4)

    def save(self) -> None:
        """The checkpoint for use, and beside it the state to resume from."""
        notes = {"training": json.dumps(asdict(self.config)), "stage": f"{self.stage} {self.step}"}
        save_network(self.network, self.out, notes=notes, half=True)
        state = {
            "config": json.dumps(asdict(self.config)),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "stage": self.stage,
            "step": self.step,
            "generator": self.generator.get_state(),
        }
        partial = self._state_path().with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self._state_path())

    def _state_path(self) -> Path:
        return self.out.with_name(self.out.name + ".state")

    def _resume(self) -> None:
        """Go on from an earlier run with the same configuration; another configuration starts anew."""
        path = self._state_path()
        if not path.exists():
            return
        state = torch.load(path, weights_only=True, map_location="cpu")
        if state["config"] != json.dumps(asdict(self.config)):
            logger.warning("%s belongs to another configuration: training starts anew", path)
            return
        self.stage, self.step = state["stage"], state["step"]
        self.optimiser = self._optimiser()
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        logger.info("resumed %s at %s step %d", path, self.stage, self.step)


def _line(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
