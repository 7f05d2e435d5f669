"""The filmstrip marks the crop that the body belongs to, also where pictures come slower than 30 a second."""

from __future__ import annotations

import pytest

from str_live.ui.widgets.filmstrip import Filmstrip, thumbnail
from str_live.view import palette
from tests.ui.fake_session import CROPS


@pytest.fixture
def strip(qtbot) -> Filmstrip:
    strip = Filmstrip()
    qtbot.addWidget(strip)
    strip.resize(900, 80)
    strip.show()
    return strip


def feed(strip: Filmstrip, fps: float, lookahead: int, *, every: int = 1, count: int = 40) -> None:
    """Show every so-many-th result of a stream."""
    for index in range(16, 16 + count, every):
        crops = tuple(CROPS[number % 48] for number in range(index - 15, index + 1))
        strip.show_crops(crops, lookahead, index / fps)


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize(
    ("fps", "lookahead", "marked"),
    [(30, 0, 15), (30, 2, 13), (30, 7, 8), (15, 2, 14), (60, 2, 11), (18, 2, 13)],
)
def test_the_marked_crop_is_the_look_ahead_before_the_newest(strip, fps, lookahead, marked, every):
    feed(strip, fps, lookahead, every=every)
    assert strip.marked_index == marked
    assert strip.spacing_s == pytest.approx(1 / fps)


@pytest.mark.parametrize(
    ("network", "fps", "lookahead", "seen"),
    [
        ("str", 30, 2, (5, 15)),
        ("tcmr", 30, 7, (0, 15)),
        ("vibe", 30, 2, (5, 13)),
        ("frame", 30, 2, (13, 13)),
        ("str", 15, 2, (10, 15)),
        ("vibe", 60, 0, (0, 15)),
    ],
)
def test_the_lines_reach_as_far_as_the_networks_look(strip, network, fps, lookahead, seen):
    feed(strip, fps, lookahead)
    assert strip.reach(network) == seen


def test_a_line_above_the_crops_is_drawn_for_each_variant(strip):
    strip.show_networks({"A": "str", "B": "frame"})
    feed(strip, 30, 2)
    picture = strip.grab().toImage()
    colours = [{picture.pixelColor(x, y).name() for x in range(picture.width())} for y in (2, 5)]
    assert palette.VARIANT_A in colours[0]
    assert palette.VARIANT_B in colours[1]


def test_before_the_first_crop_nothing_is_marked(strip):
    assert strip.marked_index is None
    strip.grab()


def test_few_crops_lie_at_the_right(strip):
    strip.show_crops((CROPS[40],), 0, 0.0)
    assert strip.marked_index == 0
    picture = strip.grab().toImage()
    right, left = picture.pixelColor(picture.width() - 30, 25), picture.pixelColor(30, 25)
    assert right.red() > left.red() + 50


def test_a_crop_is_scaled_once(strip, monkeypatch):
    scaled = []

    def scale(crop):
        scaled.append(id(crop))
        return thumbnail(crop)

    monkeypatch.setattr("str_live.ui.widgets.filmstrip.thumbnail", scale)
    feed(strip, 30, 2, count=1)
    feed(strip, 30, 2, count=2)
    assert id(CROPS[10]) in scaled
    assert len(scaled) == len(set(scaled))
