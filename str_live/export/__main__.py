"""`python -m str_live.export take.npz out.fbx out.bvh`: recordings to files of other programs.

Each output's suffix chooses its format; --list shows them all. The recording is never changed.
Example: python -m str_live.export walk.npz walk.fbx walk.trc --fps 30 --height 1.83 --floor lock
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from str_live.angle_ranges import as_table
from str_live.body.skinning import load_body
from str_live.body.smpl_files import BodyFileError
from str_live.export import EXPORTERS, check_outputs, export_take, output_of
from str_live.export.angles import angle_ranges
from str_live.export.contract import (
    FILTERS,
    FLOORS,
    MESHES,
    UNITS,
    ExportError,
    FormatOptions,
    Smoothing,
    TakeOptions,
)
from str_live.export.lens import LensChoice
from str_live.export.making import is_free_body, make_take
from str_live.export.names import NAMES
from str_live.export.trc import MARKERS
from str_live.interruption import interruptible
from str_live.record import people_files
from str_live.record.read import Recording, RecordingError, load_recording
from str_live.seconds import seconds_from

_LICENSED = (
    "%s is not the free body: a file with its mesh may be passed on only as the licence of that body allows."
)


def main(argv: list[str] | None = None) -> int:
    """Export; 0, or 2 where something given cannot be used."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.list:
        print("\n".join(format_lines()))
        return 0
    if arguments.recording is None or not (arguments.outputs or arguments.angles):
        parser.error("give a recording and at least one file to write, or --angles")
    try:
        for each in _each_person(arguments):
            _export(each)
    except (ExportError, RecordingError, BodyFileError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="python -m str_live.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("recording", type=Path, nargs="?", help="a recording of STR-Live, or an AMASS sequence")
    add("outputs", type=Path, nargs="*", help=f"files to write: {' '.join(EXPORTERS)}")
    add("--list", action="store_true", help="show the formats, and what is missing for some")
    add("--angles", action="store_true", help="print how far each joint goes, in degrees")
    add("--body", default="", help="body file that the motion is put on; without it the free body")
    add("--fps", type=_positive, help="frames a second; default: the recording's")
    add("--trim", type=_range, default=(0.0, float("inf")), metavar="FROM:TO", help="seconds, as 2.0:9.5")
    add("--floor", choices=FLOORS, default="level", help="level: upright on the floor; lock: feet stand")
    add("--in-place", action="store_true", help="the pelvis stays over the origin")
    add("--smooth", choices=FILTERS, default="none", help="forwards and backwards: without delay")
    add("--cutoff", type=_positive, default=6.0, metavar="HZ", help="of the smoothing (default 6)")
    add("--strength", type=_part, default=1.0, help="of the smoothing, 0 to 1 (default 1)")
    add("--height", type=_height, metavar="METRES", help="the person's; scales everything")
    camera = parser.add_mutually_exclusive_group()
    camera.add_argument("--focal", type=_positive, metavar="PIXELS", help="the camera's focal length")
    camera.add_argument(
        "--calibration", type=Path, metavar="FILE", help="the camera: OpenCV's YAML, XML, JSON, or TOML"
    )
    add("--names", choices=NAMES, default="smpl", help="what the bones are called")
    add("--unit", choices=UNITS, default="", help="of BVH (default cm) and TRC (default m)")
    add("--markers", choices=MARKERS, default="smpl", help="names of the markers in TRC and C3D")
    add("--t-pose-first", action="store_true", help="the first frame is the rest pose")
    add("--root-bone", action="store_true", help="a bone on the floor carries the way (Unreal)")
    mesh = parser.add_mutually_exclusive_group()
    mesh.add_argument("--no-mesh", dest="mesh", action="store_const", const="none", help="bones only")
    mesh.add_argument(
        "--licensed-mesh",
        dest="mesh",
        action="store_const",
        const="any",
        help="also the mesh of a body that is not free; mind its licence",
    )
    parser.set_defaults(mesh=MESHES[0])
    return parser


def format_lines() -> list[str]:
    """A line a format: suffix, name, and the line that installs what it lacks."""
    return [
        f"{suffix:11} {exporter.purpose:8} {exporter.title}"
        + (f"   (first: {exporter.missing})" if exporter.missing else "")
        for suffix, exporter in EXPORTERS.items()
    ]


def _each_person(arguments: argparse.Namespace) -> list[argparse.Namespace]:
    """The same for each person of a recording of several, whose outputs are called `name_p1.fbx` ..."""
    people = people_files(arguments.recording)
    outputs = {number: [output_of(path, number) for path in arguments.outputs] for number in people}
    changes = [{"recording": file, "outputs": outputs[number]} for number, file in people.items()]
    return [argparse.Namespace(**{**vars(arguments), **change}) for change in changes or [{}]]


def _export(arguments: argparse.Namespace) -> None:
    """All outputs of one recording. What is certain to fail is refused before anything is computed."""
    check_outputs(arguments.recording, arguments.outputs)
    recording = load_recording(arguments.recording)
    body = load_body(Path(arguments.body) if arguments.body else None)
    options = _take_options(arguments, recording)
    if options.mesh == "any" and not is_free_body(body):
        logging.getLogger(__name__).warning(_LICENSED, body.name)
    take = make_take(recording, body, options, name=arguments.recording.stem)
    if arguments.angles:
        print(as_table(angle_ranges(take)))
    form = FormatOptions(
        names=arguments.names,
        unit=arguments.unit,
        t_pose_first=arguments.t_pose_first,
        root_bone=arguments.root_bone,
        markers=arguments.markers,
    )
    for path in arguments.outputs:
        export_take(take, path, form)
        print(f"{path}: {take.frames} frames at {take.fps:g} frames/s, {path.stat().st_size / 1000:.0f} kB")


def _take_options(arguments: argparse.Namespace, recording: Recording) -> TakeOptions:
    return TakeOptions(
        fps=arguments.fps,
        trim_s=arguments.trim,
        floor=arguments.floor,
        in_place=arguments.in_place,
        smoothing=Smoothing(arguments.smooth, arguments.cutoff, arguments.strength),
        height_m=arguments.height,
        lens=LensChoice(arguments.focal, arguments.calibration).lens_of(recording),
        mesh=arguments.mesh,
    )


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _part(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _height(text: str) -> float:
    value = float(text)
    if not 0.3 <= value <= 3:
        raise argparse.ArgumentTypeError(f"{text} is not a person's height in metres, as 1.75")
    return value


def _range(text: str) -> tuple[float, float]:
    try:
        return seconds_from(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    with interruptible("start it again"):
        sys.exit(main())
