"""Batches from other processes: the same as from this one, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from str_live.datasets.rendered.renderer import RendererConfig
from str_live.datasets.rendered.stream import Stream, StreamConfig, batch_generator
from str_live.datasets.simulated.poses import PoseSampler
from tests.datasets.rendered.scene_material import MakeRenderer

pytestmark = pytest.mark.gl
SMALL = RendererConfig(size=32, tiles=4, cell_m=0.06, samples=0, shadows=False)


def test_a_stream_goes_on_where_it_stopped(poses: PoseSampler, make_renderer: MakeRenderer):
    make_renderer()  # skips without GL
    config = StreamConfig(SMALL, sequences=3, workers=0, seed=7)
    with Stream(config, poses) as stream:
        batches = [next(stream) for _ in range(4)]
        assert stream.number == 4
    with Stream(config, poses, first=2) as stream:
        for expected in batches[2:]:
            batch = next(stream)
            assert torch.equal(batch.pixels, expected.pixels)
            assert torch.equal(batch.target.points, expected.target.points)


def test_numbers_and_seeds_make_different_batches():
    drawn = [
        torch.rand(1, generator=batch_generator(seed, number)).item() for seed in (0, 1) for number in (0, 1)
    ]
    assert len(set(drawn)) == 4


@pytest.mark.slow
def test_processes_draw_what_one_would(poses: PoseSampler, make_renderer: MakeRenderer):
    make_renderer()
    config = StreamConfig(SMALL, sequences=2, frames=2, workers=0, seed=3)
    with Stream(config, poses, first=1) as stream:
        expected = [next(stream) for _ in range(3)]
    several = StreamConfig(SMALL, sequences=2, frames=2, workers=2, waiting=2, seed=3)
    with Stream(several, poses, first=1) as stream:
        for batch in expected:
            drawn = next(stream)
            assert torch.equal(drawn.pixels, batch.pixels)
            assert torch.equal(drawn.ray, batch.ray)


@pytest.mark.slow
def test_a_process_that_fails_says_why(poses: PoseSampler):
    broken = RendererConfig(size=32, backgrounds=Path("/nowhere"))
    with (
        Stream(StreamConfig(broken, sequences=2, workers=1), poses) as stream,
        pytest.raises(RuntimeError, match="background photographs"),
    ):
        next(stream)
