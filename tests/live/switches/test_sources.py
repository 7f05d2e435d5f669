"""What can be run over from beginning to end."""

from __future__ import annotations

import pytest

from str_live.live.switches.sources import why_no_film


@pytest.mark.parametrize("spec", ["0", "rtsp://camera/stream", "take.npz", "synthetic"])
def test_what_cannot_be_run_to_its_end_is_said_why(spec: str):
    assert why_no_film(spec)


@pytest.mark.parametrize("spec", ["clip", "film.mp4", "/tmp"])
def test_films_and_folders_can(spec: str):
    assert why_no_film(spec) == ""
