"""Damaged pictures: of the same form, repeatable, and darker, blurred or covered by what was asked for."""

from __future__ import annotations

from itertools import repeat

import cv2
import numpy as np
import pytest

from str_live.evaluate.damage import CONDITION_DAMAGES, DAMAGES, Film
from str_live.evaluate.damage.light import (
    DARK_GAIN,
    FLICKER_GAINS,
    VERY_DARK_GAIN,
    encoded,
    exposed,
    linear_light,
)
from str_live.evaluate.damage.motion import streaked
from str_live.messages import Box


def scene(count: int = 4, height: int = 96, width: int = 72) -> list[np.ndarray]:
    """Pictures with soft structure, bright and dark parts, that move a little."""
    rng = np.random.default_rng(0)
    rough = rng.integers(10, 246, size=(height // 8 + 4, width // 8 + 4, 3), dtype=np.uint8)
    large = cv2.resize(rough, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    return [large[2 * i : 2 * i + height, i : i + width].copy() for i in range(count)]


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_pictures_have_the_form_of_the_old_ones_which_stay_as_they_are(name):
    frames = scene()
    before = [frame.copy() for frame in frames]
    damaged = list(DAMAGES[name](Film(frames), 0))
    assert [(image.shape, image.dtype) for image in damaged] == [((96, 72, 3), np.uint8)] * 4
    assert any((image != old).any() for image, old in zip(damaged, before, strict=True))
    np.testing.assert_array_equal(frames, before)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_seed_gives_the_same_pictures_and_another_one_others(name):
    first, again, other = (np.stack(list(DAMAGES[name](Film(scene()), seed))) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_film_may_be_empty_or_one_picture_long(name):
    assert list(DAMAGES[name](Film([]), 0)) == []
    assert len(list(DAMAGES[name](Film(scene(1)), 0))) == 1


@pytest.mark.parametrize(("name", "gain"), [("dark", DARK_GAIN), ("very_dark", VERY_DARK_GAIN)])
def test_dark_pictures_keep_the_asked_share_of_the_light(name, gain):
    frames = scene()
    damaged = list(DAMAGES[name](Film(frames), 0))
    light, left = linear_light(np.stack(frames)).mean(), linear_light(np.stack(damaged)).mean()
    assert left / light == pytest.approx(gain, rel=0.03)


def test_dark_grey_is_noisy_as_shot_noise_wants_it():
    grey = np.full((200, 200, 3), 128, np.uint8)
    light = linear_light(next(DAMAGES["dark"](Film([grey]), 0)))
    electrons = 5000 * light.mean()
    assert light.std() * 5000 == pytest.approx(np.sqrt(electrons + 4**2), rel=0.05)


def test_over_exposed_pictures_are_eight_times_as_bright_up_to_white():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 60, axis=0).repeat(3, axis=2)
    damaged = next(DAMAGES["over_exposed"](Film([ramp]), 0))
    light, expected = linear_light(damaged).mean(axis=(0, 2)), 8 * linear_light(ramp)[0, :, 0]
    assert (damaged[:, 110:] == 255).mean() > 0.98
    np.testing.assert_allclose(light[:80], expected[:80], atol=0.02)


def test_light_and_its_code_are_inverse():
    codes = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
    np.testing.assert_array_equal(encoded(linear_light(codes)), codes)


def test_flickering_frames_differ_in_light_within_the_limits():
    frames = [np.full((20, 20, 3), 120, np.uint8)] * 60
    damaged = np.stack(list(DAMAGES["flicker"](Film(frames), 0)))
    gains = linear_light(damaged).mean(axis=(1, 2, 3)) / linear_light(frames[0]).mean()
    low, high = FLICKER_GAINS
    assert low * 0.9 < gains.min() < low * 2
    assert high / 2 < gains.max() < high * 1.1
    assert np.abs(np.diff(np.log(gains))).mean() > 0.5


def test_bands_of_a_lamp_lie_across_the_picture():
    grey = np.full((240, 40, 3), 150, np.uint8)
    light = linear_light(next(DAMAGES["banding"](Film([grey]), 0))).mean(axis=2)
    rows = light.mean(axis=1)
    assert rows.min() < 0.2 * rows.max()
    assert light.std(axis=1).max() < 0.1 * rows.max()


def test_an_exposure_may_differ_from_place_to_place():
    grey = np.full((10, 20, 3), 150, np.uint8)
    gain = np.linspace(0.1, 1, 20)[None, :, None]
    columns = linear_light(next(exposed([grey], repeat(gain), np.random.default_rng(0)))).mean(axis=(0, 2))
    np.testing.assert_allclose(columns, linear_light(grey).mean() * gain[0, :, 0], rtol=0.1, atol=0.003)


def test_a_point_is_drawn_out_along_its_way_and_no_light_is_lost():
    image = np.zeros((41, 81, 3), np.uint8)
    image[18:23, 38:43] = 255
    way = np.zeros((41, 81, 2), np.float32)
    way[..., 0] = 20
    light = linear_light(streaked(image, way))[..., 0]
    assert light.sum() == pytest.approx(25, rel=0.05)
    columns = np.flatnonzero(light[20] > 0.01)
    assert columns[0] == pytest.approx(30, abs=2)
    assert columns[-1] == pytest.approx(50, abs=2)
    assert (light[:17] < 0.01).all()


def test_nothing_moves_nothing_is_blurred():
    image = scene(1)[0]
    np.testing.assert_array_equal(streaked(image, np.zeros((96, 72, 2), np.float32)), image)


def test_motion_blur_takes_detail_away():
    def detail(images):
        return np.mean([cv2.Laplacian(image, cv2.CV_32F).var() for image in images])

    frames = scene(8, 480, 360)
    assert detail(DAMAGES["motion_blur"](Film(frames), 0)) < 0.7 * detail(frames)


def test_what_hides_is_where_the_person_is_and_nowhere_else():
    frames = [np.full((200, 300, 3), 7, np.uint8)] * 40
    boxes = [Box(80.0, 100.0, 60.0)] * 40
    covered = np.stack(list(DAMAGES["occlusion"](Film(frames, 5.0, boxes), 0))) != 7
    covered = covered.any(axis=-1)
    assert 0.05 < covered[:, 70:130, 50:110].mean() < 0.5
    assert not covered[:, :, 150:].any()
    assert (covered[0] != covered[10]).any()


def test_conditions_name_damages_there_are():
    assert {name for names in CONDITION_DAMAGES.values() for name in names} <= set(DAMAGES)
