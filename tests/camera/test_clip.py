"""The built-in clip: small, decodable with what is installed, and true to its own picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera.film import Film, film_pictures

CLIP = Path(__file__).resolve().parents[2] / "assets" / "clip"
LIMBS = (4, 5, 7, 8, 16, 17, 18, 19, 20, 21)
"""Knees, ankles, shoulders, elbows and wrists of SMPL: well inside the body."""


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    """All frames as the app decodes them, at half size."""
    return [
        cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for frame in film_pictures(CLIP / "clip.mp4")
    ]


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    """Arrays of clip_truth.npz."""
    with np.load(CLIP / "clip_truth.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _pixels(joints_cam: np.ndarray, camera_matrix: np.ndarray) -> np.ndarray:
    placed = joints_cam @ camera_matrix.T
    return placed[..., :2] / placed[..., 2:]


def test_the_clip_is_small_and_says_its_rate() -> None:
    assert sum(path.stat().st_size for path in CLIP.iterdir()) < 5_000_000
    with Film(CLIP / "clip.mp4") as film:
        assert film.fps == pytest.approx(30.0)
        assert next(film.pictures()).shape == (720, 960, 3)


def test_every_frame_decodes_and_has_its_truth(
    frames: list[np.ndarray], truth: dict[str, np.ndarray]
) -> None:
    assert 300 <= len(frames) <= 600
    for name, shape in (("joints_cam", (24, 3)), ("rotmat", (24, 3, 3)), ("translation", (3,))):
        assert truth[name].shape == (len(frames), *shape)
        assert truth[name].dtype == np.float32
        assert np.isfinite(truth[name]).all()
    assert truth["betas"].shape == (10,)
    assert truth["K"].shape == (3, 3)


def test_rotations_are_rotations_and_the_joints_lie_before_the_camera(truth: dict[str, np.ndarray]) -> None:
    rotmat = truth["rotmat"]
    assert np.abs(rotmat @ rotmat.swapaxes(-1, -2) - np.eye(3)).max() < 1e-4
    assert np.linalg.det(rotmat).min() > 0.99
    pixels = _pixels(truth["joints_cam"], truth["K"])
    assert truth["joints_cam"][..., 2].min() > 2.0
    assert pixels.min() > 0
    assert (pixels < (960, 720)).all()


def test_the_motion_is_smooth_across_the_cuts(truth: dict[str, np.ndarray]) -> None:
    joints = truth["joints_cam"]
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.45  # metres a frame: a football kick
    acceleration = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1)
    assert acceleration.max() < 0.25  # the same kick; a jump at a cut would be more


def test_projected_joints_lie_on_the_person(frames: list[np.ndarray], truth: dict[str, np.ndarray]) -> None:
    room = np.median(np.stack(frames[::8]), axis=0)
    pixels = (_pixels(truth["joints_cam"], truth["K"]) / 2).astype(int)
    hits = []
    for index in range(0, len(frames), 5):
        away = np.abs(frames[index].astype(float) - room).max(axis=2)
        person = cv2.dilate((away > 25).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        x, y = pixels[index, list(LIMBS)].T
        hits.append(person[y, x])
    # The median of all frames holds some person where they stand longest: there the difference is small.
    assert np.mean(hits) > 0.93


def test_the_joints_follow_from_rotations_and_translation(truth: dict[str, np.ndarray]) -> None:
    torch = pytest.importorskip("torch")
    from str_live.body.skinning import load_body

    body = load_body(None)
    chosen = slice(0, None, 40)
    rotmat = torch.from_numpy(truth["rotmat"][chosen])
    betas = torch.from_numpy(truth["betas"]).expand(len(rotmat), 10)
    joints = body.forward(rotmat, betas).joints.numpy() + truth["translation"][chosen, None]
    np.testing.assert_allclose(joints, truth["joints_cam"][chosen], atol=2e-4)
