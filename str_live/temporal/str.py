"""STR: Spatio-Temporal tendency Reasoning (BMVC 2022, arXiv 2210.03659); every open reading is an option.

In: (B, 16, C) features of 16 frames 1/30 s apart. Out: (B, C) feature of frame 8.

The authors released no code. This follows the paper's text, the code that it builds on and the published
parameter count; `STRConfig` names each choice. With the defaults ("variant A") and width 2048 the
encoder has 96,737,544 parameters, which gives the published total of 127.19 M under the field's common
counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from str_live.settings import NetworkSettings
from str_live.temporal.contract import TemporalOutput

CHOICES = {
    "ttr_mode": ("add", "cascade", "tea"),
    "ttr_first": ("raw", "none"),
    "ttr_readout": ("mid", "last", "mean", "near"),
    "ste_conv": ("depthwise3", "full3", "pointwise1", "time_as_channels", "none"),
    "ste_fft": ("identity", "literal", "gain"),
    "integration_act": ("tanh", "relu"),
    "self_mode": ("nearest", "all", "repeat"),
    "cross_step": ("inner", "flip_last"),
}
"""What STRConfig's named readings may be."""


@dataclass(frozen=True, slots=True)
class STRConfig:
    """Width and readings of the network. The defaults are the paper as we read it."""

    width: int = 2048
    """C: channels of a feature, and of everything inside."""
    window: int = 16
    """T: frames of a window; the middle one, T // 2, is described."""
    gru_bidirectional: bool = True
    """False: one direction, followed by ReLU and a Linear back to C."""
    ttr_mode: str = "add"
    """'add' GRU(F_i) + F_(i-1)^o | 'cascade' GRU(F_(i-1)^o) + F_i | 'tea' GRU(F_i + F_(i-1)^o)."""
    ttr_fragments: int = 4
    ttr_share: bool = False
    """True: one GRU for all fragments."""
    ttr_first: str = "raw"
    """F_1^o: 'raw' F_1 (the paper), which adds poses of up to half a second ago to every later fragment, as
    they are | 'none' 0 (not in the paper)."""
    ttr_readout: str = "mid"
    """Which frames of F_ttr go on: 'mid' (the paper), 'last', 'mean' and 'near', a mean weighted towards the
    middle (not in the paper); these two train every weight."""
    ste_conv: str = "depthwise3"
    """'depthwise3' | 'full3' | 'pointwise1' | 'time_as_channels' | 'none' (the gate sees raw differences)."""
    ste_abs: bool = False
    """Pool |M_1| instead of M_1. Signed differences telescope: the paper's gate sees the two end frames
    only."""
    ste_zero_pad: bool = False
    """Append a zero difference for the last step (TEA); scales the mean by (T - 1) / T."""
    ste_share_gru: bool = True
    """One GRU for both domains; False: one each."""
    ste_fft: str = "identity"
    """FFT followed by its inverse is the identity: 'identity' skips it, 'literal' runs it (parity tests),
    'gain' learns a complex gain per frequency and channel in between, 1 at first (not in the paper)."""
    integration_fc: bool = False
    """ReLU + Linear on each input of an integration, as TCMR has it."""
    integration_act: str = "tanh"
    """'tanh' (TCMR's code) | 'relu' (the paper's prose)."""
    integration_share: bool = True
    """Self-integration shares the final fusion's attention, and both cross calls one; False: one each."""
    attention_width: int = 256
    self_mode: str = "nearest"
    """'nearest': the self_n frames of a half nearest the middle | 'all': all frames of it | 'repeat': the
    nearest, integrated self_n times, each time with the last result in the innermost frame's place."""
    self_n: int = 3
    halves_layers: int = 1
    halves_share: bool = True
    """One GRU for both halves; False: one each."""
    cross_step: str = "inner"
    """'inner': the step of a half nearest the middle | 'flip_last': the later half backwards, last steps."""
    aux_supervision: bool = True
    """In training return [F_SF, F_CF, Z], all supervised; False: Z alone."""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} {getattr(self, name)!r}: choose {', '.join(choices)}")


def variant_b(width: int = 2048) -> STRConfig:
    """Another reading with the published parameter count (127,185,666): TCMR-like, unidirectional."""
    return STRConfig(
        width=width,
        gru_bidirectional=False,
        ste_conv="full3",
        halves_layers=2,
        halves_share=False,
        cross_step="flip_last",
    )


class Recurrence(nn.Module):
    """One "GRU" of the paper: (B, T, C) -> (B, T, C)."""

    def __init__(self, config: STRConfig, layers: int = 1) -> None:
        super().__init__()
        hidden = config.width // 2
        both = config.gru_bidirectional
        self.gru = nn.GRU(config.width, hidden, layers, batch_first=True, bidirectional=both)
        self.linear = None if both else nn.Linear(hidden, config.width)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        states, _ = self.gru(features)
        return states if self.linear is None else self.linear(torch.relu(states))


