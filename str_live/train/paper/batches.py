"""Draws training batches: so many 2D and so many 3D sequences, shuffled over all datasets of each kind.

In: lists of datasets. Out: stacked Sequence records. Which sequences a batch holds follows from the seed and
the number of the step alone: so a run that was interrupted goes on with the very batches it would have had,
and several processes can each take their part of the same batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Sampler

from str_live.datasets.published.sequences import Sequence

_SHARE_OFFSET = 7_919
"""Keeps the shuffles of the 2D and of the 3D share apart."""


@dataclass(frozen=True, slots=True)
class Share:
    """One kind of sequences and how many of them a batch holds."""

    sequences: Dataset[Sequence]
    size: int
    """Of the dataset."""
    count: int
    """In a batch."""


class BatchSampler(Sampler[list[int]]):
    """Indices of the batches of steps `first` to `last` - 1 into the shares laid end to end."""

    def __init__(
        self, shares: list[Share], seed: int, first: int, last: int, *, rank: int = 0, world: int = 1
    ) -> None:
        self.shares, self.seed, self.first, self.last = shares, seed, first, last
        self.rank, self.world = rank, world

    def __len__(self) -> int:
        return self.last - self.first

    def __iter__(self) -> Iterator[list[int]]:
        streams = [
            shuffled(share.size, self.seed + _SHARE_OFFSET * place, self.first * share.count)
            for place, share in enumerate(self.shares)
        ]
        for _ in range(len(self)):
            batch, offset = [], 0
            for share, stream in zip(self.shares, streams, strict=True):
                batch += [offset + next(stream) for _ in range(share.count)]
                offset += share.size
            yield batch[self.rank :: self.world]


def shuffled(size: int, seed: int, start: int) -> Iterator[int]:
    """Endless indices below `size`, every pass in another order, from the `start`-th on."""
    turn, place = divmod(start, size)
    while True:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + turn)
        yield from torch.randperm(size, generator=generator)[place:].tolist()
        turn, place = turn + 1, 0


def make_shares(
    datasets_2d: list[Dataset[Sequence]], datasets_3d: list[Dataset[Sequence]], counts: tuple[int, int]
) -> list[Share]:
    """The 2D and the 3D share; datasets are laid end to end, so each is drawn in proportion to its size."""
    shares = []
    for datasets, count in zip((datasets_2d, datasets_3d), counts, strict=True):
        if count:
            joined: ConcatDataset[Sequence] = ConcatDataset(datasets)
            shares.append(Share(joined, len(joined), count))
    return shares


def load_batches(
    shares: list[Share], seed: int, first: int, last: int, *, workers: int = 0, rank: int = 0, world: int = 1
) -> DataLoader[Sequence]:
    """Loads the batches of steps `first` to `last` - 1, in `workers` processes beside this one."""
    return DataLoader(
        ConcatDataset([share.sequences for share in shares]),
        batch_sampler=BatchSampler(shares, seed, first, last, rank=rank, world=world),
        num_workers=workers,
        # Otherwise the loader draws a number from the generator that dropout uses.
        generator=torch.Generator().manual_seed(seed),
    )
