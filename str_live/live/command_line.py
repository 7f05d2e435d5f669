"""The command line, in one place. In: argv, out: Settings and Options. Imports nothing heavy."""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from str_live import __version__
from str_live.addresses import public_text
from str_live.angle_names import ANGLE_KINDS
from str_live.camera.kinds import is_url, kind_of, plain_spec
from str_live.console import program_name
from str_live.files import interrupted_hint
from str_live.film.choice import PARTS, FilmChoice, angles_from, parts_from, size_from
from str_live.film.layout import check_room
from str_live.live.switches.cases import CASES
from str_live.seconds import Seconds, seconds_from
from str_live.settings import (
    FOLLOW_CHOICES,
    FRONT_END_CHOICES,
    MAX_LOOKAHEAD,
    MAX_SLOW_MOTION,
    MIN_SLOW_MOTION,
    MOST_PEOPLE,
    PRECISIONS,
    SWITCHES,
    TEMPORAL_NETWORKS,
    Settings,
    SourceSettings,
    StreamSettings,
)
from str_live.stream.choice import with_stream

logger = logging.getLogger(__name__)

_FILM_ARGUMENTS = ("film_plot", "film_parts", "film_angles", "film_size")

EXAMPLES = """examples:
  main.py                                            the first camera, in the window
  main.py --source film.mp4                          a film, folder, picture or recording instead
  main.py --headless --source film.mp4 --record out.npz --film out.mp4
  main.py --headless --source a.mp4 b.mp4 --out takes --export fbx,trc
  main.py --headless --source clip --off ttr,ste-time
  main.py --stream vmc:192.168.0.5 --stream ws       to an avatar there, and to web pages of this machine
  main.py --front-end resnet --backbone spin_model_checkpoint.pth.tar --weights tcmr.pth.tar --temporal tcmr
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line, beside the settings."""

    headless: bool
    record: Path | None
    """Headless: the .npz to write."""
    sources: tuple[str, ...]
    """Headless: all that were given, for `out`."""
    out: Path | None
    """Headless: the folder for a recording of each source."""
    export: tuple[str, ...]
    """Headless: suffixes of the files to make of each recording."""
    film: Path | None
    """Headless: the .mp4 to write."""
    film_choice: FilmChoice
    """Headless: what the film shows, and how large it is."""
    overwrite: bool
    """Headless: whether files that are there already may be replaced."""
    range_s: Seconds | None
    """Headless: of a file, only this; None: all of it."""
    frames: int | None
    """Headless: stop after so many frames."""
    verbose: bool
    screenshot: Path | None
    """Window: write a picture of it to this file and quit."""
    screenshot_after: float
    """Window: seconds until then."""
    without: str
    """Window: the key of a live/switches/cases.py Case whose effect is shown beside it; '' for none."""
    given: dict[str, Any]
    """The arguments that name settings, as far as they were typed."""

    def over(self, settings: Settings) -> Settings:
        """`settings` (stored ones, or the defaults) with what was given on the command line."""
        settings = settings_over(self.given, settings)
        if not self.headless:
            return settings
        spec, realtime = self.given.get("source", "clip"), self.given.get("realtime", False)
        source = replace(settings.source, spec=spec, loop=False, realtime=realtime)
        return replace(settings, source=source)


def settings_over(given: dict[str, Any], settings: Settings) -> Settings:
    """`settings` with the values of `given_settings` in their places."""
    network = settings.variant_a.network
    if "temporal" in given:
        network = replace(network, temporal=given["temporal"])
    if "off" in given:
        network = network.without(*given["off"])
    network_names = ("front_end", "lookahead", "body", "weights", "backbone", "device", "precision")
    plain = (*network_names, "people", "follow", "detector")
    return replace(
        settings,
        source=_source_over(given, settings.source),
        stream=_stream_over(given, settings.stream),
        variant_a=replace(settings.variant_a, network=network),
        **{name: given[name] for name in plain if name in given},
    )


def _source_over(given: dict[str, Any], source: SourceSettings) -> SourceSettings:
    """The source with what was given; another one is no slow motion unless that was given too."""
    slow_motion = 1.0 if "source" in given else source.slow_motion
    return replace(
        source, spec=given.get("source", source.spec), slow_motion=given.get("slow_motion", slow_motion)
    )


def _stream_over(given: dict[str, Any], stream: StreamSettings) -> StreamSettings:
    """The streams with those that were given switched on."""
    for text in given.get("streams", ()):
        stream = with_stream(stream, text)
    avatar = given.get("avatar", stream.vmc_avatar)
    return replace(
        stream,
        vmc_avatar=avatar,
        vmc_turn_around=given.get("turn_around", stream.vmc_turn_around),
        vmc_bundles=given.get("bundles", stream.vmc_bundles),
        vmc_everybody=given.get("everybody", stream.vmc_everybody),
    )


