"""Views in bad light and blur: what is switched on errs as asked, and what is off changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.datasets.simulated.views import LIMBS, NAMES, View, ViewConfig, last_found, observe, runs

FRAMES = 19
QUIET = ViewConfig(
    bias=(0, 0), slow=(0, 0), white=(0, 0), quality=0, outlier=0, swap=0, hidden=0, truncated=0, beside=0
)
DRAWN = [-0.385771, -0.110523, -0.020227, 0.458267]
"""Of a fixed seed, before views knew anything but normal light."""


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def people(batch: int, frames: int = FRAMES) -> Tensor:
    """(B * T, 21, 3) points that stand still, so that all that moves is error."""
    points = torch.randn(batch, 1, 21, 3, generator=generator()) * torch.tensor([0.3, 0.8, 0.2])
    return points.expand(-1, frames, -1, -1).reshape(-1, 21, 3)


def view_of(config: ViewConfig, batch: int = 200, frames: int = FRAMES) -> View:
    return observe(people(batch, frames), batch, frames, config, generator(1))


def errors(view: View, batch: int = 200) -> Tensor:
    """(B, T, 21) distance of the observed from the true points, in half sides of the true points' box."""
    half = torch.exp(view.inputs[:, -1] - 0.25)[:, None, None]
    observed = view.inputs[:, :42].unflatten(1, (21, 2)) * half + view.inputs[:, None, -3:-1]
    extent = (view.clean.amax(1) - view.clean.amin(1)).amax(-1) / 2
    return ((observed - view.clean).norm(dim=-1) / extent[:, None]).unflatten(0, (batch, -1))


def test_normal_views_are_those_that_training_always_had():
    points = torch.randn(4 * FRAMES, 21, 3, generator=generator(11)) * torch.tensor([0.3, 0.8, 0.2])
    seed = generator(12)
    view = observe(points, 4, FRAMES, CONDITIONS["normal"], seed)
    drawn = [view.inputs[0, 5], view.inputs[40, 20], view.inputs[75, 64], torch.rand(1, generator=seed)[0]]
    torch.testing.assert_close(torch.stack(drawn), torch.tensor(DRAWN), atol=1e-5, rtol=0)
    assert view.found.all()


def test_light_and_blur_err_more_than_normal():
    typical = {name: errors(view_of(config)).median() for name, config in CONDITIONS.items()}
    gross = {name: errors(view_of(config)).quantile(0.9) for name, config in CONDITIONS.items()}
    for name in ("light", "blur"):
        assert typical[name] > 1.15 * typical["normal"]
        assert gross[name] > 1.15 * gross["normal"]


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_draws_the_same_for_a_seed_and_gives_finite_numbers(name):
    first, again = view_of(CONDITIONS[name]), view_of(CONDITIONS[name])
    assert torch.equal(first.inputs, again.inputs)
    assert torch.isfinite(first.inputs).all()
    assert torch.isfinite(first.clean).all()


def test_a_frame_without_a_person_repeats_the_last_observation():
    view = view_of(replace(CONDITIONS["normal"], lost=0.3))
    inputs, found = view.inputs.unflatten(0, (200, FRAMES)), view.found.unflatten(0, (200, FRAMES))
    lost = ~found[:, 1:]
    assert torch.equal(inputs[:, 1:][lost], inputs[:, :-1][lost])
    assert (inputs[:, 1:] != inputs[:, :-1]).any(-1)[~lost].all()
    inside = view.inside.unflatten(0, (200, FRAMES))
    assert torch.equal(inside[:, 1:][lost], inside[:, :-1][lost])


def test_the_truth_goes_on_in_the_held_crop_while_nobody_is_found():
    config = replace(QUIET, lost=0.5)
    points = people(50)
    still = observe(points, 50, FRAMES, config, generator())
    lost = ~still.found
    moved = points.clone()
    moved[lost] += torch.tensor([0.5, 0.0, 0.0])
    shifted = observe(moved, 50, FRAMES, config, generator())
    step = shifted.clean[lost] - still.clean[lost]
    torch.testing.assert_close(step[..., 1], torch.zeros_like(step[..., 1]), atol=1e-3, rtol=0)
    assert torch.equal(shifted.inputs[lost], still.inputs[lost])


def test_a_track_begins_with_a_frame_in_which_the_person_is_found():
    view = view_of(replace(QUIET, lost=0.9))
    assert view.found.unflatten(0, (200, FRAMES))[:, 0].all()


@pytest.mark.parametrize(("share", "length"), [(0.04, 3.0), (0.3, 10.0), (0.5, 1.5)])
def test_runs_have_the_asked_share_and_length(share, length):
    state = runs(4000, 60, 2, share, length, generator())
    assert state.float().mean().item() == pytest.approx(share, rel=0.1)
    for frame in (0, 59):
        assert state[:, frame].float().mean().item() == pytest.approx(share, rel=0.2)
    ended = state[:, :-1] & ~state[:, 1:]
    assert (state[:, :-1].sum() / ended.sum()).item() == pytest.approx(length, rel=0.1)


def test_lost_frames_are_as_frequent_as_asked():
    config = replace(QUIET, lost=0.2, lost_frames=4.0)
    found = view_of(config, batch=500, frames=60).found.unflatten(0, (500, 60))
    assert (~found[:, 20:]).float().mean().item() == pytest.approx(0.2, rel=0.1)


def test_a_wrong_limb_is_wrong_as_a_whole_and_the_others_are_right():
    error = errors(view_of(replace(QUIET, limb=0.1, limb_size=0.4), batch=1000), batch=1000)
    wrong = error > 1e-3
    for limb in LIMBS.bool():
        assert torch.equal(wrong[..., limb].all(-1), wrong[..., limb].any(-1))
        assert wrong[..., limb].float().mean().item() == pytest.approx(0.1, rel=0.15)
    torso = [index for index, name in enumerate(NAMES) if name.endswith(("nose", "ear", "shoulder", "hip"))]
    assert not wrong[..., torso].any()


def test_arms_and_legs_are_swapped_as_often_as_asked_and_each_by_themselves():
    error = errors(view_of(replace(QUIET, swapped=0.2, swapped_frames=10.0), batch=1000), batch=1000)
    wrong = error > 1e-3
    arms, legs = wrong[..., NAMES.index("left_wrist")], wrong[..., NAMES.index("left_knee")]
    for part in (arms, legs):
        assert part.float().mean().item() == pytest.approx(0.2, rel=0.15)
    assert (arms & legs).float().mean().item() == pytest.approx(0.04, rel=0.5)
    assert not wrong[..., NAMES.index("nose")].any()


def test_unsteady_quality_differs_from_frame_to_frame():
    steady, unsteady = (
        errors(view_of(replace(QUIET, white=(0.03, 0.03), unsteady=unsteady))).mean(-1)
        for unsteady in (0, 0.5)
    )
    assert steady.log().std(1).mean() < 0.2
    assert unsteady.log().std(1).mean().item() == pytest.approx(0.5, rel=0.15)


def test_while_nobody_is_found_the_last_observation_is_held():
    found = torch.tensor([[True, False, False, True, True, False], [True] * 6])
    assert last_found(found).tolist() == [[0, 0, 0, 3, 4, 4], [0, 1, 2, 3, 4, 5]]
