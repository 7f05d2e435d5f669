"""The figures of what plays begin anew with another source, and go on when a clip starts again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from str_live.live.switches.watch import SwitchWatch
from str_live.messages import RecordingInfo
from str_live.settings import Settings
from tests.live.switches.made_up import JOINTS, NETWORKS, moved, result

MADE_BY = RecordingInfo(Settings(), "weights", "body", "film.mp4")


def watched(*results) -> SwitchWatch:
    watch = SwitchWatch()
    for each in results:
        watch.add(each)
    return watch


def film(frames: int, **changes: object):
    return [
        result(i, [JOINTS, moved(0.004), JOINTS], **{"made_by": MADE_BY, **changes}) for i in range(frames)
    ]


def test_nothing_is_known_before_the_first_frame():
    assert SwitchWatch().figures is None
    assert watched(result(0, None, made_by=MADE_BY)).figures is None


@pytest.mark.parametrize(
    "change",
    [
        {"made_by": replace(MADE_BY, source="other.mp4")},
        {"made_by": replace(MADE_BY, weights="other")},
        {"lookahead": 5},
    ],
)
def test_something_else_begins_anew(change: dict[str, object]):
    figures = watched(*film(6), *film(2, **change)).figures
    assert figures is not None
    assert figures.frames == 2


def test_a_clip_that_starts_again_is_measured_on():
    figures = watched(*film(6), *film(6)).figures
    assert figures is not None
    assert figures.frames == 12
    assert figures.cases[NETWORKS[1]].shift_mm == pytest.approx(4, abs=1e-3)


def test_other_settings_of_the_view_change_nothing():
    mirrored = replace(MADE_BY, settings=replace(Settings(), compare=True))
    figures = watched(*film(6), *film(2, made_by=mirrored)).figures
    assert figures is not None
    assert figures.frames == 8
