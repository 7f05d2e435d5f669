"""Real V4L2 drivers, in an emulated machine that has cameras: list, open, switch, lose, find again."""

from __future__ import annotations

import json

import pytest

from tests.camera.emulated_machine import SECONDS, EmulatedMachine, why_not


@pytest.fixture(scope="module")
def result(emulated_machine: EmulatedMachine | None) -> dict:
    """What vm_script.py saw in there."""
    if emulated_machine is None:
        pytest.skip(why_not())
    status = emulated_machine.process.wait(SECONDS)
    output = emulated_machine.output.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    assert lines, f"the script did not finish ({status}):\n{output[-4000:]}"
    return json.loads(lines[-1].removeprefix("RESULT "))


pytestmark = [pytest.mark.camera_vm, pytest.mark.slow]


def test_cameras_are_listed_by_name_with_a_stable_id(result):
    names = {name: stable_id for stable_id, name, _ in result["cameras"]}
    assert names == {name: f"name:{name}:0" for name in ("vivid-000-vid-cap", "vivid-001-vid-cap", "Squats")}
    assert result["first camera"] == result["cameras"][0][1]


@pytest.mark.parametrize("name", ["vivid-000-vid-cap", "Squats", "vivid-001-vid-cap"])
def test_each_camera_opens_in_turn_and_gives_moving_pictures(result, name):
    assert result[f"opened {name}"]
    seen = result[f"picture of {name}"]
    assert seen["shape"] == [480, 640, 3]
    assert seen["spread"] > 20
    assert seen["moves"]
    assert result[f"mode of {name}"].startswith("asked 640 x 480 at 30, got 640 x 480 at")


def test_switching_never_mixes_two_cameras(result):
    assert result["epochs in order"]
    assert result["one size an epoch"]


def test_a_camera_in_use_changes_its_mode(result):
    assert "got 320 x 180" in result["new mode"]


def test_a_missing_camera_and_a_taken_one_are_errors_that_keep_the_old(result):
    assert result["error"]
    assert result["kept"] == "vivid-001-vid-cap"
    assert result["picture after error"]["moves"]
    assert "close other programs" in result["taken"]


def test_a_disconnected_camera_comes_back_by_itself(result):
    assert result["waiting"]
    assert result["recovered"]
    assert result["picture after reconnect"]["moves"]


def test_a_camera_that_falls_silent_is_told_and_so_is_its_return(result):
    assert result["stalled"]
    assert result["recovered from stall"]


def test_close_ends_quickly_and_leaves_no_thread(result):
    assert result["close_s"] < 5
    assert result["threads left"] == 0
