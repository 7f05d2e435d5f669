"""A webcam's faults: within range, repeatable, and none where none is asked for."""

from __future__ import annotations

import torch

from str_live.datasets.rendered.augment import AugmentConfig, augment, jpeg_rounded
from str_live.datasets.rendered.blur import blurred
from tests.datasets.rendered.scene_material import seeded

NOTHING = AugmentConfig(
    blur=0.0, motion=0.0, gain=0.0, contrast=0.0, cast=0.0, saturation=(1.0, 1.0), grey=0.0,
    noise=(0.0, 0.0), jpeg=0.0,
)  # fmt: skip


def pictures(count: int = 8, size: int = 48) -> torch.Tensor:
    """(N, S, S, 3) uint8 with a black margin to the left and below."""
    smooth = torch.rand(count, 3, 6, 6, generator=seeded(0))
    large = torch.nn.functional.interpolate(smooth, size=(size, size), mode="bilinear")
    made = (20 + 200 * large).byte().permute(0, 2, 3, 1).contiguous()
    made[:, :, :6], made[:, -5:] = 0, 0
    return made


def test_pictures_stay_pictures():
    made = augment(pictures(), seeded(1))
    assert made.shape == (8, 3, 48, 48)
    assert made.dtype == torch.float32
    assert made.min() >= 0
    assert made.max() <= 1
    assert made.std() > 0.05


def test_a_seed_says_what_goes_wrong():
    assert torch.equal(augment(pictures(), seeded(1)), augment(pictures(), seeded(1)))
    assert not torch.equal(augment(pictures(), seeded(1)), augment(pictures(), seeded(2)))


def test_nothing_goes_wrong_where_nothing_shall():
    made = augment(pictures(), seeded(1), NOTHING)
    torch.testing.assert_close(made, pictures().permute(0, 3, 1, 2).float() / 255, atol=1e-5, rtol=0)


def test_what_the_camera_did_not_see_stays_black():
    made = augment(pictures(), seeded(3))
    assert not made[:, :, :, :6].any()
    assert not made[:, :, -5:].any()


def test_a_sequence_has_one_exposure_and_ever_new_noise():
    same = pictures(2).repeat_interleave(5, 0)
    steady = AugmentConfig(blur=0.0, motion=0.0, jpeg=0.0, noise=(0.0, 0.0))
    made = augment(same, seeded(4), steady, frames=5).unflatten(0, (2, 5))
    torch.testing.assert_close(made, made[:, :1].expand_as(made))
    noisy = augment(same, seeded(4), AugmentConfig(noise=(0.04, 0.05)), frames=5).unflatten(0, (2, 5))
    assert not torch.equal(noisy[:, 0], noisy[:, 1])


def test_blur_keeps_the_light_and_takes_the_edges():
    edge = torch.zeros(2, 1, 64, 64)
    edge[..., 24:40, 24:40] = 1
    smooth = blurred(edge, torch.tensor([0.0, 3.0]))
    torch.testing.assert_close(smooth[0], edge[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(smooth[1].mean(), edge[1].mean(), rtol=1e-3, atol=0)
    assert (smooth[1, 0, 32, 1:] - smooth[1, 0, 32, :-1]).abs().max() < 0.2


def test_motion_smears_along_its_path_only():
    dot = torch.zeros(1, 1, 64, 64)
    dot[..., 32, 32] = 1
    smeared = blurred(dot, torch.tensor([0.6]), torch.tensor([[9.0, 0.0]]))[0, 0]
    assert smeared[32, 28:37].min() > 0.03
    assert smeared[28:30].abs().max() < 0.01


def test_jpeg_rounds_more_at_low_quality():
    made = pictures().permute(0, 3, 1, 2).float() / 255
    noisy = (made + 0.05 * torch.randn(made.shape, generator=seeded(5))).clamp(0, 1)
    errors = [
        float((jpeg_rounded(noisy, torch.full((8,), quality)) - noisy).abs().mean())
        for quality in (100.0, 70.0, 15.0)
    ]
    assert errors[0] < 0.006
    assert errors[0] < errors[1] < errors[2]
