"""Starts temporal networks from the per-frame solution, so that they learn from it and not from noise.

In: a network of features that lie in [-1, 1]. STR and TCMR become smoothers of the features, VIBE adds
nothing to them. Networks that started so learned within minutes what those from scratch never did; the
architectures are untouched.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from str_live.temporal import STR, TCMR, VIBE
from str_live.temporal.str import Recurrence

NOISE = 0.01
"""Sigma of what the written weights are sown with: nothing learns from exact zeros alone."""
SAMPLES = 4096


def start_temporal(network: nn.Module, generator: torch.Generator) -> None:
    """Give a temporal network that is about to learn its start."""
    if isinstance(network, STR):
        initialise_as_smoother(network, generator)
    elif isinstance(network, TCMR):
        initialise_tcmr_as_smoother(network, generator)
    elif isinstance(network, VIBE):
        initialise_as_identity(network)


def initialise_as_smoother(
    encoder: STR, generator: torch.Generator, gain: float = 1.15, keep: float = 0.3
) -> None:
    """Start a bidirectional STR as a smoother, instead of as noise.

    Every GRU becomes h_t = (1 - keep) tanh(gain x_t) + keep h_(t-1) on its own half of the channels (one half
    runs forwards, the other backwards), plus a little noise. Where F_1 is passed on as it is, the second
    fragment's GRU starts negative, so that F_1 and F_2^o cancel. Where it is not, TTR's GRUs start with
    next to nothing, so that TTR is the mean of the features that its read-out takes.
    """
    if not encoder.config.gru_bidirectional:
        raise ValueError("initialise_as_smoother is for bidirectional GRUs")
    recurrences = [module for module in encoder.modules() if isinstance(module, Recurrence)]
    with torch.no_grad():
        for recurrence in recurrences:
            gru = recurrence.gru
            channels = torch.eye(gru.input_size).split(gru.hidden_size)
            for suffix, own in zip(("l0", "l0_reverse"), channels, strict=True):
                _write_average(gru, suffix, gain * own, generator, keep=keep)
        if encoder.config.ttr_first == "none":
            for name, parameter in encoder.ttr.named_parameters():
                if "weight_ih" in name:
                    parameter.mul_(0.1)
        elif len(encoder.ttr.grus) > 1:
            for name, parameter in encoder.ttr.grus[0].gru.named_parameters():
                if "weight_ih" in name:
                    parameter.neg_()
            for name, parameter in encoder.ttr.grus[1].gru.named_parameters():
                if "weight_ih" in name:
                    parameter.mul_(0.1)


def initialise_tcmr_as_smoother(
    encoder: TCMR, generator: torch.Generator, gain: float = 0.5, keep: float = 0.3, lift: float = 0.6
) -> None:
    """Start TCMR as a smoother: each of its three descriptions is an average of the features it sees.

    Both layers of each GRU average what they take, the lower one as many directions of the feature as it has
    room for; `lift` keeps the states positive, as a ReLU follows. The Linear behind it is the one that gives
    constant features back best.
    """
    pairs = (
        (encoder.gru_bef, encoder.linear_bef),
        (encoder.gru_cur, encoder.linear_cur),
        (encoder.gru_aft, encoder.linear_aft),
    )
    with torch.no_grad():
        for gru, linear in pairs:
            turn = torch.linalg.qr(torch.randn(encoder.width, encoder.width, generator=generator))[0]
            hidden, suffixes = gru.hidden_size, ("", "_reverse") if gru.bidirectional else ("",)
            passed = torch.eye(hidden * len(suffixes)).split(hidden)
            for direction, suffix in enumerate(suffixes):
                # The two directions together see every direction of the feature.
                seen = turn.roll(direction * hidden, 0)[torch.arange(hidden) % encoder.width]
                _write_average(gru, f"l0{suffix}", gain * seen, generator, keep=keep, lift=lift)
                _write_average(gru, f"l1{suffix}", passed[direction], generator, keep=keep)
            _read_back(gru, linear, encoder.middle, generator)


def initialise_as_identity(encoder: VIBE) -> None:
    """Let VIBE return its input: its residual alone."""
    nn.init.zeros_(encoder.linear.weight)
    nn.init.zeros_(encoder.linear.bias)


def _write_average(
    gru: nn.GRU, suffix: str, taken: Tensor, generator: torch.Generator, *, keep: float, lift: float = 0.0
) -> None:
    """Make one layer and direction of a GRU h_t = (1 - keep) tanh(taken x_t + lift) + keep h_(t-1).

    `taken` is (hidden, inputs). Gates are ordered reset, update, new.
    """
    hidden = gru.hidden_size
    weight_ih, weight_hh = getattr(gru, f"weight_ih_{suffix}"), getattr(gru, f"weight_hh_{suffix}")
    bias = getattr(gru, f"bias_ih_{suffix}")
    weight_ih.copy_(torch.randn(weight_ih.shape, generator=generator) * NOISE)
    weight_hh.copy_(torch.randn(weight_hh.shape, generator=generator) * NOISE)
    bias.zero_()
    getattr(gru, f"bias_hh_{suffix}").zero_()
    bias[hidden : 2 * hidden] = float(torch.logit(torch.tensor(keep)))
    bias[2 * hidden :] = lift
    weight_ih[2 * hidden :] += taken


def _read_back(gru: nn.GRU, linear: nn.Linear, steps: int, generator: torch.Generator) -> None:
    """Make `linear` the least-squares map from the state after `steps` equal features to that feature."""
    features = 2 * torch.rand(SAMPLES, gru.input_size, generator=generator) - 1
    states = gru(features[:, None].expand(-1, 2 * steps, -1))[0][:, steps]
    known = torch.cat([torch.relu(states), torch.ones(SAMPLES, 1)], dim=1)  # (N, states + 1)
    ridge = 1e-6 * SAMPLES * torch.eye(known.shape[1])
    found = torch.linalg.solve(known.T @ known + ridge, known.T @ features)
    linear.weight.copy_(found[:-1].T)
    linear.bias.copy_(found[-1])
