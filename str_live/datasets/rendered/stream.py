"""Synthetic pictures without end, drawn by other processes into shared memory while a network trains.

Batch number n is the same whichever process draws it and however many there are: a training that stopped goes
on with `first`.
"""

from __future__ import annotations

import queue
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch import multiprocessing as processes

from str_live.datasets.rendered.renderer import Renderer, RendererConfig, SyntheticBatch
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.target import Target
from str_live.process import prepare_to_share

PATIENCE_S = 5.0
"""How often a waiting trainer looks whether its renderers still live."""


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """What is drawn, and by how many."""

    renderer: RendererConfig = field(default_factory=RendererConfig)
    sequences: int = 64
    """People in a batch."""
    frames: int = 1
    """Pictures in a row of each of them."""
    workers: int = 1
    """Processes; 0 draws in this one, when a batch is asked for."""
    waiting: int = 3
    """Batches that each process draws in advance."""
    seed: int = 0


class Stream:
    """Iterates over SyntheticBatch, on the CPU. Use as a context manager: it ends the processes.

    Start it under `if __name__ == "__main__":`; the processes are spawned.
    """

    def __init__(self, config: StreamConfig, poses: PoseSampler, first: int = 0) -> None:
        self.config = config
        self.number = first
        """Of the next batch."""
        self._inline = Renderer(config.renderer, poses) if config.workers == 0 else None
        self._workers = [self._start(worker, poses, first) for worker in range(config.workers)]

    def __iter__(self) -> Iterator[SyntheticBatch]:
        return self

    def __next__(self) -> SyntheticBatch:
        """The next batch, which belongs to the caller."""
        batch = (
            self._draw() if self._inline else self._receive(self._workers[self.number % len(self._workers)])
        )
        self.number += 1
        return batch

    def close(self) -> None:
        """End the processes, free what they shared."""
        if self._inline:
            self._inline.release()
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _draw(self) -> SyntheticBatch:
        assert self._inline is not None
        generator = batch_generator(self.config.seed, self.number)
        return self._inline.render_sequence(self.config.sequences, self.config.frames, generator)

    def _start(self, worker: int, poses: PoseSampler, first: int) -> _Worker:
        context = processes.get_context("spawn")
        config = self.config
        slots = [_empty(config) for _ in range(config.waiting)]
        free, ready = context.Queue(), context.Queue()
        for slot in range(config.waiting):
            free.put(slot)
        step = config.workers
        start = first + (worker - first) % step  # the first number from `first` on that is this worker's
        process = context.Process(
            target=_work, args=(config, poses, start, step, slots, free, ready), daemon=True
        )
        process.start()
        return _Worker(process, slots, free, ready)

    def _receive(self, worker: _Worker) -> SyntheticBatch:
        while True:
            try:
                slot = worker.ready.get(timeout=PATIENCE_S)
                break
            except queue.Empty:
                if not worker.process.is_alive():
                    raise RuntimeError(
                        f"a process that draws synthetic people ended with {worker.process.exitcode}"
                    ) from None
        if isinstance(slot, str):
            raise RuntimeError(f"a process that draws synthetic people failed:\n{slot}")
        batch = _assembled([tensor.clone() for tensor in worker.slots[slot]])
        worker.free.put(slot)
        return batch


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process and what it shares with this one."""

    process: Any
    slots: list[list[Tensor]]
    free: Any
    ready: Any


def batch_generator(seed: int, number: int) -> torch.Generator:
    """The randomness of one batch of a stream."""
    state = np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)
    return torch.Generator("cpu").manual_seed(int(state[0]))


def _work(
    config: StreamConfig,
    poses: PoseSampler,
    start: int,
    step: int,
    slots: list[list[Tensor]],
    free: Any,
    ready: Any,
) -> None:
    """A process: draw every `step`-th batch into the next free slot."""
    try:
        prepare_to_share()
        with Renderer(config.renderer, poses) as renderer:
            number = start
            while True:
                slot = free.get()
                generator = batch_generator(config.seed, number)
                batch = renderer.render_sequence(config.sequences, config.frames, generator)
                for shared, tensor in zip(slots[slot], _taken_apart(batch), strict=True):
                    shared.copy_(tensor)
                ready.put(slot)
                number += step
    except Exception:  # reported where batches are waited for
        ready.put(traceback.format_exc())


def _taken_apart(batch: SyntheticBatch) -> list[Tensor]:
    return [batch.pixels, *batch.target, batch.inside, batch.ray]


def _assembled(parts: list[Tensor]) -> SyntheticBatch:
    pixels, *target, inside, ray = parts
    return SyntheticBatch(pixels, Target(*target), inside, ray)


def _empty(config: StreamConfig) -> list[Tensor]:
    """Shared memory for one batch."""
    count, size = config.sequences * config.frames, config.renderer.size
    with torch.device("cpu"):
        target = Target(
            torch.empty(count, 24, 3, 3),
            torch.empty(count, 10),
            torch.empty(count, 45, 3),
            torch.empty(count, 21, 2),
        )
        batch = SyntheticBatch(
            torch.empty(count, size, size, 4, dtype=torch.uint8),
            target,
            torch.empty(count, 21, dtype=torch.bool),
            torch.empty(count, 3, 3),
        )
    return [tensor.share_memory_() for tensor in _taken_apart(batch)]
