"""Random cameras, and what a landmark detector would report through them.

Noise was fitted to mediapipe's real errors (docs/default-weights.md): mostly a slow bias, little jitter,
bursts of outliers, and runs of swapped sides. Lengths are in half sides of the box of the observed points.
What bad light and blur do beyond that (conditions.py) is off by default, and then draws no random numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from str_live.features.landmarks import LANDMARK_POINTS, landmark_input
from str_live.person.crop import CROP_SCALE, KEYPOINT_MARGIN
from str_live.rotation import rotmat_from_axis_angle

NAMES = list(LANDMARK_POINTS)
SWAPPED = [
    NAMES.index(name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right"))
    for name in NAMES
]
ARM_POINTS = [i for i, name in enumerate(NAMES) if name.endswith(("elbow", "wrist", "hand", "shoulder"))]
LEG_POINTS = [i for i, name in enumerate(NAMES) if name.endswith(("hip", "knee", "ankle", "heel", "toe"))]

LIMBS = torch.tensor(
    [
        [float(name in [f"{side}_{part}" for part in parts]) for name in NAMES]
        for parts in (("elbow", "wrist", "hand"), ("knee", "ankle", "heel", "toe"))
        for side in ("left", "right")
    ],
    device="cpu",
)
"""(4, 21): which points belong to the left and right arm, the left and right leg."""


@dataclass(frozen=True, slots=True)
class ViewConfig:
    """Cameras and errors. Angles in radians, lengths in half box sides."""

    pitch: tuple[float, float] = (0.12, 0.2)
    """Mean and sigma: cameras look down a little."""
    roll: float = 0.22
    wild: float = 0.06
    """Share of views with a much wider pitch and roll."""
    distance: tuple[float, float] = (1.6, 6.0)
    """Metres from the camera to the body's origin."""
    bias: tuple[float, float] = (0.02, 0.035)
    slow: tuple[float, float] = (0.015, 0.032)
    """Sigma of the AR(1) part with coefficient 0.88 at 30 frames a second."""
    white: tuple[float, float] = (0.004, 0.012)
    quality: float = 0.35
    """Sigma of the logarithm of a view's overall quality."""
    outlier: float = 0.05
    """Chance that a point has a burst of gross error in a sequence."""
    swap: float = 0.06
    """Chance of a run of exchanged sides in a sequence (the guard lets few through)."""
    truncated: float = 0.22
    """Share of views whose lower body lies outside the picture: people at desks."""
    beside: float = 0.05
    """Share of views with a side of the body outside the picture."""
    hidden: float = 1.0
    """How much larger, at most, the errors are of points on the far side of the body."""
    unsteady: float = 0.0
    """Sigma of the logarithm of the white part's size from frame to frame: light that flickers."""
    limb: float = 0.0
    """Share of frames in which an arm or a leg, each by itself, is grossly wrong as a whole."""
    limb_frames: float = 6.0
    """Mean length of such a run, in frames."""
    limb_size: float = 0.3
    """Sigma of the error that a limb's points share meanwhile."""
    swapped: float = 0.0
    """Share of frames with exchanged arms, and by themselves legs, beside `swap`: what creeps in while limbs
    cannot be seen passes the guard."""
    swapped_frames: float = 30.0
    """Mean length of such a run, in frames."""
    lost: float = 0.0
    """Share of frames in which nobody is found: the last observation is held."""
    lost_frames: float = 6.0
    """Mean length of such a run, in frames."""


class View(NamedTuple):
    """What the network is given of (N = B * T) frames, and what it should say."""

    inputs: Tensor
    """(N, 66), feature.landmark_input of the noisy observation."""
    clean: Tensor
    """(N, 21, 2) true points in [-1, 1] of the (noisy) crop."""
    inside: Tensor
    """(N, 21) bool: the observed point lies in the picture."""
    found: Tensor
    """(N,) bool: the detector found the person; where not, the last observation is held."""


