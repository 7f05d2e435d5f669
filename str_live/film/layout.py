"""Where the parts of a film lie. In: the size of the source's pictures, out: areas in even pixels."""

from __future__ import annotations

from dataclasses import dataclass

from str_live.film.choice import FilmChoice

VIEW_HEIGHT = 684
"""Of picture and 3D view: with the headline above them the film is 720 pixels high."""
SPACE_WIDTH = 600
LONE_SPACE_WIDTH = 912
WIDEST_PICTURE = 1216
"""A picture of 16:9 fills it; a wider one gets bars, so that no film is too wide for a screen or a player."""
NARROWEST_PICTURE = 384
HEADLINE_HEIGHT = 36
PLOT_HEIGHT = 232
GAP = 8
SMALLEST_SCALE = 0.7
"""Of letters, to those of a film 720 pixels high: smaller ones cannot be read."""
_SHORTEST_VIEW, _NARROWEST_VIEW, _NARROWEST_PLOT = 96, 96, 240
_SPACE_SHAPE = 0.75
"""Least width to height of the 3D view, where there is room: outstretched arms fit in."""
_SPACE_SHARE = 0.4
"""Most of the width that it takes from the picture for that."""


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
    scale: float = 1.0
    """Of letters and lines, to those of a film 720 pixels high."""
    picture_headline: Area | None = None
    picture: Area | None = None
    space_headline: Area | None = None
    space: Area | None = None
    error_plot: Area | None = None
    magnitude_plot: Area | None = None
    angle_plots: tuple[Area, ...] = ()
    """In the order of FilmChoice.angles."""


def arrange(picture_size: tuple[int, int], choice: FilmChoice) -> FilmLayout:
    """The layout of a film whose source's pictures are (width, height).

    Picture and 3D view lie side by side, in a film that is higher than wide above each other; plots lie
    beneath. Raises ValueError with a sentence where the parts do not fit into the size.
    """
    width, height = choice.width, choice.height
    if width is not None and height is not None:
        return _within(width, height, picture_size, choice, upright=height > width)
    natural = _natural_size(picture_size, choice)
    if height is None:
        return _within(*natural, picture_size, choice)
    return _within(even(natural[0] * height / natural[1]), height, picture_size, choice)


def check_room(choice: FilmChoice) -> None:
    """Raise ValueError where the parts do not fit into the size, whatever is filmed."""
    arrange((16, 9), choice)


def _natural_size(picture_size: tuple[int, int], choice: FilmChoice) -> tuple[int, int]:
    """Width and height at which letters have their usual size."""
    picture = min(
        max(even(VIEW_HEIGHT * picture_size[0] / picture_size[1]), NARROWEST_PICTURE), WIDEST_PICTURE
    )
    width = {
        frozenset({"picture", "3d"}): picture + GAP + SPACE_WIDTH,
        frozenset({"picture"}): picture,
        frozenset({"3d"}): LONE_SPACE_WIDTH,
    }.get(frozenset(_views(choice)), WIDEST_PICTURE)
    heights = [HEADLINE_HEIGHT + VIEW_HEIGHT] if _views(choice) else []
    heights += [PLOT_HEIGHT] * _plot_rows(choice)
    return width, sum(heights) + GAP * (len(heights) - 1)


def _within(
    width: int, height: int, picture_size: tuple[int, int], choice: FilmChoice, *, upright: bool = False
) -> FilmLayout:
    """The layout of a film of exactly this size; in an `upright` one the views lie above each other."""
    views, rows = _views(choice), _plot_rows(choice)
    upright &= len(views) == 2
    stacked = [HEADLINE_HEIGHT + VIEW_HEIGHT] * (2 if upright else bool(views)) + [PLOT_HEIGHT] * rows
    natural_height = sum(stacked) + GAP * (len(stacked) - 1)
    scale = min(height / natural_height, width / _least_width(views, upright))
    scale = max(scale, SMALLEST_SCALE)
    gap = even(GAP * scale)
    plot_height = even(PLOT_HEIGHT * scale) if views else (height - gap * (rows - 1)) // (2 * rows) * 2
    views_height = height - rows * (gap + plot_height)
    parts: dict[str, Area] = {}
    if views:
        place = _stacked if upright else _in_a_row
        parts = place(Area(0, 0, width, views_height), picture_size, views, scale)
    top = height - rows * plot_height - (rows - 1) * gap
    plots = [Area(0, top + row * (plot_height + gap), width, plot_height) for row in range(rows)]
    layout = FilmLayout(width, height, scale, **parts, **_plots(plots, choice))
    _check_parts(layout, choice)
    return layout


