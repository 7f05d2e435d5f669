"""`python -m str_live.evaluate.switches FILM --out FOLDER`: STR by all 32 settings of its switches on a film.

Every frame goes through the app's engine once, with all 32 networks on the same windows. Writes a row for
each into FOLDER/switches.csv and draws them in FOLDER/switches.png, as the button of the window does; prints
a table of those without one module and without all. PA-MPJPE and acceleration errors are against the
source's own truth (the built-in clip, `clip`), or with --truth against joints that were measured in 3D; else
acceleration errors are against mediapipe's landmarks after a low-pass at 6 Hz, as in the window.
Example: python -m str_live.evaluate.switches film.mp4 --truth joints.trc --out /tmp/switches
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from str_live.body.smpl_files import BodyFileError
from str_live.camera import SourceError
from str_live.evaluate.clips.clip import read_limbs
from str_live.evaluate.clips.scores import motion_figures
from str_live.evaluate.clips.tracks import Sight
from str_live.interruption import interruptible
from str_live.live.progress import on_terminal, progress_bar
from str_live.live.switches.cases import CASES, WHOLE, combinations
from str_live.live.switches.film import measure_film
from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.live.switches.report import FilmReport, write_report
from str_live.live.switches.sources import why_no_film
from str_live.messages import BodyResult
from str_live.network.device import DeviceError
from str_live.process import prepare_to_run
from str_live.settings import FRONT_END_CHOICES, MAX_LOOKAHEAD, Settings, SourceSettings
from str_live.skeleton import LIMB_JOINTS
from str_live.weights.choose import choose_front_end
from str_live.weights.load import load_parts
from str_live.weights.own import WeightsError


def main(argv: list[str] | None = None) -> None:
    """Run, write, print."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        report = measure(arguments)
        paths = write_report(report, arguments.out)
    except (SourceError, WeightsError, BodyFileError, DeviceError, ValueError, OSError) as error:
        raise SystemExit(str(error)) from error
    print(as_markdown(report.figures))
    for path in paths:
        print(path)


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("film", help="a film, a folder of pictures, or clip for the built-in one")
    add("--out", type=Path, required=True, help="folder for switches.csv and switches.png")
    add("--truth", type=Path, metavar="FILE.trc", help="the joints of the film's frames, measured in 3D")
    add("--look-ahead", type=int, choices=range(MAX_LOOKAHEAD + 1), default=2,
        help="frames that bodies wait for; default: 2")  # fmt: skip
    add("--front-end", choices=FRONT_END_CHOICES, default="auto", help="default: auto")
    add("--weights", action="append", default=[], metavar="FILE", help="a checkpoint; may be repeated")
    add("--backbone", default="", help="SPIN's checkpoint, for the front end resnet")
    add("--body", default="", help="a SMPL file; else the free body")
    add("--device", default="", help="cpu, cuda ...")
    return parser


def measure(arguments: argparse.Namespace) -> FilmReport:
    """The figures of all 32 networks. Raises what `main` makes sentences of."""
    if reason := why_no_film(arguments.film):
        raise ValueError(reason)
    settings = Settings(
        source=SourceSettings(spec=arguments.film),
        lookahead=arguments.look_ahead,
        front_end=arguments.front_end,
        weights=tuple(arguments.weights),
        backbone=arguments.backbone,
        body=arguments.body,
        device=arguments.device,
    )
    settings = choose_front_end(settings).into(settings)
    truth = None if arguments.truth is None else LimbTruth(arguments.truth)
    parts = load_parts(settings)
    with progress_bar(shown=on_terminal()) as bar:

        def progress(done: int, frames: int | None) -> bool:
            bar.total = frames
            bar.update()
            return True

        take = {} if truth is None else {"take": truth.take}
        figures = measure_film(settings, parts, combinations(), progress=progress, **take)
    assert figures is not None
    assert parts.runner is not None
    if truth is not None:
        figures = truth.into(figures)
    name = "the built-in clip" if arguments.film == "clip" else Path(arguments.film).name
    return FilmReport(name, parts.runner.info.name, settings.lookahead, figures)


class LimbTruth:
    """Twelve limb joints of each frame, measured in 3D. In: results, out: figures as the clips have them."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, or ValueError where it is no .trc file with the limbs' joints."""
        self._path = path
        try:
            self._joints = read_limbs(path)  # (N, 12, 3) metres
        except (IndexError, ValueError, UnicodeDecodeError) as error:
            raise ValueError(
                f"{path} is no .trc file with shoulders, elbows, wrists, hips, knees, ankles: {error}"
            ) from error
        self._found: list[np.ndarray | None] = []
        """Of each frame (K, 12, 3); None without a person."""
        self._times: list[float] = []

    def take(self, result: BodyResult) -> None:
        """One result, in order."""
        found = result.alternatives
        self._found.append(None if found is None else found.joints_cam[:, LIMB_JOINTS])
        self._times.append(result.frame.time_s)

    def into(self, figures: SwitchFigures) -> SwitchFigures:
        """The figures against this truth. Raises ValueError where it is of fewer frames than the film."""
        count = len(self._found)
        if len(self._joints) < count:
            raise ValueError(
                f"{self._path} has {len(self._joints)} frames, the film {count}: they do not belong together"
            )
        counted = np.array([found is not None for found in self._found])
        joints, rate = self._joints[:count], (count - 1) / (self._times[-1] - self._times[0])
        cases = {}
        for place, (network, case) in enumerate(figures.cases.items()):
            sights = [None if found is None else _sight(found[place]) for found in self._found]
            cases[network] = _with(case, motion_figures(sights, counted, joints=joints, rate=rate))
        own = motion_figures([_sight(frame) for frame in joints], counted, joints=joints, rate=rate)
        return replace(
            figures, cases=cases, reference=self._path.name, reference_accel_mm=own.get("accel_mm")
        )


def _sight(joints: np.ndarray) -> Sight:
    return Sight(joints, np.zeros((len(joints), 2)), None)


def _with(case: CaseFigures, measured: dict[str, float]) -> CaseFigures:
    return replace(
        case,
        accel_mm=measured.get("accel_mm"),
        accel_error_mm=measured.get("accel_error_mm"),
        pa_mpjpe_mm=measured.get("pa_mpjpe_mm"),
    )


def as_markdown(figures: SwitchFigures) -> str:
    """The whole network, those without one module, and that without all."""
    rows = [("STR", WHOLE), *((f"without {case.without}", case.network) for case in CASES)]
    lines = [
        f"{figures.frames} frames; reference of errors: {figures.reference or 'none'}",
        "",
        "| | joints moved by, mm | mean acceleration | acceleration error, mm/frame² | PA-MPJPE, mm |",
        "|---|---|---|---|---|",
    ]
    for name, network in rows:
        case = figures.cases[network]
        shift = "–" if network == WHOLE else f"{case.shift_mm:.2f}"
        cells = (shift, *map(_cell, (case.accel_mm, case.accel_error_mm, case.pa_mpjpe_mm)))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append(f"| the reference itself | – | {_cell(figures.reference_accel_mm)} | – | – |")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    prepare_to_run()
    with interruptible("start it again"):
        main()
