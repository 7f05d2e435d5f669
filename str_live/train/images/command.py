"""`python -m str_live.train images`: train the image front ends on rendered people.

Goes on where an interrupted run stopped (--state). `--preset gpu` is ResNet-50 at 224 pixels, `--preset cpu`
something honest for a processor. When it is done, `python -m str_live.evaluate.clips` tells which front end
does best on real clips; the same command with `--best` then writes that into the file: it is the one that the
app starts with on CUDA.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from str_live.features.backbones import BACKBONES
from str_live.features.pixels import InputConfig
from str_live.network.device import resolve_device
from str_live.process import usable_cores
from str_live.settings import FRONT_ENDS, PRECISIONS
from str_live.train.images.config import PRESETS, ImageTraining, chosen
from str_live.train.images.free_data import FreeData
from str_live.train.images.trainer import ImageTrainer
from str_live.train.loop import Loop
from str_live.view.headless import NoOpenGLError
from str_live.weights.own import DEFAULT_WEIGHTS, IMAGE_WEIGHTS, WeightsError
from str_live.weights.own_images import FRONT_ENDS as IMAGE_FRONT_ENDS

STATE = Path("runs/images")
INPUTS: dict[str, dict[str, bool | str]] = {
    "plain": {},
    "removed": {"background": "removed"},
    "joints": {"joints": True},
    "removed+joints": {"background": "removed", "joints": True},
}
"""Names for --input: what the backbone is given beside or instead of the plain crop."""
USER_ERRORS = (OSError, ValueError, NoOpenGLError, WeightsError)
"""What a user did or can mend; the message says how."""


def run(arguments: argparse.Namespace) -> None:
    """Train, and write the file; raises USER_ERRORS."""
    device = resolve_device(arguments.device)
    trainer = ImageTrainer(
        training_config(arguments, device),
        FreeData(arguments.data),
        arguments.state,
        landmarks=arguments.landmarks,
        device=device,
        workers=arguments.workers,
        precision=arguments.precision,
    )
    Loop(trainer, arguments.state / "state.pt", curves=arguments.state).run()
    trainer.write(arguments.out or default_out(arguments.state), best=arguments.best)


def default_out(state: Path) -> Path:
    """The app's file, but beside its state for what another training than the default one ends with."""
    return IMAGE_WEIGHTS if state == STATE else state / IMAGE_WEIGHTS.name


def training_config(arguments: argparse.Namespace, device: str) -> ImageTraining:
    """The recipe of the preset that the device suggests, with what the command line changes."""
    preset = arguments.preset or ("gpu" if device.startswith("cuda") else "cpu")
    size = arguments.size or PRESETS[preset].image.input.size
    changes: dict[str, object] = {}
    if arguments.input or arguments.size:
        kind = INPUTS[arguments.input] if arguments.input else {}
        changes["input"] = InputConfig(size, **kind)  # pyright: ignore[reportArgumentType]
    for name in ("backbone", "pictures", "batch", "rate", "seed", "sequences", "window_steps"):
        if getattr(arguments, name) is not None:
            changes[name] = getattr(arguments, name)
    if arguments.own_heads is not None:
        changes["own_heads"] = tuple(arguments.own_heads)
    return chosen(preset, **changes)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `run` takes."""
    add = parser.add_argument
    add("--data", type=Path, default=Path("../shared/data"), help="folder of the free data")
    add("--state", type=Path, default=STATE, help="folder to go on from (default %(default)s)")
    add("--out", type=Path, help="the file to write at the end (default: in assets/weights; with a\n"
        "--state of its own in there)")  # fmt: skip
    add("--best", choices=FRONT_ENDS, help="what measured best on real clips; else the app takes landmarks")
    add("--landmarks", type=Path, default=DEFAULT_WEIGHTS["landmarks"], help="landmark weights to build on")
    add("--workers", type=int, default=max(0, usable_cores() - 2), help="processes that draw; 0: none")
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--precision", choices=PRECISIONS, default="auto", help="of the backbone; auto, the default: what\n"
        "is faster here, and what it began in where a training goes on")  # fmt: skip
    add("--preset", choices=PRESETS, help="default: by the device")
    add = parser.add_argument_group("changes of the preset").add_argument
    add("--input", choices=INPUTS)
    add("--size", type=int, help="side of the pictures, pixels")
    add("--backbone", choices=BACKBONES)
    add("--pictures", type=int)
    add("--batch", type=int)
    add("--rate", type=float)
    add("--seed", type=int)
    add("--own-heads", nargs="*", choices=IMAGE_FRONT_ENDS, help="front ends whose STR learns further")
    add("--sequences", type=int, help="that the window stage learns from")
    add("--window-steps", type=int)
