"""Everything a user may change, as frozen dataclasses: the window replaces them, other threads read them."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from str_live.addresses import public_address
from str_live.angle_names import ANGLE_KINDS

logger = logging.getLogger(__name__)

FRONT_ENDS = ("landmarks", "resnet", "both")
FRONT_END_CHOICES = ("auto", *FRONT_ENDS)
"""'auto' becomes one of the others at the start, before anything runs (weights/choose.py)."""
NETWORK_NAMES = {"str": "STR", "tcmr": "TCMR", "vibe": "VIBE", "frame": "per-frame"}
"""What the temporal networks are called, by their names in files and on the command line."""
TEMPORAL_NETWORKS = tuple(NETWORK_NAMES)
PRECISIONS = ("auto", "float32", "bfloat16")
"""What image encoders and wide temporal networks compute in; 'auto' takes what the device is faster at."""
SWITCHES = ("ttr", "ste_time", "ste_freq", "self", "cross")
"""The five modules of STR that can be bypassed, in the order of the paper."""
MAX_LOOKAHEAD = 7
MOST_PEOPLE = 6
AUTOMATIC = 0
"""People whose number is not chosen."""
FOLLOW_CHOICES = ("largest", "centre")
MIN_SLOW_MOTION, MAX_SLOW_MOTION = 0.01, 1000.0
"""Below 1: a time lapse."""
VERSION = 2
"""Of stored settings. The first knew no 'auto' for the front end."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Which pictures to read. A webcam is asked for size and rate; what it delivers is shown beside them."""

    spec: str = ""
    """A camera's stable id or number, a file, a folder, a URL, 'clip' (built in).

    '' takes the first camera, and the clip where there is none.
    """
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    loop: bool = True
    """Start files again at their end (the window's default; headless runs end)."""
    realtime: bool = True
    """Play files at their own speed and drop what comes too late; False: every frame, as fast as it goes."""
    slow_motion: float = 1.0
    """How many times slower than life the film or folder `spec` plays; its times are divided by it."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """One network variant: which temporal network, and which of STR's modules run."""

    temporal: str = "str"
    ttr: bool = True
    ste_time: bool = True
    ste_freq: bool = True
    self_integration: bool = True
    cross_integration: bool = True

    def without(self, *names: str) -> NetworkSettings:
        """A copy with the named switches (names of SWITCHES, '-' and '_' alike) off."""
        fields = {"self": "self_integration", "cross": "cross_integration"}
        changes = {}
        for name in names:
            key = name.strip().lower().replace("-", "_")
            if key not in SWITCHES:
                raise ValueError(f"unknown module {name!r}: choose among {', '.join(SWITCHES)}")
            changes[fields.get(key, key)] = False
        return dataclasses.replace(self, **changes)

    def running(self, available: Collection[str]) -> NetworkSettings:
        """The network that runs where only the temporal networks `available` have weights.

        One without weights is replaced by the per-frame network. Only STR has modules, so the switches of all
        others are reset: equal networks then compare equal.
        """
        if self.temporal not in available:
            return NetworkSettings("frame")
        return self if self.temporal == "str" else NetworkSettings(self.temporal)


