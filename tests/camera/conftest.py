"""A made clock; and the emulated machine with cameras, begun before the first test, asked last."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.camera.emulated_machine import EmulatedMachine, why_not
from tests.made_clock import MadeClock

_MACHINE = pytest.StashKey[EmulatedMachine]()
_FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_needs_machine)


def _needs_machine(item: pytest.Item) -> bool:
    return item.get_closest_marker("camera_vm") is not None


def pytest_runtestloop(session: pytest.Session) -> None:
    """All tests are chosen, none has begun."""
    if any(map(_needs_machine, session.items)) and not session.config.option.collectonly and not why_not():
        folder = session.config.stash[_FOLDER] = tempfile.TemporaryDirectory(prefix="camera-vm-test-")
        session.config.stash[_MACHINE] = EmulatedMachine(Path(folder.name))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if machine := session.config.stash.get(_MACHINE, None):
        machine.end()
        session.config.stash[_FOLDER].cleanup()


@pytest.fixture(scope="session")
def emulated_machine(request: pytest.FixtureRequest) -> EmulatedMachine | None:
    """Begun with the session; None where it cannot run here."""
    return request.config.stash.get(_MACHINE, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MadeClock:
    """What files and stills are played by in this test."""
    clock = MadeClock()
    for module in ("pace", "still", "video", "images", "recording", "test_pattern"):
        monkeypatch.setattr(f"str_live.camera.{module}.time", clock)
    return clock