class Integration(nn.Module):
    """Attention over n vectors (eq. 6 and 7; TCMR's TemporalAttention): one softmax over all of them."""

    def __init__(self, inputs: int, config: STRConfig) -> None:
        super().__init__()
        width = config.attention_width
        self.inputs = inputs
        self.fc = nn.Linear(config.width, width)
        activation = nn.Tanh if config.integration_act == "tanh" else nn.ReLU
        # The activation after the last layer is in TCMR's code: it bounds each weight away from 0 and 1.
        self.attention = nn.Sequential(
            nn.Linear(inputs * width, width),
            activation(),
            nn.Linear(width, width),
            activation(),
            nn.Linear(width, inputs),
            activation(),
        )
        count = inputs if config.integration_fc else 0
        self.linears = nn.ModuleList(nn.Linear(config.width, config.width) for _ in range(count))

    def forward(self, vectors: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
        """n vectors (B, C), None for a bypassed one -> their mixture (B, C) and the weights (B, n).

        A bypassed vector enters with h = 0 and leaves the softmax, so that one checkpoint can be toggled.
        """
        present = [v for v in vectors if v is not None]
        filled = [torch.zeros_like(present[0]) if v is None else v for v in vectors]
        if self.linears:
            filled = [linear(torch.relu(v)) for linear, v in zip(self.linears, filled, strict=True)]
        stacked = torch.stack(filled, dim=1)  # (B, n, C)
        hidden = self.fc(stacked)  # (B, n, 256)
        if len(present) == len(vectors):
            weights = torch.softmax(self.attention(hidden.flatten(1)), dim=-1)  # (B, n)
        else:
            # Each filled on the device: a copy from the CPU could not be captured in a CUDA graph.
            mask = torch.stack([stacked.new_full((), v is not None, dtype=torch.bool) for v in vectors])
            logits = self.attention((hidden * mask[:, None]).flatten(1))
            weights = torch.softmax(logits.masked_fill(~mask, float("-inf")), dim=-1)
        return (weights[..., None] * stacked).sum(1), weights


NEAR_FRAMES = 1.5
"""Sigma of the weights of TTR's read-out 'near'."""


class TTR(nn.Module):
    """Temporal tendency reasoning (eq. 1, 2): fragments of the window, each on top of the one before."""

    def __init__(self, config: STRConfig) -> None:
        super().__init__()
        self.mode, self.readout = config.ttr_mode, config.ttr_readout
        self.starts_empty = config.ttr_first == "none"
        self.fragments, self.middle = config.ttr_fragments, config.window // 2
        count = 1 if config.ttr_share else max(config.ttr_fragments - 1, 1)
        self.grus = nn.ModuleList(Recurrence(config) for _ in range(count))

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, C) -> (B, C), the read-out of F_ttr = F + [F_1^o | ... | F_n^o]."""
        enriched = features[:, : self._frames_read(features.shape[1])]
        enriched = enriched + self._fragments(enriched, features.shape[1] // self.fragments)
        if self.readout == "mean":
            return enriched.mean(1)
        if self.readout == "near":
            distance = torch.arange(-self.middle, enriched.shape[1] - self.middle, device=features.device)
            weights = torch.softmax(-0.5 * (distance / NEAR_FRAMES) ** 2, dim=0).to(features.dtype)
            return torch.einsum("btc,t->bc", enriched, weights)
        return enriched[:, -1 if self.readout == "last" else self.middle]

    def _frames_read(self, frames: int) -> int:
        """Frames up to the end of the last fragment that the read-out needs; the rest is not computed."""
        length = frames // self.fragments
        return (self.middle // length + 1) * length if self.readout == "mid" else frames

    def _fragments(self, features: Tensor, length: int) -> Tensor:
        """[F_1^o | F_2^o | ...] along time; one fragment alone means one GRU over all of it."""
        if self.fragments == 1:
            return self.grus[0](features)
        first, *others = features.split(length, dim=1)
        outputs = [torch.zeros_like(first) if self.starts_empty else first]
        for index, fragment in enumerate(others):
            gru, previous = self.grus[index % len(self.grus)], outputs[-1]
            if self.mode == "add":
                outputs.append(gru(fragment) + previous)
            elif self.mode == "cascade":
                outputs.append(gru(previous) + fragment)
            else:
                outputs.append(gru(fragment + previous))
        return torch.cat(outputs, dim=1)


class STE(nn.Module):
    """Spatial tendency enhancing (eq. 3 to 5): GRU features gated per channel, by time and frequency."""

    def __init__(self, config: STRConfig) -> None:
        super().__init__()
        width = config.width
        self.absolute, self.zero_pad, self.fft = config.ste_abs, config.ste_zero_pad, config.ste_fft
        self.across_channels = config.ste_conv == "time_as_channels"
        self.conv = {
            "depthwise3": lambda: nn.Conv1d(width, width, 3, padding=1, groups=width, bias=False),
            "full3": lambda: nn.Conv1d(width, width, 3, padding=1),
            "pointwise1": lambda: nn.Conv1d(width, width, 1),
            "time_as_channels": lambda: nn.Conv1d(config.window, config.window, 3, padding=1),
            "none": lambda: None,
        }[config.ste_conv]()
        self.gru = Recurrence(config)
        self.gru_frequency = None if config.ste_share_gru else Recurrence(config)
        self.gain = None
        if self.fft == "gain":
            ones = torch.ones(config.window // 2 + 1, width, 1)
            self.gain = nn.Parameter(torch.cat([ones, torch.zeros_like(ones)], -1))  # real, imaginary

    def forward(self, features: Tensor, middle: int, time: bool, frequency: bool) -> list[Tensor | None]:
        """(B, T, C) -> [STE_1[middle], STE_2[middle]], each (B, C), None where bypassed."""
        if not (time or frequency):
            return [None, None]
        states = self.gru(features)
        gated_time = states[:, middle] * self.time_gate(features) if time else None
        return [gated_time, self._frequency(features, states, middle) if frequency else None]

    def time_gate(self, features: Tensor) -> Tensor:
        """A_1 (B, C) of eq. 4: sigmoid of the mean over time of M_1 = D_S - D_F."""
        difference = features[:, 1:] - features[:, :-1]  # D_F (B, T - 1, C)
        if self.conv is not None:
            smoothed = self.conv(features) if self.across_channels else self.conv(features.mT).mT
            difference = (smoothed[:, 1:] - smoothed[:, :-1]) - difference
        pooled = difference.abs().mean(1) if self.absolute else difference.mean(1)
        if self.zero_pad:
            pooled = pooled * (features.shape[1] - 1) / features.shape[1]
        return torch.sigmoid(pooled)

    def _frequency(self, features: Tensor, states: Tensor, middle: int) -> Tensor:
        """STE_2[middle] (B, C) of eq. 5: the GRU of Re(IFFT(FFT(F))), gated by the overall difference M_2."""
        alone = self.fft != "identity" or self.gru_frequency is not None
        gru = self.gru_frequency or self.gru
        enhanced = gru(self._through_frequencies(features)) if alone else states
        gate = torch.sigmoid((states - features).mean(1))
        return enhanced[:, middle] * gate

    def _through_frequencies(self, features: Tensor) -> Tensor:
        """(B, T, C) -> Re(IFFT(FFT(F))), the features themselves but for the gain where it is learnt."""
        if self.fft == "identity":
            return features
        # Always in float32: half-precision FFTs exist on few devices.
        if self.gain is None:
            return torch.fft.ifft(torch.fft.fft(features.float(), dim=1), dim=1).real.to(features.dtype)
        spectrum = torch.fft.rfft(features.float(), dim=1) * torch.view_as_complex(self.gain.float())
        return torch.fft.irfft(spectrum, n=features.shape[1], dim=1).to(features.dtype)


class Parts(NamedTuple):
    """What the integrations mix; None for what no network uses."""

    middle: Tensor
    """(B, C) the middle frame's own feature."""
    reasoned: Tensor | None
    """(B, C) TTR."""
    time: Tensor | None
    """(B, C) STE_1."""
    frequency: Tensor | None
    """(B, C) STE_2."""
    early: Tensor | None
    """(B, T / 2, C) c_1."""
    late: Tensor | None
    """(B, T / 2, C) c_2."""