def camera_orientation(batch: int, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """(B, 3, 3) rotation from the y-up world to the camera frame (x right, y down, z away)."""

    def normal() -> Tensor:
        return torch.randn(batch, generator=generator)

    wild = torch.rand(batch, generator=generator) < config.wild
    yaw = 2 * math.pi * torch.rand(batch, generator=generator)
    pitch = config.pitch[0] + config.pitch[1] * normal() * torch.where(wild, 3.0, 1.0)
    roll = config.roll * normal() * torch.where(wild, 4.0, 1.0)
    zero = torch.zeros(batch)
    turn = rotmat_from_axis_angle(torch.stack([zero, yaw, zero], -1))
    nod = rotmat_from_axis_angle(torch.stack([pitch, zero, zero], -1))
    bank = rotmat_from_axis_angle(torch.stack([zero, zero, roll], -1))
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    # Positive pitch: the camera is above and looks down, so the body's top leans towards it.
    return bank @ nod @ flip @ turn


def observe(points: Tensor, batch: int, frames: int, config: ViewConfig, generator: torch.Generator) -> View:
    """(B * T, 21, 3) points in metres, camera axes, origin at the body -> inputs and 2D targets."""
    low, high = config.distance
    distance = low + (high - low) * torch.rand(batch, 1, 1, generator=generator) ** 1.5
    points = points.reshape(batch, frames, *points.shape[1:])
    depth = (points[..., 2] + distance).clamp_min(0.3)
    image = points[..., :2] / depth[..., None]  # (B, T, 21, 2)
    centre, half = box_of(image)
    clean = (image - centre) / half  # in half box sides
    edges = _edges(batch, config, generator)
    inside = ((clean > edges[0]) & (clean < edges[1])).all(-1)
    noisy = detected(clean, points[..., 2], inside, config, generator)
    found = found_frames(batch, frames, config, generator)
    return _in_crop(clean, noisy, edges, found, generator)


def detected(
    clean: Tensor, depth: Tensor, inside: Tensor, config: ViewConfig, generator: torch.Generator
) -> Tensor:
    """(B, T, 21, 2) where a detector would report points that are at `clean`, in half sides of their box.

    `depth` (B, T, 21) metres from the camera, up to a constant; `inside` (B, T, 21): others are guessed.
    """
    noise = _noise(clean, depth, inside, config, generator)
    return _swap(clean + noise, config, generator)


def box_of(points: Tensor) -> tuple[Tensor, Tensor]:
    """Centre (..., 1, 2) and half side (..., 1, 1) of the points' square box."""
    low, high = points.amin(-2, keepdim=True), points.amax(-2, keepdim=True)
    return (low + high) / 2, ((high - low).amax(-1, keepdim=True) / 2).clamp_min(1e-6)


def _edges(batch: int, config: ViewConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The picture's edges in half box sides, as lowest and highest (x, y), (B, 1, 1, 2) each.

    Far from the body in most views; else the lower edge cuts off the legs, or a side edge an arm.
    """
    far = 1e3
    low = torch.full((batch, 1, 1, 2), -far)
    high = torch.full((batch, 1, 1, 2), far)
    cut = torch.rand(batch, 1, 1, generator=generator) < config.truncated
    high[..., 1] = torch.where(cut, -0.35 + 1.3 * torch.rand(batch, 1, 1, generator=generator), far)
    cut = torch.rand(batch, 1, 1, generator=generator) < config.beside
    side = torch.rand(batch, 1, 1, generator=generator)
    low[..., 0] = torch.where(cut & (side < 0.5), -0.8 + 1.2 * side, -far)
    high[..., 0] = torch.where(cut & (side >= 0.5), 0.8 - 1.2 * (side - 0.5), far)
    return low, high


def _uniform(shape: tuple[int, ...], limits: tuple[float, float], generator: torch.Generator) -> Tensor:
    return limits[0] + (limits[1] - limits[0]) * torch.rand(*shape, generator=generator)


def _noise(
    clean: Tensor, depth: Tensor, inside: Tensor, config: ViewConfig, generator: torch.Generator
) -> Tensor:
    """(B, T, 21, 2): bias + slow AR(1) + white, times the view's quality; bursts; guesses outside the
    picture."""
    batch, frames, points, _ = clean.shape
    one = (batch, 1, 1, 1)
    quality = torch.exp(config.quality * torch.randn(*one, generator=generator))
    bias = torch.randn(batch, 1, points, 2, generator=generator) * _uniform(one, config.bias, generator)
    slow = autoregressive(batch, frames, (points, 2), 0.88, generator) * _uniform(one, config.slow, generator)
    white = torch.randn(clean.shape, generator=generator) * _uniform(one, config.white, generator)
    far_side = torch.sigmoid(8 * (depth - depth.mean(-1, keepdim=True)))[..., None]  # (B, T, 21, 1)
    hidden = 1 + config.hidden * torch.rand(*one, generator=generator) * far_side
    if config.unsteady:
        white = white * torch.exp(config.unsteady * torch.randn(batch, frames, 1, 1, generator=generator))
    noise = (bias + slow + white) * quality * hidden
    burst = torch.rand(batch, 1, points, 1, generator=generator) < config.outlier
    begin = torch.rand(batch, 1, points, 1, generator=generator) * frames
    during = (torch.arange(frames).reshape(1, -1, 1, 1) - begin).abs() < 4
    gross = 0.15 * autoregressive(batch, frames, (points, 2), 0.8, generator)
    noise = noise + burst * during * gross
    if config.limb:
        noise = noise + _limb_errors(batch, frames, config, generator)
    guess = 0.12 * torch.randn(batch, 1, points, 2, generator=generator)
    guess = guess + 0.05 * autoregressive(batch, frames, (points, 2), 0.9, generator)
    return torch.where(inside[..., None], noise, noise + guess)


def _limb_errors(batch: int, frames: int, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """(B, T, 21, 2): runs of frames in which the points of a limb are all off in about the same way."""
    wrong = runs(batch, frames, len(LIMBS), config.limb, config.limb_frames, generator)
    shared = autoregressive(batch, frames, (len(LIMBS), 2), 0.8, generator) * wrong[..., None]
    return config.limb_size * torch.einsum("btlc,lp->btpc", shared, LIMBS.to(shared.device))


def runs(
    batch: int, frames: int, count: int, share: float, length: float, generator: torch.Generator
) -> Tensor:
    """(B, T, count) bool, True in `share` of the frames, in runs of `length` frames on average.

    A stationary chain of two states, so shares do not depend on how long the sequence is.
    """
    draws = torch.rand(frames, batch, count, generator=generator)
    states = [draws[0] < share]
    begins = share / ((1 - share) * length)
    for draw in draws[1:]:
        states.append(draw < torch.where(states[-1], 1 - 1 / length, begins))
    return torch.stack(states, dim=1)


def autoregressive(
    batch: int, frames: int, shape: tuple[int, ...], coefficient: float, generator: torch.Generator
) -> Tensor:
    """(B, T, *shape) stationary AR(1) noise of unit variance."""
    innovation = torch.randn(frames, batch, *shape, generator=generator)
    values = [innovation[0]]
    scale = math.sqrt(1 - coefficient**2)
    for step in innovation[1:]:
        values.append(coefficient * values[-1] + scale * step)
    return torch.stack(values, dim=1)


def _swap(noisy: Tensor, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """Left and right exchanged for a run of frames: the whole body, or the arms or legs alone."""
    batch, frames = noisy.shape[:2]
    happens = torch.rand(batch, generator=generator) < config.swap
    begin = torch.rand(batch, 1, generator=generator) * frames
    length = 1 + torch.rand(batch, 1, generator=generator) * 0.6 * frames
    time = torch.arange(frames)[None]
    during = happens[:, None] & (time >= begin - 0.5) & (time < begin + length)
    kind = torch.rand(batch, generator=generator)
    affected = torch.zeros(batch, noisy.shape[2], dtype=torch.bool)
    affected[kind < 0.6] = True
    affected[:, ARM_POINTS] |= ((kind >= 0.6) & (kind < 0.8))[:, None]
    affected[:, LEG_POINTS] |= (kind >= 0.8)[:, None]
    exchanged = during[:, :, None] & affected[:, None]  # (B, T, 21)
    if config.swapped:
        crept = runs(batch, frames, 2, config.swapped, config.swapped_frames, generator)
        exchanged[..., ARM_POINTS] |= crept[..., :1]
        exchanged[..., LEG_POINTS] |= crept[..., 1:]
    return torch.where(exchanged[..., None], noisy[:, :, SWAPPED], noisy)


def found_frames(batch: int, frames: int, config: ViewConfig, generator: torch.Generator) -> Tensor:
    """(B, T) bool: the detector found the person; always in the first frame, where the track begins."""
    if not config.lost:
        return torch.ones(batch, frames, dtype=torch.bool)
    found = ~runs(batch, frames, 1, config.lost, config.lost_frames, generator)[..., 0]
    found[:, 0] = True
    return found


def last_found(found: Tensor) -> Tensor:
    """(B, T) bool -> (B, T) number of the frame whose observation each frame shows, as the app holds it."""
    return torch.where(found, torch.arange(found.shape[1]), 0).cummax(1).values


def _in_crop(
    clean: Tensor,
    noisy: Tensor,
    edges: tuple[Tensor, Tensor],
    found: Tensor,
    generator: torch.Generator,
) -> View:
    """Both in [-1, 1] of a crop cut around the noisy points, which lags and errs a little.

    As in crop.box_from_landmarks, points are drawn back to just outside the picture before the box is taken.
    Points and crop stay as they are while nobody is found, as the app holds them.
    """
    batch, frames, points, _ = clean.shape
    held = torch.arange(batch)[:, None], last_found(found)
    noisy = noisy[held]
    inside = ((noisy > edges[0]) & (noisy < edges[1])).all(-1)
    centre, half = box_of(noisy.maximum(edges[0] - 0.25).minimum(edges[1] + 0.25))
    centre = centre + 0.03 * torch.randn(batch, 1, 1, 2, generator=generator)
    error = torch.exp(0.05 * torch.randn(batch, 1, 1, 1, generator=generator))
    lag = 0.01 * autoregressive(batch, frames, (1, 2), 0.9, generator)[held]
    half = half * KEYPOINT_MARGIN * CROP_SCALE * error
    noisy, clean = (noisy - centre - lag) / half, (clean - centre - lag) / half
    count = batch * frames
    inputs = landmark_input(noisy, inside).reshape(count, -1)
    return View(inputs, clean.reshape(count, points, 2), inside.reshape(count, points), found.flatten())
