"""A film shows each result once, at its time: the body on the picture, the 3D view, plots where wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from str_live.film.choice import FilmChoice
from str_live.film.layout import Area, arrange
from str_live.film.lettering import bgr
from str_live.film.painter import Staging
from str_live.film.recorder import FilmRecorder
from str_live.messages import BodyResult
from str_live.record import CannotRecord, RecordingInfo, RecordingWriter
from str_live.record.film import TICKS, FilmFile, part_path
from str_live.settings import Settings
from str_live.view.headless import create_context, release_context
from str_live.view.palette import GROUND, VARIANT_A
from tests.film.filmed_results import GREEN, MESH, STAGING, VERTICES, filmed

pytestmark = pytest.mark.gl
INFO = RecordingInfo(Settings(), "untrained", "egg", "made up")
VIEWS, WITH_PLOT = FilmChoice(), FilmChoice(("picture", "3d", "acceleration"))
LAYOUT = arrange((320, 240), WITH_PLOT)


@pytest.fixture(autouse=True)
def opengl() -> None:
    """Skips where there is none."""
    try:
        release_context(create_context())
    except RuntimeError as error:
        pytest.skip(str(error))


def film(
    path: Path,
    results: list[BodyResult],
    *,
    choice: FilmChoice = WITH_PLOT,
    staging: Staging = STAGING,
) -> list[av.VideoFrame]:
    """The frames of a film of these results."""
    recorder = FilmRecorder(lambda: staging, choice)
    recorder.start(path, INFO)
    for result in results:
        recorder.write(result)
    assert recorder.stop() == path
    with av.open(str(path)) as opened:
        return list(opened.decode(video=0))


def part(frame: av.VideoFrame, area: Area) -> np.ndarray:
    return frame.to_ndarray(format="bgr24")[area.rows, area.columns].astype(int)


def blueness(pixels: np.ndarray) -> np.ndarray:
    """How much more blue than red, as bodies are and neither the picture nor the room is."""
    return pixels[..., 0] - pixels[..., 2]


def test_every_result_is_shown_once_at_its_time(tmp_path):
    times = [3.0, 3.04, 3.08, 3.5, 3.54]
    frames = film(tmp_path / "a.mp4", [filmed(i, time_s=time_s) for i, time_s in enumerate(times)])
    assert [(frame.width, frame.height) for frame in frames] == [(LAYOUT.width, LAYOUT.height)] * 5
    shown = [float(frame.pts * frame.time_base) for frame in frames]
    assert shown == pytest.approx([time_s - 3.0 for time_s in times], abs=1 / TICKS)


def test_the_body_is_drawn_where_its_joints_are(tmp_path):
    results = [filmed(index) for index in range(0, 16, 5)]
    scale = LAYOUT.picture.height / 240
    for result, frame in zip(results, film(tmp_path / "a.mp4", results), strict=True):
        picture = part(frame, LAYOUT.picture)
        for x, y in result.bodies[0].joints_px * scale:
            assert blueness(picture[round(y), round(x)]) > 60, (x, y)
        corners = picture[[5, 5, -5, -5], [5, -5, 5, -5]]
        assert np.abs(corners - GREEN).max() <= 10


def test_the_3d_view_holds_the_body_on_the_ground(tmp_path):
    (frame,) = film(tmp_path / "a.mp4", [filmed(0)])
    space = part(frame, LAYOUT.space)
    mask = blueness(space) > 60
    assert 0.05 < mask.mean() < 0.5
    assert not mask[:, [0, -1]].any(), "the body is whole"
    assert not mask[[0, -1]].any()
    assert space.mean() > 150, "the room is light"


def test_without_a_person_there_is_the_picture_alone(tmp_path):
    (frame,) = film(tmp_path / "a.mp4", [filmed(0, seen=False)])
    assert np.abs(part(frame, LAYOUT.picture) - GREEN).max() <= 10
    assert not (blueness(part(frame, LAYOUT.space)) > 60).any()


def test_the_plot_is_there_when_asked_for_only(tmp_path):
    results = [filmed(index, time_s=3.0 + index / 5) for index in range(8)]
    with_plot = film(tmp_path / "a.mp4", results)[-1]
    without = film(tmp_path / "b.mp4", results, choice=VIEWS)[-1]
    assert (without.width, without.height) == (LAYOUT.width, LAYOUT.picture.y + LAYOUT.picture.height)
    assert LAYOUT.error_plot is not None
    plot = part(with_plot, LAYOUT.error_plot)
    assert (blueness(plot) > 60).sum() > 100, "the curve of A"
    assert (np.abs(plot - bgr(GROUND)).max(axis=2) < 8).mean() > 0.6
    same = np.abs(part(with_plot, LAYOUT.picture) - part(without, LAYOUT.picture))
    assert np.median(same) <= 2, "the views are the same with and without"


def test_the_headline_names_the_network_in_its_colour(tmp_path):
    (frame,) = film(tmp_path / "a.mp4", [filmed(0)])
    headline = part(frame, LAYOUT.picture_headline)
    assert (np.abs(headline - bgr(VARIANT_A)).max(axis=2) < 25).sum() > 60


def test_the_orbit_camera_and_the_switches_of_the_view_are_followed(tmp_path):
    staging = Staging(MESH, replace(STAGING.running, view=replace(STAGING.running.view, mesh=False)))
    (frame,) = film(tmp_path / "a.mp4", [filmed(0)], staging=staging)
    assert not (blueness(part(frame, LAYOUT.picture)) > 60).any()
    near = replace(STAGING, camera=STAGING.camera.zoomed(4))
    (usual,) = film(tmp_path / "b.mp4", [filmed(0)])
    (close,) = film(tmp_path / "c.mp4", [filmed(0)], staging=near)
    usual_size, close_size = ((blueness(part(frame, LAYOUT.space)) > 60).sum() for frame in (usual, close))
    assert close_size > 1.5 * usual_size


def test_a_body_that_is_just_exchanged_leaves_the_views_as_they_were(tmp_path):
    stagings = iter([STAGING, replace(STAGING, mesh=(MESH[0], np.zeros(len(VERTICES) + 1)))])
    recorder = FilmRecorder(lambda: next(stagings))
    recorder.start(tmp_path / "a.mp4", INFO)
    recorder.write(filmed(0))
    recorder.write(filmed(10))
    with av.open(str(recorder.stop())) as opened:
        first, second = list(opened.decode(video=0))
    assert np.abs(part(first, LAYOUT.picture) - part(second, LAYOUT.picture)).mean() < 1


def test_a_picture_of_another_size_goes_into_the_same_film(tmp_path):
    first, second = film(tmp_path / "a.mp4", [filmed(0), filmed(1, size=(240, 320))])
    assert (first.width, first.height) == (second.width, second.height)
    picture = part(second, LAYOUT.picture)
    middle, edge = picture[10, LAYOUT.picture.width // 2], picture[10, 5]
    assert np.abs(middle - GREEN).max() <= 10
    assert edge.max() < 60, "bars beside a portrait"


def test_a_film_that_starts_again_runs_on(tmp_path):
    results = [filmed(0, time_s=0.0), filmed(1, time_s=0.04), filmed(0, time_s=0.0, epoch=2)]
    frames = film(tmp_path / "a.mp4", results)
    assert [float(frame.pts * frame.time_base) for frame in frames] == pytest.approx([0.0, 0.04, 0.08])


def test_where_there_is_no_opengl_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("moderngl.create_context", _refuse)
    with pytest.raises(CannotRecord, match=r"No film can be made: .*install") as caught:
        FilmRecorder(lambda: STAGING).start(tmp_path / "a.mp4", INFO)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def _refuse(**_: object) -> None:
    raise Exception("libEGL.so not loaded")


def test_the_writer_says_where_the_film_is_and_what_stopped_it(tmp_path, monkeypatch):
    events: list[tuple[str, str]] = []
    recorder = FilmRecorder(lambda: STAGING)
    writer = RecordingWriter(
        tmp_path / "a.mp4", INFO, lambda *event: events.append(event), recorder=recorder
    ).start()
    writer.put(filmed(0), wait=True)
    monkeypatch.setattr(FilmFile, "_check_space", _full)
    for index in range(1, 40):
        writer.put(filmed(index), wait=True)
    writer.stop()
    assert events == [
        ("error", f"The disk is full: the film was stopped after {writer.written} frames."),
        ("saved", str(tmp_path / "a.mp4")),
    ]


def _full(self: FilmFile) -> None:
    if self.pictures:
        raise OSError(28, "No space left on device")


def test_what_a_crash_left_under_that_name_is_kept(tmp_path):
    film(tmp_path / "a.mp4", [filmed(0), filmed(1)])
    (tmp_path / "a.mp4").rename(part_path(tmp_path / "a.mp4"))
    assert len(film(tmp_path / "a.mp4", [filmed(0)])) == 1
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["a-recovered.mp4", "a.mp4"], "the names are told apart while the new film is made"
