"""The rows of the real clip's table: every network that has weights, and no other."""

from __future__ import annotations

import pytest

from str_live.evaluate.balance import variants
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS


@pytest.mark.parametrize("networks", [TEMPORAL_NETWORKS, ("str", "frame"), ("vibe", "frame"), ("frame",)])
def test_every_network_with_weights_has_its_rows(networks):
    rows = variants(networks)
    assert {network.temporal for _, network, _ in rows} == set(networks)
    assert len({name for name, _, _ in rows}) == len(rows)
    for rival in {"tcmr", "vibe"} & set(networks):
        assert [lookahead for _, network, lookahead in rows if network.temporal == rival] == [2, 7]


def test_str_has_a_row_for_each_look_ahead_and_for_each_module_left_out():
    rows = [(network, lookahead) for _, network, lookahead in variants(("str", "frame"))][1:]
    assert [lookahead for network, lookahead in rows if all(_modules(network))] == list(range(8))
    assert sum(_modules(network).count(False) == 1 for network, _ in rows) == len(SWITCHES)
    assert not any(_modules(rows[-1][0]))


def _modules(network) -> list[bool]:
    return [
        network.ttr,
        network.ste_time,
        network.ste_freq,
        network.self_integration,
        network.cross_integration,
    ]
