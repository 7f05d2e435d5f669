"""Every part has its place, whatever the shape of picture and film, and all sizes are even."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from str_live.film.choice import FilmChoice
from str_live.film.layout import SMALLEST_SCALE, Area, FilmLayout, arrange, check_room

SIZES = [(1920, 1080), (640, 480), (720, 1280), (1088, 1920), (641, 481), (64, 48), (3840, 800), (100, 2000)]
VIEWS = ("picture", "3d")
CHOICES = {
    "views": FilmChoice(),
    "accelerations": FilmChoice((*VIEWS, "acceleration")),
    "everything": FilmChoice((*VIEWS, "acceleration", "angles"), ("knee", "hip", "elbow")),
    "picture": FilmChoice(("picture",)),
    "3d": FilmChoice(("3d",)),
    "plots": FilmChoice(("acceleration", "angles"), ("knee",)),
}
PARTS = {"views": 4, "accelerations": 6, "everything": 9, "picture": 2, "3d": 2, "plots": 3}
FORCED = [(1920, 1080), (1280, 1280), (1080, 1920), (4096, 2160), (1280, 1000)]


def areas(layout: FilmLayout) -> list[Area]:
    values = [getattr(layout, entry.name) for entry in fields(layout)]
    return [value for value in values if isinstance(value, Area)] + list(layout.angle_plots)


def sized(name: str, width: int | None, height: int | None) -> FilmChoice:
    return FilmChoice(CHOICES[name].parts, CHOICES[name].angles, width, height)


def check(layout: FilmLayout, parts: int) -> None:
    """All parts lie within the film, apart from each other."""
    assert len(areas(layout)) == parts
    taken = np.zeros((layout.height, layout.width), np.uint8)
    for area in areas(layout):
        assert min(area.width, area.height) > 0
        assert 0 <= area.x <= area.x + area.width <= layout.width
        assert 0 <= area.y <= area.y + area.height <= layout.height
        taken[area.rows, area.columns] += 1
    assert taken.max() == 1
    assert (layout.width % 2, layout.height % 2) == (0, 0)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("size", SIZES)
def test_parts_lie_within_the_film_and_apart(size, name):
    layout = arrange(size, CHOICES[name])
    check(layout, PARTS[name])
    assert layout.width <= 1920
    assert layout.scale == pytest.approx(1.0) or layout.width < 720


@pytest.mark.parametrize("forced", FORCED)
@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("size", SIZES)
def test_a_film_has_the_size_that_was_asked_for(size, name, forced):
    layout = arrange(size, sized(name, *forced))
    check(layout, PARTS[name])
    assert (layout.width, layout.height) == forced
    assert layout.scale >= SMALLEST_SCALE


@pytest.mark.parametrize("height", [640, 1080, 1440])
@pytest.mark.parametrize("name", CHOICES)
def test_a_height_alone_leaves_the_proportions_as_they_are(name, height):
    usual, scaled = arrange((640, 480), CHOICES[name]), arrange((640, 480), sized(name, None, height))
    check(scaled, PARTS[name])
    assert scaled.height == height
    assert scaled.width == pytest.approx(usual.width * height / usual.height, abs=1)


def test_heights_are_those_of_usual_films():
    assert arrange((640, 480), CHOICES["views"]).height == 720
    assert arrange((640, 480), CHOICES["accelerations"]).height == 960
    assert arrange((640, 480), CHOICES["everything"]).height == 1440


@pytest.mark.parametrize("name", ["views", "accelerations", "picture"])
def test_usual_pictures_fill_their_part(name):
    for width, height in ((1920, 1080), (640, 480), (1080, 1440)):
        picture = arrange((width, height), CHOICES[name]).picture
        assert picture is not None
        assert picture.width / picture.height == pytest.approx(width / height, abs=2 / picture.height)


def test_in_a_film_that_is_higher_than_wide_the_3d_view_lies_beneath_the_picture():
    layout = arrange((1280, 720), sized("views", 1080, 1920))
    assert layout.picture is not None
    assert layout.space is not None
    assert layout.picture.width == layout.space.width == 1080
    assert layout.space.y > layout.picture.y + layout.picture.height


def test_the_3d_view_keeps_room_for_outstretched_arms():
    for forced in FORCED:
        space = arrange((3840, 800), sized("views", *forced)).space
        assert space is not None
        assert space.width >= 0.55 * space.height or space.width >= 0.39 * forced[0]


@pytest.mark.parametrize(
    ("name", "size"), [("accelerations", (320, 240)), ("everything", (1280, 600)), ("plots", (200, 720))]
)
def test_what_does_not_fit_is_refused_in_a_sentence(name, size):
    with pytest.raises(ValueError, match=r"no room .*leave out"):
        check_room(sized(name, *size))
