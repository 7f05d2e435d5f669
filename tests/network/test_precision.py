"""In what precision which machine runs: what it can, and of that what it is faster in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from str_live.network import precision
from str_live.network.device import computes_bfloat16
from str_live.network.precision import FLOAT32, Precision, choose_precision, convolution, product

CPU = torch.device("cpu")


class Clock:
    """Time that only calls pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def work(self, seconds: dict[torch.dtype, Callable[[int], float]]) -> precision.Work:
        """Calls that take seconds[dtype](number of the call)."""

        def make(dtype: torch.dtype) -> Callable[[], object]:
            numbers = iter(range(100))

            def call() -> None:
                self.now += seconds[dtype](next(numbers))

            return call

        return make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Instead of this machine's."""
    clock = Clock()
    monkeypatch.setattr(precision, "time", clock)
    return clock


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine computes in bfloat16."""
    monkeypatch.setattr(precision, "computes_bfloat16", lambda device: True)


def never(dtype: torch.dtype) -> Callable[[], object]:
    raise AssertionError("nothing needs to be measured")


@pytest.mark.parametrize(("gain", "chosen"), [(6.0, "bfloat16"), (1.1, "float32"), (0.01, "float32")])
def test_auto_takes_what_is_clearly_faster_here(clock, able, gain, chosen):
    work = clock.work({torch.float32: lambda _: 0.002 * gain, torch.bfloat16: lambda _: 0.002})
    found = choose_precision("auto", CPU, work)
    assert found.name == chosen
    assert f"{gain:.1f} times as fast as float32 here (2.00 ms, not {2 * gain:.2f})" in found.reason


def test_a_pause_that_other_work_causes_decides_nothing(clock, able):
    def interrupted(number: int) -> float:
        return 10.0 if number == 2 else 0.002

    work = clock.work({torch.float32: interrupted, torch.bfloat16: lambda _: 0.002})
    assert choose_precision("auto", CPU, work).name == "float32"


def test_slow_work_is_measured_three_times_only(clock, able):
    work = clock.work({torch.float32: lambda _: 1.0, torch.bfloat16: lambda _: 1.0})
    choose_precision("auto", CPU, work)
    assert clock.now == 2 * (1 + 3)  # one to warm up


def test_a_machine_that_cannot_is_not_measured(lesser_machine):
    assert not computes_bfloat16(CPU)
    assert choose_precision("auto", CPU, never) == Precision(
        "float32", "this processor does not compute in bfloat16"
    )


def test_bfloat16_is_refused_with_a_reason_where_nothing_can_run_it(lesser_machine):
    found = choose_precision("bfloat16", CPU, never)
    assert found.name == "float32"
    assert found.reason.startswith("bfloat16 was asked for, but")


@pytest.mark.parametrize("wish", ["float32", "bfloat16"])
def test_what_is_asked_for_is_taken_where_it_can_be(able, wish):
    found = choose_precision(wish, CPU, never)
    assert (found.name, found.dtype) == (wish, getattr(torch, wish))


@pytest.mark.parametrize("work", [product(8, 6, 4, CPU), convolution(2, 5, 3, CPU)])
def test_work_is_the_same_in_each_type(work):
    exact, rough = (work(dtype)() for dtype in (torch.float32, torch.bfloat16))
    assert exact.dtype == rough.dtype == torch.float32
    # Both factors of each product are rounded to 8 bits, their sums in float32.
    torch.testing.assert_close(rough, exact, rtol=3 * torch.finfo(torch.bfloat16).eps, atol=0)
    assert not torch.equal(rough, exact)


def test_what_is_measured_on_this_very_machine_says_so():
    found = precision.faster_precision(CPU, product(4, 8, 8, CPU))
    assert found.name in ("float32", "bfloat16")
    assert "times as fast as float32 here" in found.reason


def test_autocast_computes_in_the_precision():
    layer, inputs = torch.nn.Linear(4, 4), torch.rand(2, 4)
    for chosen in (FLOAT32, Precision("bfloat16", "")):
        with chosen.autocast(CPU):
            assert layer(inputs).dtype == chosen.dtype
