"""What the networks that run are called: in legends, marks, the table, the status bar and films."""

from __future__ import annotations

import numpy as np

from str_live.messages import Replay
from str_live.settings import NETWORK_NAMES, NetworkSettings, Settings

MODULES = (
    (
        "ttr",
        "TTR",
        "Temporal tendency reasoning (eq. 1 and 2): the window is cut into four fragments, and each\n"
        "is reasoned about by a GRU on top of the one before it.",
    ),
    (
        "ste_time",
        "STE, time",
        "Spatial tendency enhancing in the time domain (eq. 3 and 4): a gate per channel, made from the\n"
        "differences of neighbouring frames, says which channels of the GRU's features count.",
    ),
    (
        "ste_freq",
        "STE, frequency",
        "Spatial tendency enhancing in the frequency domain (eq. 5): the features pass a Fourier transform\n"
        "and its inverse; a gate from the overall difference says which channels count.",
    ),
    (
        "self_integration",
        "self-integration",
        "Algorithm 1, line 2: the frames of each half of the window nearest its middle are weighted\n"
        "by attention and summed, past and future apart.",
    ),
    (
        "cross_integration",
        "cross-integration",
        "Algorithm 1, lines 3 and 4: the enhanced past is integrated with the future, and the enhanced\n"
        "future with the past, before all is fused (eq. 7).",
    ),
)
"""Field of NetworkSettings, name as in the paper, and what it does."""
NETWORK_TIPS = {
    "str": "STR: sixteen frames make one body.",
    "tcmr": "TCMR: forecasts of the body from past and from future frames, mixed with all sixteen.",
    "vibe": "VIBE: the frames up to the body's own; it does not look ahead.",
    "frame": "Per-frame: the same front end without anything temporal.",
}
ATTENTION_NAMES = {"str": ("TTR", "time", "frequency"), "tcmr": ("past", "all frames", "future")}
"""Inputs of the integration that is shown, in its order: of STR the one that gives F_STR (eq. 6)."""


def variant_text(network: NetworkSettings) -> str:
    """A network in a few words: 'STR', 'STR without TTR', 'STR, 2 of 5 modules', 'TCMR', 'per-frame'."""
    name = NETWORK_NAMES[network.temporal]
    off = [text for key, text, _ in MODULES if not getattr(network, key)]
    if network.temporal != "str" or not off:
        return name
    if len(off) == 1:
        return f"{name} without {off[0]}"
    return f"{name}, {len(MODULES) - len(off)} of {len(MODULES)} modules"


def variant_texts(running: Settings) -> dict[str, str]:
    """What runs, by variant: A, and B while comparing."""
    return {name: variant_text(variant.network) for name, variant in running.variants.items()}


def shown_texts(running: Settings, replay: Replay | None) -> dict[str, str]:
    """What the bodies on screen were made by: what runs, or what had run when they were recorded."""
    return variant_texts(running) if replay is None else {"A": f"recorded {replay.made_by}".rstrip()}


def change_text(running: Settings, old: Settings) -> str:
    """What became of the networks, for a mark in the plots; '' where they are as they were."""
    for name, variant in running.variants.items():
        if variant.network != old.variant(name).network:
            return f"{name}  {variant_text(variant.network)}"
    if running.lookahead != old.lookahead:
        return f"look-ahead {running.lookahead}"
    return ""


def attention_text(attention: dict[str, np.ndarray]) -> str:
    """'A attends to TTR 41 %, time 33 %, frequency 26 %'; '' where nothing is integrated."""
    for network, names in ATTENTION_NAMES.items():
        weights = attention.get(network)
        if weights is not None and len(weights) == len(names):
            named = zip(names, weights, strict=True)
            return "A attends to " + ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in named)
    return ""


def missing_text(missing: dict[str, str]) -> str:
    """'No weights for STR, TCMR and VIBE: choose them below.'; '' where every network has some."""
    names = [NETWORK_NAMES[name] for name in missing]
    if not names:
        return ""
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"No weights for {listed}: choose theirs under Weights below."
