"""`python -m str_live.train default|images|paper`: one command that trains, with three recipes.

  default       the weights of the landmark front end (STR, TCMR and VIBE side by side), on simulated people
  images        the encoders of the front ends that look at pixels, on rendered people
  paper CONFIG  STR, TCMR or VIBE on the published databases, or on features of any videos;
                `torchrun --nproc-per-node N -m str_live.train paper CONFIG` spreads each batch over N cards

Each goes on where an interrupted run stopped, and tells its options with --help.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from importlib import import_module
from typing import NoReturn

from str_live.console import complain, tell_new_name
from str_live.interruption import interruptible
from str_live.process import prepare_to_train

TRAININGS = ("default", "images", "paper")
"""Folders here, each with a command.py: `add_options` describes what `run` takes, with its USER_ERRORS."""


def main(argv: list[str] | None = None) -> None:
    """Parse the training's own options, then run it."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return
    if not words or words[0] not in TRAININGS:
        _refuse(words)
    # Imported when it is chosen: the others' renderers and readers take their time.
    command = import_module(f"str_live.train.{words[0]}.command")
    parser = argparse.ArgumentParser(
        prog=f"python -m str_live.train {words[0]}",
        description=command.__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    command.add_options(parser)
    arguments = parser.parse_args(words[1:])
    # Of the processes that torchrun starts, the first speaks for all.
    level = logging.INFO if os.environ.get("RANK", "0") == "0" else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    try:
        command.run(arguments)
    except command.USER_ERRORS as error:
        raise SystemExit(str(error)) from error


def _refuse(words: list[str]) -> NoReturn:
    """Tell what the command line should begin with: until it named the training, a CONFIG did, or nothing."""
    from str_live.train.paper.config import ConfigError, find_config

    if not words or words[0].startswith("-"):
        tell_new_name("str_live.train", "str_live.train default")
    try:
        find_config(words[0])
    except ConfigError:
        complain(f"unknown training {words[0]!r}: choose default, images or paper CONFIG")
        raise SystemExit(2) from None
    tell_new_name("str_live.train CONFIG", "str_live.train paper CONFIG")


if __name__ == "__main__":
    prepare_to_train()
    with interruptible("the same command goes on from the state last saved"):
        main()
