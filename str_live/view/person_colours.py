"""A colour for each person's number, told apart by every kind of colour vision. sRGB 0 to 1."""

from __future__ import annotations

Colour = tuple[float, float, float]

PERSON_COLOURS: tuple[Colour, ...] = (
    (0.32, 0.60, 0.86),
    (0.95, 0.62, 0.10),
    (0.00, 0.52, 0.38),
    (0.90, 0.62, 0.78),
    (0.97, 0.94, 0.50),
    (0.72, 0.22, 0.05),
)
"""Blue, orange, green, pink, yellow, red: those of Okabe and Ito, set farther apart in lightness."""
COLOUR_A = PERSON_COLOURS[0]
COLOUR_B: Colour = (0.95, 0.66, 0.18)
"""Of the compared network's body while one person is followed: light relatives of #0072B2 and #E69F00."""
_PALE = 0.55
"""How far the compared body of one of several people is on its way from his colour to white."""


def person_colour(number: int) -> Colour:
    """The colour of the person of this number, counted from 1; from the seventh on they come again."""
    return PERSON_COLOURS[(number - 1) % len(PERSON_COLOURS)]


def pale(colour: Colour) -> Colour:
    """A light relative of a colour, for the compared body of one of several people."""
    red, green, blue = (channel + (1.0 - channel) * _PALE for channel in colour)
    return red, green, blue


def text_on(colour: Colour) -> Colour:
    """Nearly black or nearly white: what can be read on a colour."""
    red, green, blue = (channel**2.2 for channel in colour)
    return (0.06, 0.07, 0.08) if 0.21 * red + 0.72 * green + 0.07 * blue > 0.25 else (0.98, 0.98, 0.98)


def hexadecimal(colour: Colour) -> str:
    """'#rrggbb'."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)
