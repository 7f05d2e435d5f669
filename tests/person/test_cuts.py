"""Hard cuts: another scene is one, movement, light and blank pictures are none."""

from __future__ import annotations

import cv2
import numpy as np

from str_live.person.cuts import CutDetector


def scene(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8), (320, 240))


def test_another_scene_is_a_cut_once() -> None:
    cut = CutDetector()
    assert [cut(scene(number)) for number in (0, 0, 1, 1)] == [False, False, True, False]


def test_movement_and_light_are_none() -> None:
    cut = CutDetector()
    picture = scene(0)
    assert not any(cut(np.roll(picture, 3 * step, axis=1)) for step in range(20))
    assert not cut((np.roll(picture, 57, axis=1) * 0.4).astype(np.uint8))


def test_black_frames_between_pictures_of_one_scene_are_none() -> None:
    cut = CutDetector()
    black = np.zeros((240, 320, 3), np.uint8)
    assert not any(cut(picture) for picture in (scene(0), black, scene(0), black))
    assert cut(scene(1))


def test_after_a_reset_nothing_is_compared() -> None:
    cut = CutDetector()
    cut(scene(0))
    cut.reset()
    assert not cut(scene(1))
