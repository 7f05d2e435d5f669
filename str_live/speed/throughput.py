"""Windows a second of STR, TCMR, VIBE and the per-frame network, side by side, in training and evaluation.

In: width of the features and size of a batch; their content is random. Out: medians, and ratios against STR.
All take turns within every round, another one first each time, so that a busy machine slows all alike: the
ratios (medians of each round's own ratio) hold where windows a second do not. A step of training is the whole
step of `python -m str_live.train paper CONFIG` but for loading: network, joints of the free body, losses,
gradients, Adam. Evaluation is temporal network and regressor.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from str_live.body.regressor import BETAS, JOINTS
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.datasets.published.sequences import THETA, Sequence
from str_live.network.network import Network
from str_live.settings import TEMPORAL_NETWORKS
from str_live.temporal.window import WINDOW
from str_live.train.paper.config import DatabaseConfig, NetworkChoice, PaperConfig
from str_live.train.paper.learner import Learner

WARM_UP = 2
"""Rounds before anything counts."""
REFERENCE = "str"
"""What ratios are against."""
KINDS = ("train", "evaluate")

Times = dict[str, dict[str, list[float]]]
"""'train' and 'evaluate' -> network -> seconds of each round."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is computed in each round."""

    width: int = 2048
    batch: int = 32
    rounds: int = 10


def measure_throughput(load: Load, device: torch.device) -> dict[str, Any]:
    """Time all networks; figures ready for JSON."""
    body = load_measured_body(None)
    learners = {name: make_learner(name, load, body, device) for name in TEMPORAL_NETWORKS}
    batches = {name: random_batch(load, learner.config.network) for name, learner in learners.items()}
    times: Times = {kind: {name: [] for name in learners} for kind in KINDS}
    names = list(learners)
    for number in range(WARM_UP + load.rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            learner, batch = learners[name], batches[name]
            taken = (
                seconds(device, learner.step, batch, number),
                seconds(device, predict, learner, batch),
            )
            for kind, value in zip(KINDS, taken, strict=True) if number >= WARM_UP else ():
                times[kind][name].append(value)
    sizes = {name: sum(p.numel() for p in learner.network.parameters()) for name, learner in learners.items()}
    return {
        "width": load.width,
        "batch": load.batch,
        "rounds": load.rounds,
        "device": str(device),
        "networks": report(times, sizes, load.batch),
    }


def make_learner(temporal: str, load: Load, body: MeasuredBody, device: torch.device) -> Learner:
    """A network of the published sizes but for its width, ready to learn."""
    torch.manual_seed(0)
    config = PaperConfig(
        about="throughput",
        train=(DatabaseConfig("video", ""),),
        validation=DatabaseConfig("3dpw", ""),
        epochs=1,
        step=1,
        network=NetworkChoice(temporal, width=load.width),
        batch_2d=load.batch,
        batch_3d=0,
        start_from_spin=False,
    )
    return Learner(config, Network(config.network.config()), body, device=device)


def random_batch(load: Load, network: NetworkChoice) -> Sequence:
    """A batch in which every kind of truth counts, of all frames where the network learns from all."""
    generator = torch.Generator().manual_seed(0)
    frames, ones = WINDOW if network.learns_all_frames else 1, torch.ones(load.batch)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(load.batch, *shape, generator=generator)

    assert THETA == 3 + JOINTS * 3 + BETAS
    return Sequence(
        draw(WINDOW, load.width),
        draw(frames, 49, 3),
        draw(frames, 49, 3),
        draw(frames, THETA) * 0.1,
        ones,
        ones,
    )


@torch.inference_mode()
def predict(learner: Learner, batch: Sequence) -> None:
    """The middle frame of each window, as in evaluation."""
    learner.network.eval()
    learner.predict(batch.features.to(learner.device))


def seconds(device: torch.device, work: Callable[..., object], *arguments: object) -> float:
    """How long work(*arguments) takes, the device's part of it included."""
    _wait(device)
    started = time.perf_counter()
    work(*arguments)
    _wait(device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def report(times: Times, parameters: Mapping[str, int], batch: int) -> dict[str, Any]:
    """Of each network: its size, and per kind windows a second and how many times STR's that is."""
    found: dict[str, Any] = {}
    for name, size in parameters.items():
        found[name] = {"parameters": size}
        for kind in KINDS:
            seconds = times[kind][name]
            pairs = zip(times[kind][REFERENCE], seconds, strict=True)
            found[name][kind] = {
                "windows_per_s": batch / statistics.median(seconds),
                "against_str": statistics.median(reference / value for reference, value in pairs),
            }
    return found


def as_text(found: Mapping[str, Any]) -> str:
    """The figures as lines of text."""
    lines = [
        f"windows of {WINDOW} frames, {found['width']} channels, batches of {found['batch']}, "
        f"{found['rounds']} rounds, on {found['device']}",
        f"{'':10}{'parameters':>13}{'trained':>14}{'':>10}{'evaluated':>14}",
        f"{'':10}{'':>13}{'windows/s':>14}{'x STR':>10}{'windows/s':>14}{'x STR':>10}",
    ]
    for name, row in found["networks"].items():
        figures = "".join(
            f"{row[kind]['windows_per_s']:14.1f}{row[kind]['against_str']:10.2f}" for kind in KINDS
        )
        lines.append(f"{name:10}{row['parameters']:13,}{figures}")
    return "\n".join(lines)
