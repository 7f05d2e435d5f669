"""Short recordings for the tests of the window's export."""

from __future__ import annotations

from pathlib import Path

from str_live.messages import RecordingInfo
from str_live.record import NpzRecorder
from str_live.settings import Settings
from tests.record.synthetic_results import result

FRAMES, FPS = 10, 25.0


def record(path: Path) -> Path:
    """FRAMES frames of a made-up person at FPS."""
    recorder = NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "weights", "free_body", ""))
    for index in range(FRAMES):
        recorder.write(result(index, fps=FPS))
    saved = recorder.stop()
    assert saved is not None
    return saved