def without_missing_files(settings: Settings) -> Settings:
    """Stored settings with the defaults instead of files that are gone: nobody could choose others then."""
    gone = {}
    for name in ("body", "backbone", "detector"):
        path = getattr(settings, name)
        if path and not Path(path).exists():
            logger.warning("the %s of last time, %s, is gone: the default is used", name, path)
            gone[name] = ""
    found = tuple(path for path in settings.weights if Path(path).exists())
    for path in settings.weights:
        if path not in found:
            logger.warning("the weights of last time, %s, are gone: they are left out", path)
    return replace(settings, weights=found, **gone)


def given_settings(parsed: argparse.Namespace) -> dict[str, Any]:
    """What was typed of the arguments that name settings, by the settings' names."""
    values = {
        "source": parsed.source[0] if parsed.source else None,
        "slow_motion": parsed.slow_motion,
        "front_end": parsed.front_end,
        "temporal": parsed.temporal,
        "off": parsed.off,
        "lookahead": parsed.look_ahead,
        "body": parsed.body,
        "weights": None if parsed.weights is None else tuple(parsed.weights),
        "backbone": parsed.backbone,
        "device": parsed.device,
        "precision": parsed.precision,
        "people": parsed.people,
        "follow": parsed.follow,
        "detector": parsed.detector,
        "realtime": getattr(parsed, "realtime", False) or None,
        "streams": getattr(parsed, "stream", None),
        "avatar": getattr(parsed, "avatar", None),
        "turn_around": getattr(parsed, "turn_around", False) or None,
        "everybody": getattr(parsed, "everybody", False) or None,
        "bundles": False if getattr(parsed, "single_messages", False) else None,
    }
    return {name: value for name, value in values.items() if value is not None}


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {public_text(message)} (--help tells what there is)\n")


def parse_arguments(
    arguments: Sequence[str] | None = None, *, has_screen: Callable[[], bool] = lambda: True
) -> tuple[Settings, Options]:
    """Settings (defaults where nothing was given) and Options; one sentence and exit status 2 if bad.

    `has_screen` is asked where something was given that does not go with a window.
    """
    parser = _make_parser()
    parsed = parser.parse_args(arguments)
    if not parsed.headless:
        for name in ("record", "film", *_FILM_ARGUMENTS, "range", "frames", "realtime", "out", "export"):
            if getattr(parsed, name) and has_screen():
                parser.error(f"--{name.replace('_', '-')} works with --headless only")
    _check_batch(parser, parsed)
    film_choice = _film_choice(parser, parsed)
    for name in ("record", "film"):
        path = getattr(parsed, name)
        if path is not None and path.exists() and not parsed.overwrite:
            parser.error(
                f"--{name}: {path} is there already: give another name, or --overwrite to replace it"
            )
    how = (parsed.avatar, parsed.turn_around, parsed.single_messages, parsed.everybody)
    if any(how) and not _has_vmc(parsed.stream):
        parser.error(
            "--avatar, --turn-around, --single-messages and --everybody say how VMC is sent: add --stream vmc"
        )
    if parsed.off and parsed.temporal not in (None, "str"):
        parser.error(f"--off leaves out modules of STR, and --temporal {parsed.temporal} has none")
    options = Options(
        headless=parsed.headless,
        record=parsed.record,
        sources=tuple(parsed.source or ()),
        out=parsed.out,
        export=tuple(parsed.export or ()),
        film=parsed.film,
        film_choice=film_choice,
        overwrite=parsed.overwrite,
        range_s=parsed.range,
        frames=parsed.frames,
        verbose=parsed.verbose,
        screenshot=parsed.screenshot,
        screenshot_after=parsed.screenshot_after,
        without=parsed.without,
        given=given_settings(parsed),
    )
    return options.over(Settings()), options


def _check_batch(parser: OneLineParser, parsed: argparse.Namespace) -> None:
    """--out, --export and several sources go together, and not with names for single files."""
    if len(parsed.source or ()) > 1 and parsed.out is None:
        parser.error("several sources need --headless and --out FOLDER, where a recording of each is written")
    if parsed.export and parsed.out is None:
        parser.error(
            "--export needs --out FOLDER; a recording of yours is exported by python -m str_live.export"
        )
    if parsed.out is not None:
        for name in ("record", "film"):
            if getattr(parsed, name):
                parser.error(f"--out names the files itself: leave out --{name}")
        if not parsed.source:
            parser.error("--out needs --source, one or several")


