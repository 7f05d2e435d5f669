"""Starts an STR as a smoother of its features: it then learns from the per-frame solution, not from noise."""

from __future__ import annotations

import torch
from torch import nn

from str_live.temporal.str import STR, Recurrence


def initialise_as_smoother(
    encoder: STR, generator: torch.Generator, gain: float = 1.15, keep: float = 0.3
) -> None:
    """Start a bidirectional STR as a smoother of features that lie in [-1, 1], instead of as noise.

    Every GRU becomes h_t = (1 - keep) tanh(gain x_t) + keep h_(t-1) on its own half of the channels (one half
    runs forwards, the other backwards), plus a little noise. A network that starts from the per-frame
    solution and averages neighbouring frames from the first step learned within minutes what one from
    scratch never did; the architecture is untouched. The second fragment's GRU starts negative, so that F_1
    and F_2^o cancel.
    """
    if not encoder.config.gru_bidirectional:
        raise ValueError("initialise_as_smoother is for bidirectional GRUs")
    recurrences = [module for module in encoder.modules() if isinstance(module, Recurrence)]
    with torch.no_grad():
        for recurrence in recurrences:
            _smooth_gru(recurrence.gru, generator, gain, keep)
        if len(encoder.ttr.grus) > 1:
            for name, parameter in encoder.ttr.grus[0].gru.named_parameters():
                if "weight_ih" in name:
                    parameter.neg_()
            for name, parameter in encoder.ttr.grus[1].gru.named_parameters():
                if "weight_ih" in name:
                    parameter.mul_(0.1)


def _smooth_gru(gru: nn.GRU, generator: torch.Generator, gain: float, keep: float) -> None:
    """Write the smoothing weights into one bidirectional GRU; gates are ordered reset, update, new."""
    hidden = gru.hidden_size
    for direction, suffix in enumerate(("", "_reverse")):
        weight_ih = getattr(gru, f"weight_ih_l0{suffix}")
        weight_hh = getattr(gru, f"weight_hh_l0{suffix}")
        bias = getattr(gru, f"bias_ih_l0{suffix}")
        weight_ih.copy_(torch.randn(weight_ih.shape, generator=generator) * 0.01)
        weight_hh.copy_(torch.randn(weight_hh.shape, generator=generator) * 0.01)
        bias.zero_()
        getattr(gru, f"bias_hh_l0{suffix}").zero_()
        bias[hidden : 2 * hidden] = float(torch.logit(torch.tensor(keep)))
        rows = torch.arange(hidden)
        weight_ih[2 * hidden + rows, direction * hidden + rows] += gain
