"""Batches follow from the seed and the step alone, and hold the right shares."""

from __future__ import annotations

import itertools

import pytest

from str_live.train.paper.batches import BatchSampler, load_batches, make_shares, shuffled
from tests.train.paper.tiny_run import Fake

SHARES = make_shares([Fake(7, 0.0, 0.0)], [Fake(5, 1.0, 1.0), Fake(4, 1.0, 0.0)], (19, 13))


def test_a_batch_holds_19_sequences_with_2d_and_13_with_3d_joints():
    for batch in BatchSampler(SHARES, 1, 0, 5):
        assert sum(index < 7 for index in batch) == 19
        assert sum(7 <= index < 16 for index in batch) == 13


def test_resumed_batches_are_those_of_a_run_without_interruption():
    whole = list(BatchSampler(SHARES, 1, 0, 12))
    assert list(BatchSampler(SHARES, 1, 0, 5)) + list(BatchSampler(SHARES, 1, 5, 12)) == whole


@pytest.mark.parametrize("start", [0, 3, 10, 26])
def test_each_pass_holds_every_sequence_once_in_another_order(start):
    drawn = list(itertools.islice(shuffled(10, 1, 0), 60))
    passes = [drawn[first : first + 10] for first in range(0, 60, 10)]
    assert all(sorted(one) == list(range(10)) for one in passes)
    assert len(set(map(tuple, passes))) > 1
    assert list(itertools.islice(shuffled(10, 1, start), 20)) == drawn[start : start + 20]


def test_processes_share_a_batch_without_overlap():
    whole = list(BatchSampler(SHARES, 1, 3, 6))
    parts = [list(BatchSampler(SHARES, 1, 3, 6, rank=rank, world=3)) for rank in range(3)]
    for batch, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert sorted(batch) == sorted(itertools.chain(*pieces))


def test_loader_stacks_sequences_of_both_kinds():
    batches = list(load_batches(SHARES, 1, 4, 6))
    assert [tuple(batch.features.shape) for batch in batches] == [(32, 16, 16)] * 2
    assert int(batches[0].w_3d.sum()) == 13
