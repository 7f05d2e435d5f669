"""Figures of who was followed: frames by number, and numbers that stand on somebody else."""

from __future__ import annotations

from str_live.evaluate.people.counting import Counts

MAN, WOMAN = [100.0, 50.0, 80.0], [300.0, 50.0, 80.0]


def test_frames_are_counted_by_number_where_nothing_is_known() -> None:
    counts = Counts()
    for found in ({1: (0, 0)}, {1: (0, 0), 2: (9, 9)}, {1: None, 2: (9, 9)}):
        counts.add(found)
    assert (counts.frames, counts.seen) == (3, {1: 2, 2: 2})
    assert "swap" not in counts.line()


def test_a_number_that_stands_on_somebody_else_is_a_swap() -> None:
    counts = Counts({"people": {"man": [MAN] * 4, "woman": [WOMAN] * 4}})
    counts.add({1: (100, 50), 2: (300, 50)})
    counts.add({1: (105, 55), 2: (300, 50)})
    assert counts.swaps == 0
    counts.add({1: (300, 50), 2: (100, 50)})
    counts.add({1: (300, 50), 2: (100, 50)})
    assert counts.swaps == 2


def test_nobody_is_taken_for_one_of_two_who_stand_together_or_are_not_to_be_seen() -> None:
    beside = [110.0, 50.0, 80.0]
    counts = Counts({"people": {"man": [MAN, MAN, None], "woman": [beside, beside, WOMAN]}})
    counts.add({1: (105, 50)})
    counts.add({1: (105, 50)})
    counts.add({1: (300, 50)})
    counts.add({1: (100, 50)})  # the film goes on after what is known
    assert counts.swaps == 0
