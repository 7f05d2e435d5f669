# ruff: noqa: E402  (OpenCV reads its environment when it is imported)
"""Endurance, in the emulated machine: a camera is pulled out again and again while a recording runs.

    camera-vm run --vivid 1 --seconds 3000 -- .venv/bin/python tests/camera/vm_disconnects.py 100

Prints a line of JSON: how often it came back, how long that took, threads and files at the beginning and at
the end, and what the recording holds of the pictures that were handed to it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]

from str_live.camera import find_camera, list_cameras
from str_live.camera.capture import CameraManager
from str_live.messages import BodyResult, Frame, RecordingInfo
from str_live.record import RecordingWriter
from str_live.record.read import load_recording
from str_live.settings import Settings, SourceSettings
from tests.camera.vm_script import SLOW, Watcher  # sets OpenCV's environment

CAMERA = "vivid-000-vid-cap"


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))


def seen(frame: Frame) -> BodyResult:
    """What a pipeline says of a picture without a person."""
    return BodyResult(frame, None, (), None, 0.0, (), 0, {}, None, {})


class Feeder:
    """Hands every picture that comes to the recorder, on a thread of its own."""

    def __init__(self, watcher: Watcher, writer: RecordingWriter) -> None:
        self.frames = 0
        self._watcher, self._writer = watcher, writer
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        number = 0
        while not self.ended.is_set():
            number, frame = self._watcher.output.get(number, 0.5)
            if frame is not None:
                self.frames += 1
                self._writer.put(seen(frame), wait=True)


def pull_out(watcher: Watcher, number: int) -> float:
    """Disconnect the camera for the `number`-th time; seconds until it gives pictures again."""
    camera = find_camera(CAMERA, list_cameras())
    assert camera is not None, f"{CAMERA} is gone"
    began = time.monotonic()
    subprocess.run(["v4l2-ctl", "-d", str(camera.index_or_path), "-c", "disconnect=1"], check=True)
    assert watcher.wait_for("recovered", number, 120), f"it did not come back after disconnect {number}"
    return time.monotonic() - began


def main(times: int) -> None:
    folder, events = Path(tempfile.mkdtemp(dir="/dev/shm")), list[tuple[str, str]]()
    watcher = Watcher()
    info = RecordingInfo(Settings(), "", "", CAMERA)
    writer = RecordingWriter(folder / "long.npz", info, lambda *event: events.append(event)).start()
    manager = CameraManager(watcher.output, watcher.on_event, timeouts=SLOW)
    feeder = Feeder(watcher, writer)
    manager.switch(SourceSettings(CAMERA, width=320, height=180))
    assert watcher.wait_for("opened", 1, 120)
    waits, counts = [], []
    for number in range(1, times + 1):
        time.sleep(1)
        waits.append(pull_out(watcher, number))
        counts.append(held())
        print(f"{number} back after {waits[-1]:.1f} s, threads and files {counts[-1]}", flush=True)
    manager.close()
    feeder.ended.set()
    feeder.thread.join()
    writer.stop(timeout=None)
    recording = load_recording(folder / "long.npz")
    result = {
        "disconnects": times,
        "back after, median and longest, s": [statistics.median(waits), max(waits)],
        "threads and files after the first and the last": [counts[0], counts[-1]],
        "threads and files, most": [max(each) for each in zip(*counts, strict=True)],
        "threads and files after closing": held(),
        "pictures handed over": feeder.frames,
        "rows recorded": len(recording.timestamps),
        "recorder": [writer.written, writer.dropped, events],
        "epochs in order": watcher.epochs == sorted(watcher.epochs),
        "kinds of events": {
            kind: sum(kind == each[0] for each in watcher.events) for kind, _ in watcher.events
        },
    }
    print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
