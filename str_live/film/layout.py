"""Where the parts of a film lie. In: the size of the source's pictures, out: areas in even pixels."""

from __future__ import annotations

from dataclasses import dataclass

VIEW_HEIGHT = 684
"""Of picture and 3D view: with the headline above them the film is 720 pixels high."""
SPACE_WIDTH = 600
WIDEST_PICTURE = 1216
"""A picture of 16:9 fills it; a wider one gets bars, so that no film is too wide for a screen or a player."""
NARROWEST_PICTURE = 384
HEADLINE_HEIGHT = 36
PLOT_HEIGHT = 232
GAP = 8


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the film, pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        """Of an array of the whole film."""
        return slice(self.y, self.y + self.height)

    @property
    def columns(self) -> slice:
        """Of an array of the whole film."""
        return slice(self.x, self.x + self.width)


@dataclass(frozen=True, slots=True)
class FilmLayout:
    """The parts of a film; None for a part that it does not have."""

    width: int
    height: int
    picture_headline: Area
    picture: Area
    space_headline: Area
    space: Area
    error_plot: Area | None = None
    magnitude_plot: Area | None = None


def side_by_side(picture_size: tuple[int, int], *, plot: bool) -> FilmLayout:
    """The picture (width, height) at the left, the 3D view at the right, both plots beneath with `plot`."""
    picture_width = even(VIEW_HEIGHT * picture_size[0] / picture_size[1])
    picture_width = min(max(picture_width, NARROWEST_PICTURE), WIDEST_PICTURE)
    width = picture_width + GAP + SPACE_WIDTH
    left, right = (0, picture_width), (picture_width + GAP, SPACE_WIDTH)
    views = HEADLINE_HEIGHT + VIEW_HEIGHT
    error_width = even(width * 4 / 7)  # as in the window: the error is what matters
    plots = (
        (
            Area(0, views + GAP, error_width, PLOT_HEIGHT),
            Area(error_width, views + GAP, width - error_width, PLOT_HEIGHT),
        )
        if plot
        else (None, None)
    )
    return FilmLayout(
        width,
        views + (GAP + PLOT_HEIGHT if plot else 0),
        Area(left[0], 0, left[1], HEADLINE_HEIGHT),
        Area(left[0], HEADLINE_HEIGHT, left[1], VIEW_HEIGHT),
        Area(right[0], 0, right[1], HEADLINE_HEIGHT),
        Area(right[0], HEADLINE_HEIGHT, right[1], VIEW_HEIGHT),
        *plots,
    )


def even(length: float) -> int:
    """The nearest even number: a film's colours have half its resolution."""
    return 2 * round(length / 2)