def _film_choice(parser: OneLineParser, parsed: argparse.Namespace) -> FilmChoice:
    """What the film shows: parts and angles as they were given."""
    for name in _FILM_ARGUMENTS:
        if getattr(parsed, name) and not parsed.film:
            parser.error(f"--{name.replace('_', '-')} says what is on a film: it needs --film OUT.mp4")
    parts = parsed.film_parts or FilmChoice().parts
    added = ["acceleration"] * parsed.film_plot + ["angles"] * bool(parsed.film_angles)
    width, height = parsed.film_size or (None, None)
    choice = FilmChoice(
        tuple(part for part in PARTS if part in (*parts, *added)),
        parsed.film_angles or FilmChoice().angles,
        width,
        height,
    )
    try:
        check_room(choice)
    except ValueError as error:
        parser.error(f"--film-size: {error}")
    return choice


def _has_vmc(streams: Sequence[str] | None) -> bool:
    """Whether VMC is among the streams that were given."""
    return any(with_stream(StreamSettings(), text).vmc for text in streams or ())


def _make_parser() -> OneLineParser:
    parser = OneLineParser(
        prog=program_name(),
        description="Shows a person's 3D body live, from a webcam, a film or a recording.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"STR-Live {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more about what is going on")
    add_network_arguments(parser, several_sources=True)
    _add_stream_arguments(parser.add_argument_group("to other programs, while it runs"))
    headless = parser.add_argument_group("without a window")
    headless.add_argument("--headless", action="store_true", help="run without a window, print one JSON line")
    headless.add_argument("--record", type=_npz, metavar="OUT.npz", help="write the bodies to this file")
    headless.add_argument(
        "--film", type=_mp4, metavar="OUT.mp4", help="film the picture with the body beside the 3D view"
    )
    headless.add_argument(
        "--out", type=_folder, metavar="FOLDER", help="record each of several sources there, and go on there"
    )
    headless.add_argument(
        "--export", type=_suffixes, metavar="LIST", help="and make files of each recording: fbx,trc,..."
    )
    headless.add_argument("--film-plot", action="store_true", help="with the accelerations beneath them")
    headless.add_argument(
        "--film-parts",
        type=_worded(parts_from),
        metavar="LIST",
        help=f"what the film shows: {', '.join(PARTS)}; plots stands for both of these",
    )
    headless.add_argument(
        "--film-angles",
        type=_worded(angles_from),
        metavar="LIST",
        help=f"with these joint angles, each a plot: {', '.join(ANGLE_KINDS)}",
    )
    headless.add_argument(
        "--film-size", type=_worded(size_from), metavar="SIZE", help="1920x1080, or a height as 1080"
    )
    headless.add_argument("--overwrite", action="store_true", help="replace files that are there already")
    headless.add_argument(
        "--range", type=_worded(seconds_from), metavar="FROM:TO", help="of a file, only these seconds: 2.5:7"
    )
    headless.add_argument("--frames", type=_positive, metavar="N", help="stop after N frames")
    headless.add_argument(
        "--realtime", action="store_true", help="play files at their own speed, dropping what comes too late"
    )
    window = parser.add_argument_group("for documentation and tests")
    window.add_argument("--screenshot", type=Path, metavar="OUT.png", help="picture the window and quit")
    window.add_argument("--screenshot-after", type=float, default=5.0, metavar="SECONDS")
    window.add_argument(
        "--without",
        choices=[case.key for case in CASES],
        default="",
        help="open the window that shows what STR does without this, too, and picture that",
    )
    return parser


def _add_stream_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--stream",
        type=_stream,
        action="append",
        metavar="WHERE",
        help="send the body: vmc[:HOST[:PORT]] to avatars and engines, ws[:PORT] as JSON to this machine",
    )
    group.add_argument(
        "--avatar", type=_file, metavar="FILE.vrm", help="vmc: send the bones' lengths of this avatar"
    )
    group.add_argument("--turn-around", action="store_true", help="vmc: half a turn, where you see the back")
    group.add_argument(
        "--single-messages", action="store_true", help="vmc: no bundles, for receivers that know none"
    )
    group.add_argument(
        "--everybody",
        action="store_true",
        help="vmc: each person on a port of his own, from that one on",
    )


def add_network_arguments(parser: argparse.ArgumentParser, *, several_sources: bool = False) -> None:
    """The arguments that the window, the headless mode and the bench share."""
    parser.add_argument(
        "--source",
        type=_source,
        nargs="+" if several_sources else 1,
        metavar="WHAT",
        help="a camera's number or id, a film, picture, folder, recording or address; clip is built in",
    )
    parser.add_argument(
        "--slow-motion",
        type=_slow_motion,
        metavar="FACTOR",
        help="how many times slower than life the film or folder plays, such as 8 for one filmed at 240"
        " pictures a second that plays at 30: its times are divided by that, which puts accelerations and"
        " recordings right; it still plays at its own speed",
    )
    parser.add_argument(
        "--people",
        type=int,
        choices=range(1, MOST_PEOPLE + 1),
        metavar="N",
        help=f"how many people to follow, 1 to {MOST_PEOPLE}; each gets a number, and with --record a file"
        " of his own, OUT_p1.npz, beside OUT.npz, which opens all of them (default: in the window as many as"
        " keep pace with 30 pictures a second, measured; without it one, as results must not depend on the"
        " computer's speed)",
    )
    parser.add_argument(
        "--follow",
        type=_follow,
        metavar="WHOM",
        help="of several people: largest, centre, or a person's number",
    )
    parser.add_argument(
        "--detector",
        type=_file,
        metavar="FILE.task",
        help="mediapipe's pose_landmarker_lite, _full or _heavy.task, for its landmarks",
    )
    parser.add_argument(
        "--body", type=_file, metavar="FILE", help="a SMPL file (.pkl, .npz); else the free body"
    )
    parser.add_argument(
        "--weights",
        type=_file,
        action="append",
        metavar="FILE",
        help="a checkpoint of ours (.safetensors), of TCMR or of VIBE; may be given several times",
    )
    parser.add_argument(
        "--backbone", type=_file, metavar="FILE", help="SPIN's checkpoint, for the front end resnet"
    )
    parser.add_argument("--device", type=_device, metavar="DEVICE", help="cpu, cuda, cuda:1 ...")
    parser.add_argument(
        "--precision", choices=PRECISIONS, help="of image encoders and wide networks; auto: the fastest"
    )
    parser.add_argument(
        "--front-end",
        choices=FRONT_END_CHOICES,
        help="what is seen of the person; auto, the default: what measured best, without CUDA landmarks",
    )
    parser.add_argument("--temporal", choices=TEMPORAL_NETWORKS, help="which network, or frame by frame")
    parser.add_argument(
        "--off", type=_switches, metavar="LIST", help=f"modules of STR to leave out: {', '.join(SWITCHES)}"
    )
    parser.add_argument(
        "--look-ahead",
        type=int,
        choices=range(MAX_LOOKAHEAD + 1),
        metavar="K",
        help=f"thirtieths of a second to wait for, 0 to {MAX_LOOKAHEAD}",
    )


def _source(text: str) -> str:
    """A source's spec; paths must exist."""
    text = plain_spec(text)
    is_path = text.startswith((".", "~")) or (text.startswith("/") and not text.startswith("/dev/"))
    if not is_url(text) and (is_path or kind_of(text) in ("video", "images", "recording")):
        path = Path(text).expanduser()
        if not path.exists():
            raise argparse.ArgumentTypeError(f"there is no file or folder {text}{interrupted_hint(path)}")
    return text


def _file(text: str) -> str:
    """The path of an existing file."""
    if not Path(text).expanduser().is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return str(Path(text).expanduser())


def _npz(text: str) -> Path:
    return _output(text, ".npz")


def _mp4(text: str) -> Path:
    return _output(text, ".mp4")


def _output(text: str, suffix: str) -> Path:
    """The path of a file to be written."""
    path = Path(text).expanduser()
    if path.suffix != suffix:
        raise argparse.ArgumentTypeError(f"{text} does not end in {suffix}")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder")
    return path


def _worded(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """`read` for argparse, which shows the sentence of this error only."""

    def typed(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return typed


def _stream(text: str) -> str:
    try:
        with_stream(StreamSettings(), text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a file: give a folder")
    return path


def _suffixes(text: str) -> list[str]:
    """'fbx,.trc' -> ['.fbx', '.trc']."""
    return [f".{name.strip().lstrip('.').lower()}" for name in text.split(",") if name.strip(" .")]


def _follow(text: str) -> str:
    """One of FOLLOW_CHOICES, or a person's number."""
    if text not in FOLLOW_CHOICES:
        if not text.isdigit() or int(text) == 0:
            raise argparse.ArgumentTypeError(
                f"{text!r} is neither {' nor '.join(FOLLOW_CHOICES)} nor a number"
            )
        return str(int(text))
    return text


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def _slow_motion(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not MIN_SLOW_MOTION <= factor <= MAX_SLOW_MOTION:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number between {MIN_SLOW_MOTION:g} and {MAX_SLOW_MOTION:g}"
        )
    return factor


def _device(text: str) -> str:
    if not re.fullmatch(r"cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor cuda nor cuda:N")
    return text


def _switches(text: str) -> list[str]:
    """'ttr,ste-time' -> ['ttr', 'ste_time']."""
    names = [name.strip().lower().replace("-", "_") for name in text.split(",") if name.strip()]
    for name in names:
        if name not in SWITCHES:
            raise argparse.ArgumentTypeError(f"unknown module {name!r}: choose among {', '.join(SWITCHES)}")
    return names
