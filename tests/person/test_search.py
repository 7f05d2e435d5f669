"""Where to look for people: everything first, then a little at a time, by the source's clock."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.person.search import CALM_STEP_S, MISSING_STEP_S, SearchPlan, tiles


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (640, 640), (4000, 500)])
def test_somebody_small_is_whole_in_one_of_the_tiles_wherever_he_is(size: tuple[int, int]) -> None:
    width, height = size
    half = min(max(size) / 8, height / 2, width / 2)  # half the height of the largest who is whole in any
    places = tiles(width, height)
    for x in np.linspace(half, width - half, 23):
        for y in np.linspace(half, height - half, 17):
            assert any(max(abs(x - t.cx), abs(y - t.cy)) + half <= t.side / 2 + 1e-6 for t in places)


def test_a_scene_begins_with_a_look_at_everything() -> None:
    search = SearchPlan().next_search((1280, 720), 0.0, in_view=0, missing=0)
    assert search is not None
    assert search.tiles == (None, *tiles(1280, 720))


@pytest.mark.parametrize(
    ("in_view", "missing", "step_s"), [(0, 0, 1 / 30), (1, 1, MISSING_STEP_S), (1, 0, CALM_STEP_S)]
)
def test_one_part_at_a_time_as_often_as_it_is_urgent(in_view: int, missing: int, step_s: float) -> None:
    plan = SearchPlan()
    plan.next_search((1280, 720), 0.0, in_view=in_view, missing=missing)
    found = [
        plan.next_search((1280, 720), frame / 30, in_view=in_view, missing=missing) for frame in range(1, 361)
    ]
    searches = [search for search in found if search is not None]
    assert len(searches) == pytest.approx(12 / step_s, abs=1)
    assert all(len(search.tiles) == 1 for search in searches)
    assert {search.tiles[0] for search in searches} == {None, *tiles(1280, 720)}


def test_all_who_are_missing_are_looked_for_where_they_may_be() -> None:
    plan = SearchPlan()
    searches = [plan.next_search((640, 480), frame / 10, in_view=1, missing=3) for frame in range(12)]
    assert {search.missing for search in searches[1:] if search is not None} == {0, 1, 2}
