"""`python -m str_live.datasets.rendered`: contact sheets of synthetic people, and how fast they are drawn."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from str_live.datasets.rendered import sheet
from str_live.datasets.rendered.renderer import Renderer, RendererConfig, read_training_poses
from str_live.datasets.simulated.poses import PoseSampler
from str_live.interruption import interruptible
from str_live.process import prepare_to_share


def main(argv: list[str] | None = None) -> None:
    """Parse, then draw or measure."""
    arguments = build_parser().parse_args(argv)
    if arguments.sheet is None and not arguments.rate:
        raise SystemExit("nothing to do: ask for --sheet FILE.png or --rate")
    try:
        poses = read_training_poses(arguments.motion)
        if arguments.sheet is not None:
            draw_sheet(arguments, poses)
        if arguments.rate:
            measure(arguments, poses)
    except (OSError, RuntimeError) as error:
        raise SystemExit(str(error)) from error


def build_parser() -> argparse.ArgumentParser:
    """All options."""
    defaults = RendererConfig()
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--motion", type=Path, default=Path("../shared/data/motion"), help="motion folder or cache")
    add("--backgrounds", type=Path, help="folder of photographs without people")
    add("--sheet", type=Path, help="picture to write")
    add("--show", choices=("trained", "bare", "masks"), default="trained", help="what is on the sheet")
    add("--people", type=int, default=48)
    add("--frames", type=int, default=1, help="pictures in a row of each")
    add("--columns", type=int, default=8)
    add("--seed", type=int, default=0)
    add("--size", type=int, nargs="+", default=[defaults.size], help="pixels; several for --rate")
    add("--cell", type=float, default=defaults.cell_m, help="metres between vertices, 0 for all of them")
    add("--quick", action="store_true", help="coarse, without shadows: for a processor that draws")
    add("--rate", action="store_true", help="pictures per second on this machine")
    add("--seconds", type=float, default=10.0, help="of each measurement")
    return parser


def draw_sheet(arguments: argparse.Namespace, poses: PoseSampler) -> None:
    """One contact sheet."""
    generator = torch.Generator().manual_seed(arguments.seed)
    with Renderer(_config(arguments, arguments.size[0]), poses) as renderer:
        batch = renderer.render_sequence(arguments.people, arguments.frames, generator)
    if arguments.show == "bare":
        pictures = sheet.bare(batch)
    elif arguments.show == "masks":
        pictures = sheet.with_masks(batch, generator, arguments.frames)
    else:
        pictures = sheet.as_trained(batch, generator, arguments.frames)
    sheet.write_sheet(arguments.sheet, pictures, arguments.columns)


def measure(arguments: argparse.Namespace, poses: PoseSampler) -> None:
    """Pictures per second of one process: by the clock, and by its share of a core."""
    for size in arguments.size:
        generator = torch.Generator().manual_seed(arguments.seed)
        with Renderer(_config(arguments, size), poses) as renderer:
            renderer.render(64, generator)  # compiles the shaders
            clock, work, count = time.perf_counter(), time.process_time(), 0
            while time.perf_counter() - clock < arguments.seconds:
                renderer.render(64, generator)
                count += 64
            clock, work = time.perf_counter() - clock, time.process_time() - work
        print(f"{size} px: {count / clock:.0f} pictures/s, {count / work:.0f} per second of processor time")


def _config(arguments: argparse.Namespace, size: int) -> RendererConfig:
    config = RendererConfig(size=size, cell_m=arguments.cell, backgrounds=arguments.backgrounds)
    return config.quick() if arguments.quick else config


if __name__ == "__main__":
    prepare_to_share()
    with interruptible("start it again"):
        main()
