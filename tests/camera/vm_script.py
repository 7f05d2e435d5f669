# ruff: noqa: E402  (OpenCV reads its environment when it is imported)
"""Runs in the emulated machine: real V4L2 cameras through the project's own code. Prints a line of JSON.

Everything is 10 to 20 times slower in there, hence the generous time-outs. Keep the imports light.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from str_live.camera.environment import configure_opencv_environment

os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = "5"
configure_opencv_environment()

from str_live.camera import find_camera, list_cameras, open_source
from str_live.camera.capture import CameraManager, Timeouts
from str_live.latest import Latest
from str_live.messages import Frame
from str_live.settings import SourceSettings

SLOW = Timeouts(
    stalled_s=3.0, reopen_s=12.0, backoff_first_s=0.5, backoff_last_s=2.0, first_frame_s=60.0, release_s=15.0
)


class Watcher:
    """Counts what comes out of a manager, on its own thread."""

    def __init__(self) -> None:
        self.events: list[list[str]] = []
        self.output: Latest[Frame] = Latest()
        self.newest: Frame | None = None
        self.epochs: list[int] = []
        self.shapes: dict[int, set[tuple[int, ...]]] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def on_event(self, kind: str, text: str) -> None:
        print(f"{time.monotonic():.1f} {kind}: {text}", flush=True)
        self.events.append([kind, text])

    def wait_for(self, kind: str, number: int, seconds: float = 90.0) -> bool:
        """Whether `number` events of this kind have come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if sum(each[0] == kind for each in self.events) >= number:
                return True
            time.sleep(0.05)
        return False

    def _watch(self) -> None:
        seen = 0
        while True:
            seen, frame = self.output.get(seen, 1.0)
            if frame is not None:
                self.newest = frame
                self.epochs.append(frame.epoch)
                self.shapes.setdefault(frame.epoch, set()).add(frame.image.shape)


def picture(watcher: Watcher, seconds: float = 3.0) -> dict[str, object]:
    """What the source shows: shape, spread of its pixels, whether it moves, pictures a second."""
    first, before = watcher.newest, len(watcher.epochs)
    time.sleep(seconds)
    last = watcher.newest
    if first is None or last is None:
        return {"shape": None}
    moves = first.image.shape == last.image.shape and bool((first.image != last.image).any())
    return {
        "shape": list(last.image.shape),
        "spread": round(float(last.image.std()), 1),
        "moves": moves,
        "rate": round((len(watcher.epochs) - before) / seconds, 1),
    }


def writer_of(name: str) -> int:
    """The process that feeds the loopback camera of this name."""
    camera = find_camera(name, list_cameras())
    assert camera is not None
    for folder in Path("/proc").glob("[0-9]*"):
        words = (folder / "cmdline").read_bytes().split(b"\0")
        if words[0].endswith(b"ffmpeg") and str(camera.index_or_path).encode() in words:
            return int(folder.name)
    raise LookupError(f"nothing feeds {name}")


def switching(manager: CameraManager, watcher: Watcher, result: dict) -> None:
    """From one driver to another and back, to another mode, and to what is not there."""
    for number, spec in enumerate(("vivid-000-vid-cap", "Squats", "vivid-001-vid-cap"), 1):
        manager.switch(SourceSettings(spec, width=640, height=480))
        result[f"opened {spec}"] = watcher.wait_for("opened", number)
        result[f"picture of {spec}"] = picture(watcher)
        result[f"mode of {spec}"] = manager.status().mode
    manager.switch(SourceSettings("vivid-001-vid-cap", width=320, height=180))
    result["new mode"] = watcher.wait_for("opened", 4) and manager.status().mode
    manager.switch(SourceSettings("vivid-777-vid-cap"))
    result["error"] = watcher.wait_for("error", 1)
    result["kept"] = manager.status().name
    result["picture after error"] = picture(watcher)


def taken(manager: CameraManager, watcher: Watcher, result: dict) -> None:
    """Wish for a camera that another program uses."""
    node = find_camera("vivid-000-vid-cap", list_cameras())
    assert node is not None
    command = ["v4l2-ctl", "-d", str(node.index_or_path), "--stream-mmap", "--stream-count=100000"]
    other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(4)
    manager.switch(SourceSettings("vivid-000-vid-cap"))
    result["taken"] = watcher.wait_for("error", 2) and watcher.events[-1][1]
    other.terminate()
    other.wait()


def losing(manager: CameraManager, watcher: Watcher, result: dict) -> None:
    """Pull out a camera and plug it in again; then silence one for a while."""
    node = find_camera("vivid-001-vid-cap", list_cameras())
    assert node is not None
    subprocess.run(["v4l2-ctl", "-d", str(node.index_or_path), "-c", "disconnect=1"], check=True)
    result["waiting"] = watcher.wait_for("waiting", 1)
    result["recovered"] = watcher.wait_for("recovered", 1)
    result["picture after reconnect"] = picture(watcher)
    manager.switch(SourceSettings("Squats"))
    watcher.wait_for("opened", 5)
    feeder = writer_of("Squats")
    stalls = sum(kind == "stalled" for kind, _ in watcher.events)
    os.kill(feeder, signal.SIGSTOP)
    result["stalled"] = watcher.wait_for("stalled", stalls + 1)
    os.kill(feeder, signal.SIGCONT)
    result["recovered from stall"] = watcher.wait_for("recovered", 2)


def cameras_once_fed(seconds: float = 120.0) -> list[list]:
    """What the project lists; the loopback device is a camera only once its film is being fed to it."""
    deadline = time.monotonic() + seconds
    while True:
        cameras = list_cameras()
        if "Squats" in {camera.name for camera in cameras} or time.monotonic() > deadline:
            return [[camera.stable_id, camera.name, camera.formats[:3]] for camera in cameras]
        time.sleep(0.5)


def main() -> None:
    result: dict = {"cameras": cameras_once_fed()}
    source = open_source(SourceSettings(), count())
    result["first camera"] = source.name
    source.close()
    watcher = Watcher()
    manager = CameraManager(watcher.output, watcher.on_event, timeouts=SLOW)
    try:
        switching(manager, watcher, result)
        taken(manager, watcher, result)
        losing(manager, watcher, result)
    finally:
        start = time.monotonic()
        manager.close()
        result["close_s"] = round(time.monotonic() - start, 1)
        result["events"] = watcher.events
        result["epochs in order"] = watcher.epochs == sorted(watcher.epochs)
        result["one size an epoch"] = all(len(each) == 1 for each in watcher.shapes.values())
        result["threads left"] = sum(
            bool(re.match("capture|camera", each.name)) for each in threading.enumerate()
        )
        print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
