"""A user's bundle: its model is unpacked once into the cache folder; what cannot run is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from str_live.person.choose import check_detector, people_for
from str_live.person.graphs import WHEEL
from str_live.person.heavy_model import heavy_model, write_bundle
from str_live.person.landmark_model import DetectorError, landmark_model_of
from str_live.untrusted.task_bundle import LANDMARK_MODEL, write_task_models
from tests.untrusted.test_task_bundle import MODEL, archive


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def wheel_bundle(path: Path) -> Path:
    """The wheel's own landmark model, as a user would have it."""
    write_bundle(path, (WHEEL / "modules/pose_landmark/pose_landmark_full.tflite").read_bytes())
    return path


def test_a_model_is_unpacked_once_and_mended(tmp_path: Path) -> None:
    bundle = tmp_path / "own.task"
    write_task_models(bundle, {LANDMARK_MODEL: MODEL})
    path = landmark_model_of(bundle)
    assert path.read_bytes() == MODEL
    path.write_bytes(MODEL[:5])  # cut off by a full disk
    assert landmark_model_of(bundle) == path
    assert path.read_bytes() == MODEL


def test_a_bundle_of_the_wheel_s_model_runs(tmp_path: Path) -> None:
    bundle = wheel_bundle(tmp_path / "full.task")
    check_detector(str(bundle))
    people = people_for(2, str(bundle))
    assert people.segmentation is False
    people.close()


@pytest.mark.parametrize("content", [MODEL, b"\x1c\0\0\0TFL3" + bytes(5000)])
def test_a_model_that_mediapipe_cannot_run_ends_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    bundle = tmp_path / "bad.task"
    write_task_models(bundle, {LANDMARK_MODEL: content})
    with pytest.raises(DetectorError, match=r"bad\.task"):
        check_detector(str(bundle))


def test_another_model_of_mediapipe_s_ends_in_a_sentence(tmp_path: Path) -> None:
    bundle = tmp_path / "finder.task"
    finder = (WHEEL / "modules/pose_detection/pose_detection.tflite").read_bytes()
    write_task_models(bundle, {LANDMARK_MODEL: finder})
    with pytest.raises(DetectorError, match=r"finder\.task"):
        people_for(1, str(bundle))


def test_a_file_that_is_no_bundle_ends_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, a=np.zeros(3))
    with pytest.raises(DetectorError, match=r"arrays\.npz"):
        people_for(2, str(path))


def test_a_bundle_can_be_read_by_mediapipe_s_own_landmarker(tmp_path: Path) -> None:
    from mediapipe.tasks.python import BaseOptions, vision

    path = wheel_bundle(tmp_path / "full.task")
    options = vision.PoseLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(path)))
    vision.PoseLandmarker.create_from_options(options).close()


def test_another_package_than_the_known_one_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "pose.tgz", "package/pose_landmark_heavy.tflite", MODEL)
    with pytest.raises(SystemExit, match=r"pose\.tgz"):
        heavy_model(path)
