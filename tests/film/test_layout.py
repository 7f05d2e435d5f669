"""Every part has its place, whatever the shape of the picture, and all sizes are even."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from str_live.film.layout import Area, FilmLayout, side_by_side

SIZES = [(1920, 1080), (640, 480), (720, 1280), (1088, 1920), (641, 481), (64, 48), (3840, 800), (100, 2000)]


def areas(layout: FilmLayout) -> list[Area]:
    values = [getattr(layout, entry.name) for entry in fields(layout)]
    return [value for value in values if isinstance(value, Area)]


@pytest.mark.parametrize("plot", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_parts_lie_within_the_film_and_apart(size, plot):
    layout = side_by_side(size, plot=plot)
    assert len(areas(layout)) == (6 if plot else 4)
    taken = np.zeros((layout.height, layout.width), int)
    for area in areas(layout):
        assert min(area.width, area.height) > 0
        assert 0 <= area.x <= area.x + area.width <= layout.width
        assert 0 <= area.y <= area.y + area.height <= layout.height
        taken[area.rows, area.columns] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("plot", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_even_and_fit_a_screen(size, plot):
    layout = side_by_side(size, plot=plot)
    assert (layout.width % 2, layout.height % 2) == (0, 0)
    assert layout.width <= 1920
    assert layout.height == (960 if plot else 720)


def test_usual_pictures_fill_their_part():
    for width, height in ((1920, 1080), (640, 480), (1080, 1440)):
        picture = side_by_side((width, height), plot=False).picture
        assert picture.width / picture.height == pytest.approx(width / height, abs=2 / picture.height)
