"""What is said of a switch is what its figures are, small ones too."""

from __future__ import annotations

import pytest

from str_live.live.switches.cases import CASES
from str_live.ui.switches.words import change_text, effect_text, measured_text
from tests.ui.switches.watched import figures

TTR = CASES[0]


def test_nothing_is_said_before_anything_is_known():
    assert effect_text(TTR, None) == ""
    assert measured_text(None) == ""


@pytest.mark.parametrize(
    ("shift_mm", "number", "word"), [(0.6, "0.6 mm", "less than a millimetre"), (1.8, "1.8 mm", "hardly")]
)
def test_a_shift_that_is_not_seen_is_said_with_its_number(shift_mm: float, number: str, word: str):
    text = effect_text(TTR, figures(shift_mm))
    assert "Without TTR" in text
    assert number in text
    assert word in text


def test_a_large_shift_is_said_with_the_joint_that_moves_most():
    text = effect_text(TTR, figures(20.0))
    assert "20.0 mm" in text
    assert "left wrist, 40.0 mm" in text
    assert "hardly" not in text


def test_figures_that_change_are_named_and_others_are_said_to_stay():
    text = effect_text(TTR, figures(accel=6.0, error=6.1, pa=58.0))
    assert "mean acceleration rises by 20 %" in text
    assert "PA-MPJPE falls by 3 %" in text
    assert "acceleration error stays" in text


def test_of_figures_that_are_not_known_nothing_is_said():
    text = effect_text(TTR, figures(error=None))
    assert "error" not in text
    assert "PA-MPJPE" not in text


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [(6.0, 5.0, "+20 %"), (4.0, 5.0, "−20 %"), (5.001, 5.0, ""), (None, 5.0, ""), (5.0, None, "")],
)
def test_changes_are_in_per_cent(value, base, expected):
    assert change_text(value, base) == expected
