"""`python -m str_live.evaluate.clips`: every network of the app on real clips, with and without damage.

Prints tables, and with --out writes PATH.json and PATH.md; docs/real-clips.md says what they mean.
Examples: python -m str_live.evaluate.clips --only balance --damage none dark --out /tmp/clips
          python -m str_live.evaluate.clips --only balance --damage none --look-ahead 2 --ablate
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from str_live.body.smpl_files import BodyFileError
from str_live.evaluate.clips.clip import CLIPS, NONE, read_clip
from str_live.evaluate.clips.measure import LOOKAHEADS, Contender, measure
from str_live.evaluate.clips.report import as_markdown, write_report
from str_live.evaluate.damage import DAMAGES
from str_live.interruption import interruptible
from str_live.process import prepare_to_run
from str_live.settings import FRONT_ENDS, MAX_LOOKAHEAD, Settings, SourceSettings
from str_live.weights.load import load_body_for, load_model_for
from str_live.weights.own import WeightsError

logger = logging.getLogger(__name__)

DEFAULT_DAMAGES = [NONE, "dark", "very_dark", "over_exposed", "deep_flicker", "motion_blur", "occlusion"]


def main(argv: list[str] | None = None) -> None:
    """Read, measure, print, write."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        contenders = load_contenders(arguments)
        clips = [read_clip(name, arguments.clips) for name in arguments.only]
        asked = {"lookaheads": arguments.look_ahead, "ablate": arguments.ablate}
        rows = [row for clip in clips for row in measure(clip, contenders, arguments.damage, **asked)]
    except (WeightsError, BodyFileError, ValueError) as error:
        raise SystemExit(str(error)) from error
    print(as_markdown(rows))
    if arguments.out:
        for path in write_report(rows, arguments.out):
            print(path)


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--clips", type=Path, default=Path("../shared/data/clips"), help="folder of the clips")
    add("--only", nargs="+", choices=CLIPS, default=list(CLIPS), help="default: all clips")
    add("--damage", nargs="+", choices=[NONE, *DAMAGES], default=DEFAULT_DAMAGES,
        help=f"default: {' '.join(DEFAULT_DAMAGES)}")  # fmt: skip
    add("--look-ahead", nargs="+", type=int, choices=range(MAX_LOOKAHEAD + 1), default=list(LOOKAHEADS),
        help="frames that a film's bodies wait for; default: 0 2")  # fmt: skip
    add("--ablate", action="store_true", help="STR also without each of its modules, and without all")
    add("--front-end", nargs="+", choices=FRONT_ENDS, default=[], help="default: all that can run")
    add("--weights", type=Path, nargs="+", action="append",
        help="checkpoints, as main.py takes them; repeat the option to compare sets of them")  # fmt: skip
    add("--backbone", default="", help="SPIN's checkpoint, for the front end resnet")
    add("--device", default="cpu", help="cpu (default), cuda ...")
    add("--out", type=Path, help="write PATH.json and PATH.md")
    return parser


def load_contenders(arguments: argparse.Namespace) -> list[Contender]:
    """The models to measure: each front end with each set of weights; of those not asked for, what fits.

    Raises WeightsError, BodyFileError, ValueError.
    """
    found, errors = [], []
    sets = arguments.weights or [[]]
    for files, name in zip(sets, names_of_sets(sets), strict=True):
        for front_end in arguments.front_end or FRONT_ENDS:
            try:
                found.append(_contender(front_end, files, name, arguments))
            except WeightsError as error:
                if arguments.front_end:
                    raise
                logger.info("%s is left out: %s", front_end, error)
                errors.append(error)
    if not found:
        raise errors[0]
    return found


def names_of_sets(sets: list[list[Path]]) -> list[str]:
    """By their files' names, or by the whole paths where the names are those of another set too."""
    short = [" + ".join(path.stem for path in files) for files in sets]
    whole = [" + ".join(map(str, files)) for files in sets]
    return [name if short.count(name) == 1 else path for name, path in zip(short, whole, strict=True)]


def _contender(front_end: str, files: list[Path], name: str, arguments: argparse.Namespace) -> Contender:
    settings = Settings(
        source=SourceSettings(realtime=False),
        front_end=front_end,
        weights=tuple(str(path) for path in files),
        backbone=arguments.backbone,
        device=arguments.device,
    )
    label = f"{front_end} ({name})" if files else front_end
    return Contender(label, settings, load_model_for(settings), load_body_for(settings))


if __name__ == "__main__":
    prepare_to_run()
    with interruptible("start it again"):
        main()
