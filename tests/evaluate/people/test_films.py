"""Made films: where their people stand, and what lies beside them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from str_live.camera.film import film_pictures
from str_live.evaluate.people.films import (
    BODY_HEIGHT,
    FPS,
    HEIGHT,
    SCRIPTS,
    WIDTH,
    crossing,
    hidden,
    outside,
    write,
)


def test_people_cross_and_come_back() -> None:
    assert crossing(0.0) == pytest.approx(crossing(5.0))
    assert crossing(2.5) == pytest.approx(crossing(0.0)[::-1])


def test_one_is_hidden_for_two_seconds_and_outside_for_three() -> None:
    frames = [hidden(index / FPS) for index in range(SCRIPTS["hidden"][0])]
    assert sum(first == second for first, second in frames) in range(2 * FPS, 2 * FPS + 2)
    frames = [outside(index / FPS) for index in range(SCRIPTS["outside"][0])]
    assert sum(first is None for first, _ in frames) == 3 * FPS
    assert frames[0] == pytest.approx(frames[-1], abs=0.02)


def test_a_film_shows_people_where_its_truth_says(tmp_path) -> None:
    opaque = [np.full((BODY_HEIGHT, 100, 4), 255, np.uint8)]
    write(tmp_path / "a.mp4", [opaque, opaque], 2, lambda second: (0.25, None))
    truth = json.loads((tmp_path / "a.people.json").read_text())["people"]
    assert truth["second"] == [None, None]
    (x, y, height) = truth["first"][0]
    assert (x, height) == (WIDTH / 4, BODY_HEIGHT)
    pictures = list(film_pictures(tmp_path / "a.mp4"))
    assert len(pictures) == 2
    assert pictures[0].shape == (HEIGHT, WIDTH, 3)
    assert pictures[0][int(y), int(x)].min() > 240
    assert pictures[0][int(y), int(3 * x)].max() < 200
