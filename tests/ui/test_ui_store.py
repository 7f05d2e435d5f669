"""Settings survive a restart: really another process, because the same one would hide lost types."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QSettings

from str_live.settings import Settings, SourceSettings, to_json
from str_live.ui.settings_store import SettingsStore
from str_live.weights.choose import FrontEndChoice

CHANGED = replace(
    Settings(),
    source=SourceSettings("usb:046d:0825", 640, 480, 15.0, loop=False),
    lookahead=5,
    compare=True,
    view=replace(Settings().view, opacity=0.5, mirror=True, colour_mode="part"),
    variant_a=replace(Settings().variant_a, network=Settings().variant_a.network.without("ttr", "cross")),
)
READ = """
import sys
import pytest
from PyQt6.QtCore import QSettings
from str_live.settings import to_json
from str_live.ui.settings_store import SettingsStore
print(to_json(SettingsStore(QSettings(sys.argv[1], QSettings.Format.IniFormat)).load()))
"""


def test_settings_are_the_same_in_a_fresh_process(tmp_path: Path):
    path = str(tmp_path / "settings.ini")
    SettingsStore(QSettings(path, QSettings.Format.IniFormat)).save(CHANGED)
    root = Path(__file__).resolve().parents[2]
    read = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, cwd=root, check=True
    )
    assert read.stdout.strip() == to_json(CHANGED)


def test_nothing_stored_and_rubbish_stored(store, tmp_path: Path, caplog):
    assert store.load() is None
    backing = QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat)
    backing.setValue("settings", "{broken")
    assert SettingsStore(backing).load() == Settings()
    assert "not readable" in caplog.text


def test_changes_and_docks_are_stored_by_the_window(make_window, store):
    window = make_window()
    window.show()
    window.controls.network.compare.click()
    window.findChild(type(window.controls.parent()), "measurements").hide()
    window.close()
    assert store.load() == window.state.settings
    again = make_window(store.load())
    assert again.state.settings.compare
    assert again.findChild(type(again.controls.parent()), "measurements").isHidden()


def test_the_window_stores_what_outlives_the_session(make_window, store):
    window = make_window(choice=FrontEndChoice("auto", "both", "it measured best"))
    window.controls.network.compare.click()
    assert window.state.settings.front_end == "both"
    assert (store.load().front_end, store.load().compare) == ("auto", True)
    window.state.change(front_end="resnet")
    assert store.load().front_end == "resnet"


@pytest.mark.gui
def test_the_window_comes_back_in_its_size(make_window, screen):
    window = make_window()
    window.show()
    window.resize(1111, 700)
    window.close()
    again = make_window()
    assert (again.width(), again.height()) == (1111, 700)


def test_a_password_is_neither_stored_nor_left_from_an_older_version(tmp_path: Path):
    path = tmp_path / "settings.ini"
    secret = replace(CHANGED, source=SourceSettings("rtsp://me:hush@10.0.0.2/live?token=hush"))
    backing = QSettings(str(path), QSettings.Format.IniFormat)
    SettingsStore(backing).save(secret)
    assert "10.0.0.2" in path.read_text()
    assert "hush" not in path.read_text()
    backing.setValue("settings", to_json(secret))  # as earlier versions did
    backing.sync()
    assert "hush" in path.read_text()
    assert SettingsStore(backing).load().source.spec == "rtsp://10.0.0.2/live"
    assert "hush" not in path.read_text()
