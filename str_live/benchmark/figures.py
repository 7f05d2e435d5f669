"""The benchmark's figures as SVG files: validation over training, and acceleration over one test clip.

In: histories of runs, errors of one video by method. Out: files; matplotlib is used where it is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from str_live.evaluate.protocols import SequenceErrors

NO_MATPLOTLIB = "The figures were not drawn: they need matplotlib (pip install matplotlib)."

Histories = Mapping[str, Sequence[Sequence[Mapping[str, float]]]]
"""Label -> for each seed its epochs."""


def draw_training(histories: Histories, path: Path) -> str:
    """Validation PA-MPJPE and Accel over epochs: the mean of the seeds, and their range as a shade."""

    def draw(figure: Any) -> None:
        for axes, name, unit in zip(
            figure.subplots(1, 2), ("val_pa_mpjpe_mm", "val_accel_mm"), ("mm", "mm/frame²"), strict=True
        ):
            for label, seeds in histories.items():
                values = np.array([[epoch[name] for epoch in seed] for seed in seeds])  # (seeds, epochs)
                epochs = np.arange(1, values.shape[1] + 1)
                (line,) = axes.plot(epochs, values.mean(0), linewidth=1.2, label=label)
                axes.fill_between(epochs, values.min(0), values.max(0), alpha=0.15, color=line.get_color())
            what = "PA-MPJPE" if "pa" in name.split("_") else "acceleration error"
            axes.set(xlabel="epoch", ylabel=f"{what} in validation ({unit})")
        _legend_below(figure)

    return _save(draw, path, "validation over training")


def draw_clip(errors: Mapping[str, SequenceErrors], path: Path) -> str:
    """Figure 5(b) of the paper for one video: acceleration error, and below it the acceleration itself."""

    def draw(figure: Any) -> None:
        above, below = figure.subplots(2, 1, sharex=True)
        for label, video in errors.items():
            above.plot(video.accel_mm, linewidth=0.9, label=f"{label} ({video.accel_mm.mean():.1f})")
            below.plot(video.own_accel_mm, linewidth=0.9)
        truth = next(iter(errors.values()))
        below.plot(truth.true_accel_mm, color="black", linewidth=1.2)
        above.set(ylabel="acceleration error\n(mm/frame²)", title=truth.name, yscale="log")
        below.set(ylabel="acceleration, the truth's\nin black (mm/frame²)", xlabel="frame", yscale="log")
        _legend_below(figure)

    return _save(draw, path, "acceleration of one clip")


def _legend_below(figure: Any) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")


def _save(draw: Callable[[Any], None], path: Path, what: str) -> str:
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # no window, no global state
        from matplotlib.figure import Figure
    except ImportError:
        return NO_MATPLOTLIB
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasSVG(figure)
    draw(figure)
    figure.savefig(path)
    return f"{path}: {what}"
