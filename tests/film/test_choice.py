"""What a film shows is read from words, and what cannot be is refused with what there is."""

from __future__ import annotations

import pytest

from str_live.film.choice import FilmChoice, angles_from, parts_from, size_from


def test_parts_stand_in_one_order_and_plots_are_all_of_them():
    assert parts_from("3d, Picture") == ("picture", "3d")
    assert parts_from("plots,picture") == ("picture", "acceleration", "angles")
    assert angles_from("elbow,knee,elbow") == ("elbow", "knee")


@pytest.mark.parametrize(
    ("text", "size"),
    [("1920x1080", (1920, 1080)), ("1080", (None, 1080)), ("720p", (None, 720)), ("640×480", (640, 480))],
)
def test_sizes(text, size):
    assert size_from(text) == size


@pytest.mark.parametrize(
    ("read", "text", "advice"),
    [
        (parts_from, "picture,sound", "sound.*choose among.*picture"),
        (parts_from, " , ", "choose among"),
        (angles_from, "nose", "nose.*choose among.*knee"),
        (angles_from, "knee,hip,elbow,shoulder,trunk", "up to 4"),
        (size_from, "1919x1080", "even.*1920"),
        (size_from, "1081", "even"),
        (size_from, "100x100", "between"),
        (size_from, "99999", "between"),
        (size_from, "large", "1920x1080"),
        (size_from, "12x", "1920x1080"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(read, text, advice):
    with pytest.raises(ValueError, match=advice) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_choice_is_checked_however_it_is_made():
    with pytest.raises(ValueError, match="even"):
        FilmChoice(height=721)