def _least_width(views: tuple[str, ...], upright: bool) -> int:
    """Pixels from which on letters have their usual size."""
    if not views:
        return WIDEST_PICTURE
    return NARROWEST_PICTURE if len(views) == 1 or upright else NARROWEST_PICTURE + SPACE_WIDTH


def _views(choice: FilmChoice) -> tuple[str, ...]:
    return tuple(part for part in ("picture", "3d") if part in choice.parts)


def _plot_rows(choice: FilmChoice) -> int:
    """Two plots lie side by side."""
    angles = len(choice.angles) if "angles" in choice.parts else 0
    return ("acceleration" in choice.parts) + (angles + 1) // 2


def _in_a_row(
    room: Area, picture_size: tuple[int, int], views: tuple[str, ...], scale: float
) -> dict[str, Area]:
    """Picture at the left, 3D view at the right, each below its headline."""
    headline, gap = even(HEADLINE_HEIGHT * scale), even(GAP * scale)
    height = room.height - headline
    if len(views) == 1:
        return _view(views[0], room, headline)
    least = min(even(_SPACE_SHAPE * height), even(_SPACE_SHARE * room.width))
    picture = even(height * picture_size[0] / picture_size[1])
    picture = min(max(picture, even(NARROWEST_PICTURE * scale)), even(WIDEST_PICTURE * scale))
    picture = min(picture, room.width - gap - least)
    space = room.width - gap - picture
    return {
        **_view("picture", Area(room.x, room.y, picture, room.height), headline),
        **_view("3d", Area(room.x + picture + gap, room.y, space, room.height), headline),
    }


def _stacked(
    room: Area, picture_size: tuple[int, int], views: tuple[str, ...], scale: float
) -> dict[str, Area]:
    """Picture above, 3D view beneath, each below its headline."""
    headline, gap = even(HEADLINE_HEIGHT * scale), even(GAP * scale)
    picture = even(room.width * picture_size[1] / picture_size[0])
    picture = headline + min(picture, even((room.height - gap) * 0.55) - headline)
    space = room.height - gap - picture
    return {
        **_view(views[0], Area(room.x, room.y, room.width, picture), headline),
        **_view(views[1], Area(room.x, room.y + picture + gap, room.width, space), headline),
    }


def _view(name: str, room: Area, headline: int) -> dict[str, Area]:
    """Headline and view of a part."""
    field = {"picture": "picture", "3d": "space"}[name]
    return {
        f"{field}_headline": Area(room.x, room.y, room.width, headline),
        field: Area(room.x, room.y + headline, room.width, room.height - headline),
    }


def _plots(rows: list[Area], choice: FilmChoice) -> dict:
    """The plots' areas, row by row: errors and magnitudes, then angles two by two."""
    rows = list(rows)
    plots: dict[str, Area | tuple[Area, ...]] = {}
    if "acceleration" in choice.parts:
        plots["error_plot"], plots["magnitude_plot"] = _halves(rows.pop(0), 4 / 7)  # the error matters
    if "angles" in choice.parts:
        halves = [half for row in rows for half in _halves(row, 0.5)]
        if len(choice.angles) % 2:
            halves[-2:] = [rows[-1]]
        plots["angle_plots"] = tuple(halves)
    return plots


def _halves(row: Area, share: float) -> tuple[Area, Area]:
    left = even(row.width * share)
    return (
        Area(row.x, row.y, left, row.height),
        Area(row.x + left, row.y, row.width - left, row.height),
    )


def _check_parts(layout: FilmLayout, choice: FilmChoice) -> None:
    views = [area for area in (layout.picture, layout.space) if area is not None]
    plots = [area for area in (layout.error_plot, layout.magnitude_plot) if area is not None]
    fits = all(area.height >= _SHORTEST_VIEW and area.width >= _NARROWEST_VIEW for area in views)
    fits &= all(
        area.width >= _NARROWEST_PLOT and area.height >= SMALLEST_SCALE * PLOT_HEIGHT - 2
        for area in (*plots, *layout.angle_plots)
    )
    if not fits:
        raise ValueError(
            f"a film of {layout.width} x {layout.height} pixels has no room for {', '.join(choice.parts)}:"
            " make it larger or leave out a part"
        )


def even(length: float) -> int:
    """The nearest even number: a film's colours have half its resolution."""
    return 2 * round(length / 2)
