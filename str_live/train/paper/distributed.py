"""Several processes that train one network together, as `torchrun` starts them; one process without it.

Each takes its part of every batch. Losses are divided by counts over the whole batch, so the summed gradients
are those that one process would have computed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn

from str_live.train.paper.losses import Term

PATIENCE = timedelta(hours=2)
"""How long processes wait for the first one, which alone validates and computes checksums."""


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among its fellows."""

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        """The one that validates, logs and writes."""
        return self.rank == 0

    def share_counts(self, terms: dict[str, Term]) -> dict[str, Term]:
        """The terms with counts over all processes."""
        if self.world == 1:
            return terms
        counts = torch.stack([term.count for term in terms.values()])
        distributed.all_reduce(counts)
        return {
            name: Term(term.total, count) for (name, term), count in zip(terms.items(), counts, strict=True)
        }

    def sum_figures(self, figures: dict[str, Tensor]) -> dict[str, Tensor]:
        """Each process's part of the loss terms, summed."""
        if self.world == 1:
            return figures
        values = torch.stack(list(figures.values()))
        distributed.all_reduce(values)
        return dict(zip(figures, values, strict=True))

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Add up the gradients of all processes, in one message; weights that none used keep none.

        STR has weights that its read-out never reaches (temporal/str.py), the same ones in every process.
        """
        if self.world == 1:
            return
        used = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in used])
        distributed.all_reduce(flat)
        for gradient, part in zip(used, flat.split([g.numel() for g in used]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def share_from_first(self, value: float) -> float:
        """The first process's number, in all of them."""
        if self.world == 1:
            return value
        tensor = torch.tensor([value], dtype=torch.float64)
        if distributed.get_backend() == "nccl":
            tensor = tensor.cuda()
        distributed.broadcast(tensor, 0)
        return float(tensor)


def join_processes(device: torch.device) -> Processes:
    """Meet the processes that torchrun started, where it did."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Processes()
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    return Processes(distributed.get_rank(), world)
