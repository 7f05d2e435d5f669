"""A whole film with the real detector and weights: every frame once, each network as the app runs it."""

from __future__ import annotations

import numpy as np
import pytest

from str_live import BodyEstimator
from str_live.live.switches.cases import WHOLE, combinations
from str_live.live.switches.film import measure_film
from str_live.messages import BodyResult
from str_live.settings import Settings
from str_live.weights.load import Parts, load_parts
from str_live.weights.own import WeightsError
from tests.live.engine_fakes import FakeBody, FakeRunner
from tests.live.switches.made_up import short_film

FRAMES = 8
NETWORKS = (WHOLE, WHOLE.without("ttr"), WHOLE.without("self"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    return short_film(tmp_path_factory.mktemp("film"), FRAMES)


@pytest.fixture(scope="module")
def parts(settings: Settings) -> Parts:
    return load_parts(settings)


def test_every_frame_is_measured_as_the_app_shows_it(settings, parts):
    results: list[BodyResult] = []
    done: list[int] = []

    def progress(count: int, total: int | None) -> bool:
        assert total == FRAMES
        done.append(count)
        return True

    figures = measure_film(settings, parts, NETWORKS, progress=progress, take=results.append)
    assert done == list(range(1, FRAMES + 1))
    assert figures is not None
    assert figures.frames == FRAMES
    assert tuple(figures.cases) == NETWORKS
    assert figures.cases[WHOLE].shift_mm == 0
    assert all(figures.cases[network].shift_mm > 0 for network in NETWORKS[1:])
    without = Settings(front_end="landmarks").variant_a.network.without("ttr")
    with BodyEstimator(off=("ttr",), front_end="landmarks", parts=parts) as bodies:
        shown = list(bodies.run(settings.source.spec))
    place = NETWORKS.index(without)
    for result, estimate in zip(results, shown, strict=True):
        assert result.alternatives is not None
        own, expected = result.alternatives.joints_cam[place], estimate.joints_cam
        np.testing.assert_allclose(own - own[0], expected - expected[0], atol=1e-5)


def test_a_film_that_is_not_gone_on_with_has_no_figures(settings, parts):
    assert measure_film(settings, parts, combinations(), progress=lambda done, frames: done < 3) is None


def test_without_weights_for_str_the_reason_is_said(settings):
    with pytest.raises(WeightsError, match="STR"):
        measure_film(settings, Parts(FakeRunner(networks=("frame",)), FakeBody()), NETWORKS)
