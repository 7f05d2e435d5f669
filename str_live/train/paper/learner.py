"""One step of the paper's training: network, objective, optimiser.

In: a batch of sequences. Out: its losses; the network has learnt from it. Which batch, how often, and what
is written is trainer.py's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from str_live.body.regressor import Regression
from str_live.datasets.measured_body import MeasuredBody
from str_live.datasets.published.sequences import Sequence
from str_live.network.network import Network
from str_live.network.precision import BEGAN_IN, Precision, product
from str_live.temporal.window import WINDOW
from str_live.train.paper.config import PaperConfig
from str_live.train.paper.distributed import Processes
from str_live.train.paper.losses import paper_terms, total_loss
from str_live.train.paper.options import RunOptions

logger = logging.getLogger(__name__)

MEASURED_ROWS = 128
"""Of a batch's product, to find the faster precision: a ratio needs no more."""


class Learner:
    """A network that learns, on its device. Of several processes each has one, and all stay alike."""

    def __init__(
        self,
        config: PaperConfig,
        network: Network,
        body: MeasuredBody,
        *,
        device: torch.device,
        options: RunOptions | None = None,
        processes: Processes | None = None,
    ) -> None:
        """`network`: of one head. Raises ConfigError where the device cannot do what the options ask for."""
        self.config, self.device = config, device
        self.options, self.processes = options or RunOptions(), processes or Processes()
        self.network, self.body = network.to(device), body.to(device)
        self.head = network.only_head
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate)
        self._scaler = self.options.loss_scaler(device)
        rows, width = (config.batch_2d + config.batch_3d) * WINDOW, config.network.width
        self.precision = self.options.choose_precision(
            product(min(rows, MEASURED_ROWS), width, width, device), device, self.processes
        )
        """What the network computes in."""
        logger.info("learns in %s: %s", self.precision.name, self.precision.reason)
        self._forward = torch.compile(self.head) if self.options.compile else self.head

    def step(self, batch: Sequence, number: int) -> dict[str, float]:
        """Learn from one batch (this process's part of it), the run's `number`-th from 0.

        Gives the whole batch's loss and weighted terms; raises FloatingPointError where that is no number.
        """
        # Dropout follows from the step alone, so that a run goes on exactly after any interruption.
        torch.manual_seed((self.config.seed * 1_000_003 + number) * 101 + self.processes.rank)
        self.network.train()
        batch = Sequence(*(part.to(self.device, non_blocking=True) for part in batch))
        terms = paper_terms(self.predict(batch.features), batch, self.body.joints_49)
        loss, parts = total_loss(self.processes.share_counts(terms), self.config.weights)
        self.optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()
        self.processes.sum_gradients(self.network.parameters())
        figures = self._figures({"loss": loss.detach(), **parts}, number)
        self._scaler.step(self.optimiser)
        self._scaler.update()
        return figures

    def predict(self, windows: Tensor) -> Regression:
        """(B, T, C) -> float32 Regression of B * K, computed in the precision and by the means chosen."""
        with self.precision.autocast(self.device):
            prediction = self._forward(windows)
        return Regression(*(part.float() for part in prediction))

    def state(self) -> dict[str, Any]:
        """All that a later `restore` needs, for torch.save."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
            "precision": self.precision.name,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, with 'auto' in its precision; a scaler's where both have one."""
        if self.options.precision == "auto" and "precision" in state:
            self.precision = Precision(state["precision"], BEGAN_IN)
            logger.info("learns in %s: %s", self.precision.name, self.precision.reason)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        if state["scaler"] and self._scaler.is_enabled():
            self._scaler.load_state_dict(state["scaler"])

    def _figures(self, parts: dict[str, Tensor], number: int) -> dict[str, float]:
        shared = self.processes.sum_figures(parts)
        figures = dict(zip(shared, torch.stack(list(shared.values())).tolist(), strict=True))
        if not torch.isfinite(shared["loss"]):
            epoch = number // self.config.iterations + 1
            raise FloatingPointError(f"the loss is no longer a number in epoch {epoch}: {figures}")
        return figures
