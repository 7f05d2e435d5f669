"""What a window stage learns from: features in a row -> windows as the app makes them -> loss of a network.

In: (B, L, C) features of sequences, whatever front end they are from. Used by the trainings of the landmark
and of the image front ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.target import Target
from str_live.network.network import Head
from str_live.settings import NetworkSettings
from str_live.train.losses import LossWeights, mean_joint_distance_mm, motion_loss, pose_loss

OUTPUTS = 4
"""Windows in a row per sequence: what the losses over time need."""


def sequence_length(window: int) -> int:
    """L: frames of a sequence that holds `OUTPUTS` windows in a row."""
    return window + OUTPUTS - 1


def described_rows(batch: int, window: int) -> Tensor:
    """(B * K,) numbers of the described frames among B * L, in the windows' order."""
    start = torch.arange(batch)[:, None] * sequence_length(window)
    return (start + window // 2 + torch.arange(OUTPUTS)).flatten()


def window_rows(batch: int, lookahead: Tensor, first: Tensor, window: int = 16) -> Tensor:
    """(B, K, T) frame numbers of K = OUTPUTS windows a sequence, as the app's streaming makes them.

    Window k describes frame k + T/2. Frames later than its look-ahead repeat the last one seen; frames before
    the track's first frame repeat that.
    """
    start = torch.arange(OUTPUTS)[None, :, None]
    frames = start + torch.arange(window)  # (1, K, T)
    newest = start + window // 2 + lookahead[:, None, None]
    return frames.minimum(newest).maximum(first[:, None, None])


def see_every(features: Tensor, stride: Tensor, middle: int) -> Tensor:
    """(B, L, C) features -> what remains when only every `stride`-th frame was seen: linear in between.

    The described frame `middle` is always one that was seen, as it is in the app.
    """
    length = features.shape[1]
    frames = torch.arange(length)[None]
    offset = (frames - middle) % stride[:, None]
    before = (frames - offset).clamp_min(0)
    after = (frames - offset + stride[:, None]).clamp_max(length - 1)
    fraction = (offset / stride[:, None])[..., None]
    rows = torch.arange(features.shape[0])[:, None]
    return features[rows, before] * (1 - fraction) + features[rows, after] * fraction


def random_switches(generator: torch.Generator) -> NetworkSettings:
    """One of the 32 combinations; each module is bypassed half of the time."""
    on = (torch.rand(5, generator=generator) < 0.5).tolist()
    return NetworkSettings("str", *on)


def draw_switches(share: float, generator: torch.Generator) -> NetworkSettings | None:
    """What half of the sequences of a step run with; None, in all but a `share` of the steps: whole."""
    # Where every step bypasses no number is drawn for it: older recipes see the batches that they saw.
    if share < 1 and float(torch.rand(1, generator=generator)) >= share:
        return None
    return random_switches(generator)


def draw_windows(
    features: Tensor,
    lookaheads: Sequence[float],
    strides: Sequence[tuple[int, float]],
    generator: torch.Generator,
) -> Tensor:
    """(B, L, C) features -> (B, K, T, C) windows with random look-ahead, frame rate and track start.

    `lookaheads`: shares of 0, 1, ... frames; `strides`: every how many frames one is seen, and its share.
    """
    batch, window = len(features), features.shape[1] - OUTPUTS + 1
    shares = torch.tensor(lookaheads)
    lookahead = torch.multinomial(shares, batch, replacement=True, generator=generator)
    every = torch.tensor([stride for stride, _ in strides])
    share = torch.tensor([share for _, share in strides])
    stride = every[torch.multinomial(share, batch, replacement=True, generator=generator)]
    young = torch.rand(batch, generator=generator) < 0.1
    first = torch.randint(0, 9, (batch,), generator=generator) * young
    sampled = see_every(features, stride, window // 2)
    rows = window_rows(batch, lookahead, first, window)
    return sampled[torch.arange(batch)[:, None, None], rows]


@dataclass(frozen=True, slots=True)
class Criterion:
    """The loss of temporal networks on windows."""

    body: PointBody
    weights: LossWeights
    auxiliary: float
    """Weight of the outputs beside the final one: STR's two cross features, TCMR's past and future."""

    def __call__(
        self, head: Head, windows: Tensor, target: Target, bypassed: NetworkSettings | None = None
    ) -> tuple[Tensor, Tensor]:
        """Loss on (B, K, T, C) windows with the truth of their B * K described frames, and its 3D error.

        With `bypassed`, the second half of the sequences runs with those switches. The error is that of the
        sequences that ran whole, (B or B / 2, K, 45, 3).
        """
        if bypassed is None:
            loss, error = self._loss(head, windows, target, None)
            return 2 * loss, error  # as two halves together
        half = len(windows) // 2
        rows = torch.arange(len(windows) * OUTPUTS)
        early, late = rows.split([half * OUTPUTS, (len(windows) - half) * OUTPUTS])
        loss, error = self._loss(head, windows[:half], target.index(early), None)
        return loss + self._loss(head, windows[half:], target.index(late), bypassed)[0], error

    def _loss(
        self, head: Head, windows: Tensor, target: Target, switches: NetworkSettings | None
    ) -> tuple[Tensor, Tensor]:
        output = head.temporal(windows.flatten(0, 1), switches).features  # (B * K, 3 or 1, C)
        loss, error = pose_loss(head.regressor(output[:, -1]), target, self.body, self.weights)
        error = error.unflatten(0, (-1, OUTPUTS))
        loss = loss + motion_loss(error, self.weights)
        for aside in output[:, :-1].unbind(1):
            beside = pose_loss(head.regressor(aside), target, self.body, self.weights)[0]
            loss = loss + self.auxiliary * beside
        return loss, error.detach()


def window_figures(name: str, loss: Tensor, error: Tensor) -> dict[str, float]:
    """Of one network's (B, K, 45, 3) error: mean distance of joints, and of their accelerations."""
    jump = error[:, 2:] - 2 * error[:, 1:-1] + error[:, :-2]
    return {
        f"{name}_loss": loss.item(),
        f"{name}_mpjpe_mm": mean_joint_distance_mm(error.flatten(0, 1)[:, :24]).item(),
        f"{name}_accel_mm": mean_joint_distance_mm(jump.flatten(0, 1)[:, :24]).item(),
    }
