"""`python -m str_live.speed`: how long each stage of a tick takes, and what each choice costs.

Everything is timed on the same frames, one after the other within each frame and in turning order, so that
a busy machine slows all alike: the ratios (medians of each frame's own ratio) hold where milliseconds do not.
What runs packed or as a CUDA graph is timed against the same network in torch's own calls and float32.
The stages are those of the very loop that headless runs go through; two such runs, before and after, say how
far theirs are from them.
With --halves it times instead what overlapping detector and network brings, and what more people cost.
With --throughput it times the video networks instead, in training and in evaluation.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from str_live.body.smpl_files import BodyFileError
from str_live.camera import SourceError, frames, open_source
from str_live.interruption import interruptible
from str_live.live.command_line import OneLineParser, add_network_arguments, given_settings, settings_over
from str_live.network.device import DeviceError, has_cuda, resolve_device
from str_live.process import prepare_to_run, usable_cores
from str_live.settings import Settings, SourceSettings
from str_live.speed import halves
from str_live.speed.headless_runs import Stages, headless_ratios, run_headless
from str_live.speed.report import report, table
from str_live.speed.throughput import Load, as_text, measure_throughput
from str_live.speed.ticks import WARM_UP, Bench
from str_live.weights.choose import choose_front_end
from str_live.weights.own import WeightsError


def main(arguments: list[str] | None = None) -> int:
    """Parse, time, print and write; the exit status."""
    of_bench = OneLineParser(add_help=False, allow_abbrev=False)
    _add_arguments(of_bench)
    parser = OneLineParser(
        prog="python -m str_live.speed",
        description=(__doc__ or "").splitlines()[0],
        allow_abbrev=False,
        parents=[of_bench],
    )
    add_network_arguments(parser)
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    if parsed.throughput:
        if min(parsed.width, parsed.batch, parsed.rounds) < 1:
            parser.error("--width, --batch and --rounds are above 0")
        load = Load(parsed.width, parsed.batch, parsed.rounds)
        return run_throughput(load, parsed.device or "", parsed.out)
    settings = settings_over(given_settings(parsed), Settings(source=SourceSettings(spec="clip")))
    settings = replace(settings, source=replace(settings.source, loop=True, realtime=False))
    if parsed.random_weights:
        settings = replace(settings, front_end="resnet")
    devices = [settings.device or "cpu"]
    if not settings.device and has_cuda():
        devices.append("cuda")
    # For all devices the same, that of the first: A on CUDA is to be compared with A.
    settings = choose_front_end(replace(settings, device=devices[0])).into(settings)
    if parsed.halves:
        return run_halves(settings, parsed.frames, parsed.out)
    chosen = ["--source", settings.source.spec, "--device", devices[0], "--front-end", settings.front_end]
    as_headless = [*of_bench.parse_known_args(arguments)[1], *chosen]
    return run(settings, devices, parsed, as_headless)


def _add_arguments(parser: OneLineParser) -> None:
    """The bench's options beside those of main.py."""
    parser.add_argument("--frames", type=int, default=90, help="frames to time (default 90)")
    parser.add_argument("--out", type=Path, help="write the figures as JSON to this file")
    parser.add_argument(
        "--random-weights",
        action="store_true",
        help="no files: SPIN's ResNet-50 and the paper's networks untrained, to time the front end resnet",
    )
    parser.add_argument(
        "--halves",
        action="store_true",
        help="instead: detector and network one after the other against both at once, and more people",
    )
    group = parser.add_argument_group("windows a second of STR, TCMR and VIBE, instead of the app's stages")
    group.add_argument("--throughput", action="store_true", help="in training and in evaluation")
    for name, default, text in (
        ("width", 2048, "channels of the features"),
        ("batch", 32, "windows at once"),
        ("rounds", 10, "times that all take their turn"),
    ):
        group.add_argument(f"--{name}", type=int, default=default, help=f"{text} (default {default})")


def run(settings: Settings, devices: list[str], parsed: argparse.Namespace, as_headless: list[str]) -> int:
    """Time, print, write; the exit status. `as_headless`: main.py's arguments for the same."""
    count, random_weights = parsed.frames, parsed.random_weights
    try:
        source = open_source(settings.source)
        repeatable = not random_weights and not source.live

        def headless() -> list[Stages]:
            return [run_headless(as_headless, count + WARM_UP)] if repeatable else []

        runs = headless()
        bench = Bench(settings, devices, random_weights=random_weights)
        timed = bench.run(frames(source), count)
        runs += headless()
    except (DeviceError, SourceError, WeightsError, BodyFileError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if timed == 0:
        print(f"bench: no person was found in {source.name}: choose another --source", file=sys.stderr)
        return 2
    about = {"source": source.name, "frames": timed, "model": bench.model, "machine": machine()}
    found = {**about, **report(bench.times)}
    if runs:
        found["headless_ratios"] = headless_ratios(runs, bench.app_stages())
    print(f"{bench.model['weights']}\non {bench.model['runs']}: {bench.model['because']}\n\n{table(found)}")
    if bench.note:
        print(f"\n{bench.note}")
    bench.close()
    source.close()
    write(found, parsed.out)
    return 0


def run_halves(settings: Settings, count: int, out: Path | None) -> int:
    """Time both halves in both ways, print, write; the exit status."""
    try:
        found = halves.measure_halves(settings, count)
    except (DeviceError, SourceError, WeightsError, BodyFileError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(halves.as_text(found))
    write({"machine": machine(), **found}, out)
    return 0


def run_throughput(load: Load, device: str, out: Path | None) -> int:
    """Time the video networks, print, write; the exit status."""
    try:
        found = measure_throughput(load, torch.device(resolve_device(device)))
    except DeviceError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(as_text(found))
    write({"machine": machine(), **found}, out)
    return 0


def write(found: dict[str, Any], out: Path | None) -> None:
    """The figures as JSON, where a file was asked for."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": usable_cores(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if has_cuda() else None,
    }


if __name__ == "__main__":
    prepare_to_run()
    with interruptible("start it again"):
        sys.exit(main())
