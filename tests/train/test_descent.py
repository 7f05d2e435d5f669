"""Rates warm up and fade; every objective descends by itself."""

from __future__ import annotations

import pytest
import torch

from str_live.train.descent import LARGEST_GRADIENT, Objective, descend, learning_rate


def test_rates_warm_up_and_fade():
    assert learning_rate(1.0, 0, 8, 0.5) == pytest.approx(0.5)
    assert learning_rate(1.0, 0, 8, 3.0) == pytest.approx(1.0)
    assert learning_rate(2.0, 4, 8, 1.0) == pytest.approx(2 * 0.505)
    assert learning_rate(1.0, 16, 8, 1.0) == pytest.approx(0.01)


def test_a_steep_objective_takes_nothing_from_another():
    steep, gentle = torch.nn.Linear(3, 1, bias=False), torch.nn.Linear(3, 1, bias=False)
    before = [part.weight.detach().clone() for part in (steep, gentle)]
    optimiser = torch.optim.SGD([*steep.parameters(), *gentle.parameters()], lr=1.0)
    inputs = torch.tensor([0.3, 0.0, 0.4])  # of length 1/2, and so is the gradient
    objectives = (
        Objective(part, factor * part(inputs).sum(), {f"loss {factor}": 1.0})
        for part, factor in ((steep, 1000.0), (gentle, 1.0))
    )
    figures = descend(optimiser, objectives)
    assert list(figures) == ["loss 1000.0", "loss 1.0"]
    moved = [(old - part.weight.detach()).norm() for old, part in zip(before, (steep, gentle), strict=True)]
    assert moved[0].item() == pytest.approx(LARGEST_GRADIENT, rel=1e-4)
    assert moved[1].item() == pytest.approx(0.5, rel=1e-4)