class STR(nn.Module):
    """The whole temporal encoder: (B, T, C) -> the feature of the middle frame (Algorithm 1, eq. 6, 7)."""

    def __init__(self, config: STRConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or STRConfig()
        self.window, self.middle = config.window, config.window // 2
        self.self_n = self.middle if config.self_mode == "all" else config.self_n
        self.self_rounds = config.self_n if config.self_mode == "repeat" else 1
        self.ttr = TTR(config)
        self.ste = STE(config)
        halves = 1 if config.halves_share else 2
        self.gru_halves = nn.ModuleList(Recurrence(config, config.halves_layers) for _ in range(halves))
        # Sharing that meets the parameter count: F_STR has its own, final and self share one where both take
        # three vectors, the two cross calls share one.
        self.integrate_str = Integration(3, config)
        self.integrate_final = Integration(3, config)
        shared = config.integration_share
        self.integrate_self = None if shared and self.self_n == 3 else Integration(self.self_n, config)
        self.integrate_self_late = None if shared else Integration(self.self_n, config)
        self.integrate_cross = Integration(2, config)
        self.integrate_cross_late = None if shared else Integration(2, config)

    def forward(self, features: Tensor, network: NetworkSettings | None = None) -> TemporalOutput:
        """(B, T, C) -> (B, 3, C) [F_SF, F_CF, Z] in training, (B, 1, C) Z else; `network`: which modules."""
        if features.ndim != 3 or features.shape[1] != self.window:
            raise ValueError(
                f"STR takes windows of {self.window} frames, (B, {self.window}, {self.config.width}); "
                f"got {tuple(features.shape)}"
            )
        network = network or NetworkSettings()
        return self.mix(self.parts(features, [network]), network)

    def parts(self, features: Tensor, networks: Sequence[NetworkSettings]) -> Parts:
        """What the integrations of any of `networks` mix, of (B, T, C) features.

        The switches of a network choose among the parts and change none of them.
        """

        def used(*names: str) -> bool:
            return any(getattr(network, name) for network in networks for name in names)

        reasoned = self.ttr(features) if used("ttr") else None
        time, frequency = self.ste(features, self.middle, used("ste_time"), used("ste_freq"))
        halves = used("self_integration", "cross_integration")
        early, late = self._halves(features) if halves else (None, None)
        return Parts(features[:, self.middle], reasoned, time, frequency, early, late)

    def mix(self, parts: Parts, network: NetworkSettings) -> TemporalOutput:
        """The integrations of Algorithm 1 that `network` asks for."""
        attention: dict[str, Tensor] = {}
        tendency = self._tendency(parts, network, attention)
        if not (network.self_integration or network.cross_integration):
            # Without both strategies nothing integrates the halves: they leave the final softmax.
            return TemporalOutput(tendency[:, None], attention)
        before, after = self._cross(parts, network, attention)
        fused, attention["final"] = self.integrate_final([before, tendency, after])
        if self.training and self.config.aux_supervision:
            return TemporalOutput(torch.stack([before, after, fused], dim=1), attention)
        return TemporalOutput(fused[:, None], attention)

    def _tendency(self, parts: Parts, network: NetworkSettings, attention: dict[str, Tensor]) -> Tensor:
        """F_STR (B, C) of eq. 6; the frame's own feature when all three inputs are bypassed."""
        sources = [
            parts.reasoned if network.ttr else None,
            parts.time if network.ste_time else None,
            parts.frequency if network.ste_freq else None,
        ]
        if all(source is None for source in sources):
            return parts.middle
        mixed, attention["str"] = self.integrate_str(sources)
        return mixed

    def _halves(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """c_1 and c_2, (B, T / 2, C) each: Algorithm 1, line 1."""
        early, late = features[:, : self.middle], features[:, self.middle :]
        backwards = self.config.cross_step == "flip_last"
        late = late.flip(1) if backwards else late
        if len(self.gru_halves) == 1:  # both at once: its weights are read half as often
            early, late = self.gru_halves[0](torch.cat([early, late])).chunk(2)
        else:
            early, late = self.gru_halves[0](early), self.gru_halves[1](late)
        return early, late.flip(1) if backwards else late

    def _cross(
        self, parts: Parts, network: NetworkSettings, attention: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """F_SF and F_CF, (B, C) each: Algorithm 1, lines 2 to 4."""
        assert parts.early is not None
        assert parts.late is not None
        early, late = parts.early[:, -1], parts.late[:, 0]  # the steps nearest the middle
        early_self, late_self = early, late
        if network.self_integration:
            early_frames, late_frames = parts.early[:, -self.self_n :], parts.late[:, : self.self_n]
            early_self, attention["self_before"] = self._self_integration(early_frames, late=False)
            late_self, attention["self_after"] = self._self_integration(late_frames, late=True)
        if not network.cross_integration:
            return early_self, late_self
        before, attention["cross_before"] = self.integrate_cross([early_self, late])
        integrate_late = self.integrate_cross_late or self.integrate_cross
        after, attention["cross_after"] = integrate_late([early, late_self])
        return before, after

    def _self_integration(self, states: Tensor, *, late: bool) -> tuple[Tensor, Tensor]:
        """c' (B, C) and the weights (B, n) from the frames (B, n, C) of a half: Algorithm 1, line 2."""
        integrate = (
            (self.integrate_self_late if late else None) or self.integrate_self or self.integrate_final
        )
        vectors, innermost = list(states.unbind(1)), 0 if late else -1
        mixed, weights = integrate(vectors)
        for _ in range(self.self_rounds - 1):
            vectors[innermost] = mixed
            mixed, weights = integrate(vectors)
        return mixed, weights
