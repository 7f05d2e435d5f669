"""A range of a file is run, no more is counted, and what lies before it serves the network only."""

from __future__ import annotations

import json

import numpy as np
import pytest

from str_live.camera import SourceError, open_source
from str_live.live.command_line import parse_arguments
from str_live.live.excerpt import BEFORE_S, Excerpt
from str_live.live.headless import run_headless
from str_live.record import NpzRecorder, RecordingInfo
from str_live.settings import Settings, SourceSettings
from tests.record.synthetic_results import result


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Three seconds at 25 frames a second."""
    path = tmp_path_factory.mktemp("recording") / "walk.npz"
    recorder = NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "", "", ""))
    for index in range(76):
        recorder.write(result(index))
    return recorder.stop()


def opened(recording):
    return open_source(SourceSettings(spec=str(recording), loop=False, realtime=False))


def test_pictures_come_from_a_little_before_to_a_little_after(recording):
    source = opened(recording)
    start = source.transport.position.start_s
    excerpt = Excerpt(source, (1.0, 2.0), after_s=0.08)
    times = [(frame.time_s - start, excerpt.holds(frame)) for frame in excerpt.frames(lambda: False)]
    assert times[0][0] == pytest.approx(1.0 - BEFORE_S, abs=0.041)
    assert times[-1][0] == pytest.approx(2.08, abs=1e-6)
    inside = [time_s for time_s, held in times if held]
    assert (inside[0], inside[-1]) == pytest.approx((1.0, 2.0))
    assert len(inside) == excerpt.frame_count == 26


def test_a_range_beyond_the_end_and_a_source_without_length_are_refused(recording):
    with pytest.raises(SourceError, match=r"3\.00 s long"):
        Excerpt(opened(recording), (4.0, 5.0), after_s=0.0)
    with pytest.raises(SourceError, match="no length"):
        Excerpt(open_source(SourceSettings(spec="synthetic")), (0.0, 1.0), after_s=0.0)


def test_a_headless_run_records_the_range_at_its_own_times(recording, tmp_path, capsys):
    out = tmp_path / "part.npz"
    line = f"--headless --source {recording} --record {out} --range 1:2"
    assert run_headless(*parse_arguments(line.split()), bar=False) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["frames"], printed["range"]) == (26, [1.0, 2.0])
    with np.load(out) as part, np.load(recording) as whole:
        np.testing.assert_allclose(part["poses"], whole["poses"][25:51], atol=1e-5)
        assert np.ptp(part["timestamps"]) == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["5", "3:2", "a:b", "-1:2"])
def test_a_range_that_is_none_is_one_sentence(text, capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--headless", f"--range={text}"])
    assert capsys.readouterr().err.count("\n") == 1