@dataclass(frozen=True, slots=True)
class VariantSettings:
    """A network and what is done to its output for display."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    one_euro: bool = False
    """Smooth the displayed body with a One-Euro filter. Never applied to recordings or measurements."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What the two views draw."""

    mesh: bool = True
    skeleton: bool = False
    box: bool = False
    landmarks: bool = False
    mirror: bool = False
    """Show films as a mirror does; only the picture, never data."""
    mirror_webcam: bool = True
    """The same of webcams: what people expect of their own picture."""
    numbers: bool = True
    """Write everybody's number above his head where there are several people."""
    alone: bool = False
    """Show the followed one alone in the 3D view, not everybody at their places."""
    opacity: float = 0.92
    colour_mode: str = "uniform"
    angle_plot: bool = False
    """A plot of joint angles beside those of accelerations."""
    angle: str = "knee"
    """Which: a kind of ANGLE_KINDS."""

    def of_source(self, *, webcam: bool) -> ViewSettings:
        """What is drawn of a webcam or of anything else: `mirror` is the choice for that kind."""
        return dataclasses.replace(self, mirror=self.mirror_webcam) if webcam else self


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Where bodies are sent to while they are made."""

    vmc: bool = False
    vmc_host: str = "127.0.0.1"
    vmc_port: int = 39539
    """Where VMC's receivers listen by default."""
    vmc_avatar: str = ""
    """A .vrm file whose proportions are sent; '' sends the body's own."""
    vmc_turn_around: bool = False
    """Half a turn about the vertical, for receivers that show the back."""
    vmc_bundles: bool = True
    """False: each message in a packet of its own, for receivers that know no bundles."""
    vmc_everybody: bool = False
    """Each person on a port of his own, from vmc_port on; False: the followed one there."""
    ws: bool = False
    ws_port: int = 8765


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole state of the program that survives a restart."""

    source: SourceSettings = field(default_factory=SourceSettings)
    front_end: str = "auto"
    """One of FRONT_END_CHOICES; once the program runs, the one of FRONT_ENDS that 'auto' became."""
    people: int = AUTOMATIC
    """How many to follow, 1 to MOST_PEOPLE. AUTOMATIC: as many as keep pace (live/pace.py) in the window, one
    without it, where results must not depend on how fast the computer is."""
    follow: str = "largest"
    """Which of them is shown first, plotted and streamed: one of FOLLOW_CHOICES, or a person's number."""
    left_out: tuple[int, ...] = ()
    """Numbers of people who get no body and no recording, in this session."""
    detector: str = ""
    """A bundle of mediapipe's (.task) whose landmark model is used; '' takes the wheel's own."""
    lookahead: int = 2
    """Frames of 1/30 s to wait for before a body is given, 0 to 7: two remove most jitter for 67 ms."""
    variant_a: VariantSettings = field(default_factory=VariantSettings)
    variant_b: VariantSettings = field(
        default_factory=lambda: VariantSettings(NetworkSettings(temporal="frame"))
    )
    compare: bool = False
    """Run variant B beside A."""
    view: ViewSettings = field(default_factory=ViewSettings)
    stream: StreamSettings = field(default_factory=StreamSettings)
    body: str = ""
    """A body file; '' takes the free body."""
    weights: tuple[str, ...] = ()
    """Checkpoints: one of ours, TCMR's, VIBE's; () takes the default weights of the front end."""
    backbone: str = ""
    """SPIN's checkpoint for the resnet front end; '' means none was given."""
    device: str = ""
    """'cpu', 'cuda', 'cuda:1' ...; '' takes CUDA where there is one."""
    precision: str = "auto"
    """One of PRECISIONS."""

    @property
    def variants(self) -> dict[str, VariantSettings]:
        """Those that are shown, by name: 'A', and 'B' where it is compared."""
        shown = {"A": self.variant_a, "B": self.variant_b}
        return shown if self.compare else {"A": self.variant_a}

    def variant(self, name: str) -> VariantSettings:
        """Variant 'A' or 'B', shown or not."""
        return getattr(self, _VARIANT_FIELDS[name])

    def with_variant(self, name: str, variant: VariantSettings) -> Settings:
        """The settings with another variant 'A' or 'B'."""
        return dataclasses.replace(self, **{_VARIANT_FIELDS[name]: variant})

    def running(self, available: Collection[str]) -> Settings:
        """The settings with the networks that run where only `available` ones have weights."""
        changed = self
        for name in _VARIANT_FIELDS:
            variant = self.variant(name)
            network = variant.network.running(available)
            changed = changed.with_variant(name, dataclasses.replace(variant, network=network))
        return changed


_VARIANT_FIELDS = {"A": "variant_a", "B": "variant_b"}


def without_secrets(settings: Settings) -> Settings:
    """The settings as they may be written to files: of the source's address only what is public."""
    source = dataclasses.replace(settings.source, spec=public_address(settings.source.spec))
    return dataclasses.replace(settings, source=source)


def to_json(settings: Settings) -> str:
    """One JSON line, to be read back by `from_json`."""
    return json.dumps({"version": VERSION, **dataclasses.asdict(settings)})


def from_json(text: str) -> Settings:
    """Settings from `to_json`; unknown keys are ignored, bad values replaced by defaults, with a warning."""
    try:
        stored = json.loads(text)
    except ValueError as error:
        logger.warning("stored settings are not readable (%s): defaults are used", error)
        return Settings()
    if isinstance(stored, dict) and stored.get("version") == 1 and stored.get("front_end") == "landmarks":
        del stored["front_end"]  # all stored it, as the default; who chose another front end keeps that
    return _rebuild(Settings, stored, "settings")


def _rebuild(kind: type, stored: Any, where: str) -> Any:
    """An instance of the dataclass `kind` from the mapping `stored`, field by field."""
    if not isinstance(stored, dict):
        logger.warning("stored %s are not a mapping: defaults are used", where)
        return kind()
    hints = get_type_hints(kind)
    values = {}
    for entry in dataclasses.fields(kind):
        if entry.name not in stored:
            continue
        expected, value = hints[entry.name], stored[entry.name]
        if get_origin(expected) is tuple:
            value = _items(value, get_args(expected)[0])
            expected = tuple
        if isinstance(expected, type) and dataclasses.is_dataclass(expected):
            values[entry.name] = _rebuild(expected, value, entry.name)
        elif expected is float and isinstance(value, int) and not isinstance(value, bool):
            values[entry.name] = float(value)
        elif type(value) is expected and _allowed(entry.name, value):
            values[entry.name] = value
        else:
            logger.warning(
                "stored setting %s.%s = %r is not usable: default is used", where, entry.name, value
            )
    return kind(**values)


def _items(value: Any, kind: type) -> Any:
    """A stored list as a tuple; earlier versions stored a single name, '' for none."""
    if isinstance(value, str):
        return (value,) if value else ()
    whole = isinstance(value, list) and all(type(item) is kind for item in value)
    return tuple(value) if whole else value


def _allowed(name: str, value: Any) -> bool:
    """Whether a stored value is among the choices its field knows."""
    if name == "front_end":
        return value in FRONT_END_CHOICES
    if name == "temporal":
        return value in TEMPORAL_NETWORKS
    if name == "precision":
        return value in PRECISIONS
    if name == "people":
        return value == AUTOMATIC or 1 <= value <= MOST_PEOPLE
    if name == "follow":
        return value in FOLLOW_CHOICES
    if name == "lookahead":
        return 0 <= value <= MAX_LOOKAHEAD
    if name == "angle":
        return value in ANGLE_KINDS
    if name == "slow_motion":
        return MIN_SLOW_MOTION <= value <= MAX_SLOW_MOTION
    return True
