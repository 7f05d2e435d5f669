"""Networks beside those shown run on the same windows for whoever asks, and cost nothing otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.live.engine import FRAME_NETWORK, Engine
from str_live.messages import Alternatives, BodyResult
from str_live.settings import NetworkSettings, Settings
from tests.live.engine_fakes import FakeRunner, make_engine, make_frame, network_number

WHOLE = NetworkSettings()
WITHOUT_TTR, WITHOUT_SELF = WHOLE.without("ttr"), WHOLE.without("self")
WISH = Alternatives((WHOLE, WITHOUT_TTR, WITHOUT_SELF), posed=(WITHOUT_TTR,))


def run(engine: Engine, frames: int = 12) -> list[BodyResult]:
    return [
        result for index in range(frames) for result in engine.process(make_frame(index))
    ] + engine.flush()


def test_nothing_runs_beside_those_shown_while_nobody_asks() -> None:
    engine = make_engine(Settings(lookahead=0))
    results = run(engine)
    assert set(engine.parts.runner.asked) == {(WHOLE, FRAME_NETWORK)}
    assert all(result.alternatives is None for result in results)


def test_what_was_asked_for_runs_in_the_same_batch_and_no_longer_than_it_is_asked_for() -> None:
    engine = make_engine(Settings(lookahead=0))
    engine.alternatives = WISH
    run(engine, 4)
    assert set(engine.parts.runner.asked) == {(WHOLE, FRAME_NETWORK, WITHOUT_TTR, WITHOUT_SELF)}
    engine.parts.runner.asked.clear()
    engine.alternatives = None
    run(engine, 4)
    assert set(engine.parts.runner.asked) == {(WHOLE, FRAME_NETWORK)}


def test_each_network_gives_its_joints_and_the_wanted_ones_their_whole_body() -> None:
    engine = make_engine(Settings(lookahead=2))
    engine.alternatives = WISH
    for result in run(engine):
        found = result.alternatives
        assert found is not None
        assert found.networks == WISH.networks
        assert found.joints_cam.shape == (3, 24, 3)
        assert [set(each) for each in found.attention] == [{"self"}] * 3
        assert list(found.bodies) == [WITHOUT_TTR]
        posed = found.bodies[WITHOUT_TTR]
        assert posed.betas[1] == network_number(WITHOUT_TTR)
        assert posed.betas[0] == result.frame.index


def test_the_shown_network_gives_the_same_joints_when_it_is_asked_for_once_more() -> None:
    engine = make_engine(Settings(lookahead=2))
    engine.alternatives = Alternatives((WHOLE,))
    for result in run(engine):
        assert result.alternatives is not None
        own, shown = result.alternatives.joints_cam[0], result.bodies[0].joints_cam
        np.testing.assert_allclose(own - own[0], shown - shown[0], atol=1e-6)


def test_who_is_not_found_has_no_alternatives() -> None:
    engine = make_engine(Settings(lookahead=0), nobody={5, 6})
    engine.alternatives = WISH
    results = run(engine)
    assert [result.frame.index for result in results if result.alternatives is None] == [5, 6]


@pytest.mark.parametrize(("networks", "expected"), [(("frame",), None), (("frame", "tcmr"), ("tcmr",))])
def test_networks_without_weights_are_left_out(networks, expected) -> None:
    engine = make_engine(Settings(lookahead=0), runner=FakeRunner(networks=networks))
    engine.alternatives = Alternatives((WHOLE, NetworkSettings("tcmr")))
    found = run(engine)[-1].alternatives
    assert (found and tuple(network.temporal for network in found.networks)) == expected
