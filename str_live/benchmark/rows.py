"""The rows of the benchmark's tables: each a name, and what it changes in the configuration.

To add a row: a line here. Sizes of TCMR and VIBE give them as many parameters as STR has at 256 channels
(1.58 M beside the regressor); rows of ABLATION change nothing else, so they go with any configuration of STR.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: `python -m str_live.train paper CONFIG --set CHANGE ...`."""

    name: str
    """Also its folder."""
    label: str
    changes: tuple[str, ...] = ()


FULL = Row("str", "STR, paper reading")
MEAN = Row("mean", "STR, TTR read out by its mean", ('network.switches.ttr_readout="mean"',))
BEST = Row(
    "mean_relu", "STR, TTR's mean and ReLU", (*MEAN.changes, 'network.switches.integration_act="relu"')
)
"""Of the readings the one that did best in validation, that of the delivered weights (docs/benchmark.md)."""
METHODS = (
    Row("frame", "per frame", ("network.temporal=frame",)),
    Row("vibe", "VIBE", ("network.temporal=vibe", "network.hidden=365")),
    Row("tcmr", "TCMR", ("network.temporal=tcmr", "network.hidden=149")),
    FULL,
    MEAN,
    BEST,
    Row("str_smoother", "STR, smoother start", ("start_as_smoother=true",)),
)
"""The free benchmark's main table."""
ABLATION = (
    Row("without_ttr", "without TTR", ('network.bypassed=["ttr"]',)),
    Row("without_ste", "without STE", ('network.bypassed=["ste_time","ste_freq"]',)),
    Row("without_ste_time", "without STE, time domain", ('network.bypassed=["ste_time"]',)),
    Row("without_ste_freq", "without STE, frequency domain", ('network.bypassed=["ste_freq"]',)),
    Row("without_self", "without self-integration", ('network.bypassed=["self"]',)),
    Row("without_cross", "without cross-integration", ('network.bypassed=["cross"]',)),
)
"""Table 2 of the paper; its last line is FULL."""
READINGS = (
    MEAN,
    BEST,
    Row("relu", "STR, integration with ReLU", ('network.switches.integration_act="relu"',)),
    Row("mean_smoother", "STR, TTR's mean and smoother start", (*MEAN.changes, "start_as_smoother=true")),
    Row("abs", "STR, STE pools absolute differences", ("network.switches.ste_abs=true",)),
    Row("tea", "STR, TTR as in TEA", ('network.switches.ttr_mode="tea"',)),
    Row("self_all", "STR, self-integration of all 8 frames", ('network.switches.self_mode="all"',)),
    Row("own_attention", "STR, no shared attention", ("network.switches.integration_share=false",)),
    Row(
        "variant_b",
        "STR, variant B (unidirectional)",
        (
            "network.switches.gru_bidirectional=false",
            'network.switches.ste_conv="full3"',
            "network.switches.halves_layers=2",
            "network.switches.halves_share=false",
            'network.switches.cross_step="flip_last"',
        ),
    ),
)
"""Other readings of the paper (docs/str.md), screened with one seed on the validation set."""
ROWS = {row.name: row for row in (*METHODS, *ABLATION, *READINGS)}


def rows_named(names: list[str]) -> list[Row]:
    """The rows of these names; raises ValueError for one that there is not."""
    for name in names:
        if name not in ROWS:
            raise ValueError(f"there is no row {name!r}: choose among {', '.join(ROWS)}")
    return [ROWS[name] for name in names]
