"""The package installs as a wheel with all that it needs, and runs from there, far from the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from str_live import __version__

ROOT = Path(__file__).parents[1]
pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--quiet", "--wheel-dir", str(folder)], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The scripts' folder of an environment with the wheel; what it depends on is borrowed from this one."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    scripts = place / ("Scripts" if sys.platform == "win32" else "bin")
    target = subprocess.run(
        [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(target, "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", str(wheel)], check=True)
    return scripts


def test_the_wheel_holds_the_assets_the_shaders_and_what_it_depends_on(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"str_live-{__version__}.dist-info/METADATA").decode()
    for folder in ("assets/body", "assets/clip", "assets/weights", "shaders"):
        files = [
            ROOT / "assets" / "icon.png",
            *(path for path in (ROOT / folder).rglob("*") if path.is_file()),
        ]
        assert {f"str_live/{path.relative_to(ROOT).as_posix()}" for path in files} <= names
    assert "str_live/train/configs/free_mocap.json" in names
    assert "Requires-Dist: torch==" in metadata
    assert f"Version: {__version__}" in metadata


def test_the_built_in_clip_runs_from_the_installed_wheel(installed, tmp_path):
    ended = subprocess.run(
        [installed / "str-live-headless", "--source", "clip", "--frames", "5", "--record", "out.npz"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["frames_with_person"] == 5
    assert (tmp_path / "out.npz").is_file()


def test_the_installed_program_says_its_name_and_where_it_lies(installed, tmp_path):
    code = "import str_live, str_live.files as files; print(str_live.__file__, files.FREE_BODY.is_file())"
    shown = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert shown.startswith(str(installed.parent))
    assert shown.endswith("True\n")
    helped = subprocess.run(
        [installed / "str-live", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert helped.stdout.startswith("usage: str-live")
