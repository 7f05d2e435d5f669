"""Cutting motion together: no jump at the cuts, nobody sinks, the camera's two matrices agree."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.build_assets.clip_motion import BLEND, Cut, cut_together, put_on_the_floor
from str_live.build_assets.clip_studio import StudioCamera
from str_live.datasets.motion import MotionClip
from str_live.geometry import project_px


def _clip(name: str, seed: int, n_frames: int = 60) -> MotionClip:
    """Slow random motion far from the origin."""
    rng = np.random.default_rng(seed)
    angles = np.sin(np.linspace(0, 2, n_frames)[:, None, None] + rng.uniform(0, 6, (1, 24, 3))) * 0.5
    rotmat = Rotation.from_rotvec(angles.reshape(-1, 3)).as_matrix().reshape(n_frames, 24, 3, 3)
    root = rng.uniform(-5, 5, 3) + np.linspace(0, 0.5, n_frames)[:, None] * rng.normal(0, 1, 3)
    return MotionClip(name, "test", "none", rotmat.astype(np.float32), root.astype(np.float32))


CUTS = (Cut("a", 0, 50, 0.0), Cut("b", 5, 60, 20.0))


def test_pieces_overlap_by_the_blend_and_stay_rotations() -> None:
    rotmat, root = cut_together([_clip("a", 1), _clip("b", 2)], CUTS)
    assert len(rotmat) == len(root) == 50 + 55 - BLEND
    np.testing.assert_allclose(
        rotmat @ rotmat.swapaxes(-1, -2), np.broadcast_to(np.eye(3), rotmat.shape), atol=1e-5
    )


def test_nothing_jumps_at_the_cut() -> None:
    rotmat, root = cut_together([_clip("a", 1), _clip("b", 2)], CUTS)
    turns = Rotation.from_matrix((rotmat[1:] @ rotmat[:-1].swapaxes(-1, -2)).reshape(-1, 3, 3)).magnitude()
    assert turns.max() < 0.3
    assert np.abs(np.diff(root[:, [0, 2]], axis=0)).max() < 0.1


def test_every_piece_faces_its_direction_around_the_spot() -> None:
    rotmat, root = cut_together([_clip("a", 1)], (Cut("a", 0, 60, 30.0),))
    forward = rotmat[:, 0, :, 2].sum(axis=0)
    assert np.degrees(np.arctan2(forward[0], forward[2])) == pytest.approx(30.0, abs=1e-3)
    np.testing.assert_allclose((root.min(axis=0) + root.max(axis=0))[[0, 2]], 0.0, atol=1e-5)


def test_a_missing_piece_is_named() -> None:
    with pytest.raises(ValueError, match="b"):
        cut_together([_clip("a", 1)], CUTS)


def test_feet_reach_the_floor_and_never_sink_while_a_jump_stays_a_jump() -> None:
    lowest = 0.05 + 0.02 * np.sin(np.arange(200) / 9.0)
    lowest[100:112] += 0.3
    root = np.zeros((200, 3))
    height = lowest + put_on_the_floor(root, lowest)[:, 1]
    assert height.min() > -1e-9
    assert height[:80].max() < 0.06
    assert height[106] > 0.25
    assert not root.any()


def test_the_pictures_projection_is_the_truths_camera() -> None:
    camera = StudioCamera()
    world = np.array([[0.3, 1.2, 0.4, 1.0], [-0.6, 0.1, -0.5, 1.0]])
    clip = world @ camera.clip_from_world().T
    ndc = clip[:, :2] / clip[:, 3:]
    pixels = np.stack([(ndc[:, 0] + 1) * camera.width / 2, (1 - ndc[:, 1]) * camera.height / 2], axis=1)
    in_camera = (world @ camera.cam_from_world().T)[:, :3]
    assert (in_camera[:, 2] > 0).all()
    np.testing.assert_allclose(pixels, project_px(in_camera, camera.matrix()), atol=1e-9)
