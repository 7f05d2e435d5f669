"""Batches of rendered people as the front ends see them, without end. In: free data, a recipe."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from str_live.datasets.motion.split import Split
from str_live.datasets.rendered.renderer import RendererConfig
from str_live.datasets.rendered.stream import Stream, StreamConfig
from str_live.train.images.config import ImageTraining
from str_live.train.images.free_data import FreeData
from str_live.train.images.observation import Observation, moved, observe_rendered


class Pictures:
    """Iterates over batches on `device`. A context manager: it ends the processes that draw."""

    def __init__(
        self,
        config: ImageTraining,
        data: FreeData,
        split: Split,
        device: torch.device,
        *,
        workers: int,
        seed: int,
        frames: int = 1,
        sequences: int = 0,
        first: int = 0,
    ) -> None:
        """`sequences` people a batch (0: the recipe's batch) with `frames` pictures in a row of each.

        `first`: number of the first batch, for training that goes on.
        """
        self.config, self.device, self.frames = config, device, frames
        renderer = RendererConfig(
            size=config.image.input.size,
            cell_m=config.cell_m,
            samples=config.samples,
            backgrounds=data.backgrounds,
        )
        drawn = StreamConfig(renderer, sequences or config.batch, frames, workers, seed=seed)
        self._stream = Stream(drawn, data.poses(split), first)
        self._generator = torch.Generator(device)
        self._seed, self._number = seed, first

    def __iter__(self) -> Iterator[Observation]:
        return self

    def __next__(self) -> Observation:
        """The next batch, sequence by sequence."""
        # From the batch's number alone, so that training goes on with the very batches it would have had.
        self._generator.manual_seed(self._seed * 1_000_003 + self._number)
        self._number += 1
        batch = moved(next(self._stream), self.device)
        with torch.device(self.device):
            return observe_rendered(
                batch, self.frames, self.config.views, self.config.image.input, self._generator
            )

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
