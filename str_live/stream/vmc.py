"""VMC (Virtual Motion Capture Protocol 3.1): for VTuber avatars, Unity, Unreal, Godot and Blender, by UDP.

In: StreamedBody. Out: two bundles of OSC messages a body, for a receiver ("Marionette") at HOST:PORT.
Unity's frame: left-handed, y up, the avatar faces +z. Rotations are relative to the T-pose. Positions are the
bones' own offsets and never zeros, which would crumple avatars in receivers that apply them; all movement is
in Hips, as several receivers ignore the root. The last messages of a body are Blend/Apply, OK and T, since
receivers take it up at one of these.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.export.names import NAMES
from str_live.settings import MOST_PEOPLE
from str_live.skeleton import PARENTS
from str_live.stream.contract import StreamedBody, StreamError
from str_live.stream.osc import bundle, message
from str_live.stream.vrm import Avatar

PORT, LAST_PORT = 39539, 65535
"""Where receivers listen by default."""
BONES = len(NAMES["unity"])
FIRST_BUNDLE = 16
"""Bones in the first bundle: 1,236 bytes with the root, a packet of any network."""
_UNITY_PLACE = np.array([-1.0, 1.0, 1.0])
_UNITY_TURN = np.array([1.0, -1.0, -1.0, 1.0])
_TURNED = Rotation.from_euler("y", 180, degrees=True)


@dataclass(frozen=True, slots=True)
class VmcOptions:
    """What receivers differ in."""

    avatar: Avatar | None = None
    """Whose proportions are sent; None: the body's own."""
    turn_around: bool = False
    """Half a turn about the vertical, for receivers that show the back."""
    bundles: bool = True
    """False: each message in a packet of its own, for receivers that know no bundles."""
    everybody: bool = False
    """Each person on a port of his own, from the given one on; False: the followed one on that port."""


class VmcStream:
    """A sender; see stream/contract.py."""

    receivers = None

    def __init__(self, host: str, port: int = PORT, options: VmcOptions | None = None) -> None:
        self._host, self._port = host, port
        self._options = options or VmcOptions()
        self._socket: socket.socket | None = None
        self._started = time.monotonic()
        self._places: dict[int, int] = {}
        """Each person's port by number, counted from the first."""
        self.address = f"{host}:{port}"

    def start(self) -> None:
        """Find the receiver's address; whether anybody listens there, UDP does not say."""
        if self._options.everybody and self._port + MOST_PEOPLE > LAST_PORT + 1:
            raise StreamError(
                f"There are not {MOST_PEOPLE} ports from {self._port} on, one for each person: "
                f"give a port up to {LAST_PORT + 1 - MOST_PEOPLE}."
            )
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_DGRAM
            )[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setblocking(False)
            self._place = place
        except OSError as error:
            raise StreamError(
                f"VMC cannot be sent to {self.address} ({error.strerror}): check the address."
            ) from error

    def send(self, body: StreamedBody, others: Sequence[StreamedBody] = ()) -> None:
        """Each body as a bundle or two."""
        people = (body, *others) if self._options.everybody else (body,)
        self._find_places([one.number for one in people] if self._options.everybody else [])
        for one in people:
            place = self._places.get(one.number) if self._options.everybody else 0
            if place is not None:
                self._send_to(place, one)

    def _find_places(self, numbers: list[int]) -> None:
        """Whoever comes takes the first free port, and keeps it as long as he is known."""
        self._places = {number: place for number, place in self._places.items() if number in numbers}
        for number in numbers:
            free = (place for place in range(MOST_PEOPLE) if place not in self._places.values())
            if number not in self._places and (place := next(free, None)) is not None:
                self._places[number] = place

    def _send_to(self, place: int, body: StreamedBody) -> None:
        """To the port that lies so far after the first."""
        if self._socket is None:
            return
        host, _, *rest = self._place
        try:
            for packet in self.packets(body, time.monotonic() - self._started):
                self._socket.sendto(packet, (host, self._port + place, *rest))
        except (BlockingIOError, ConnectionRefusedError):
            return  # the network is full, or nobody listens yet: the next body may come through
        except OSError as error:
            raise StreamError(
                f"VMC cannot be sent to {self.address} ({error.strerror}): check the address and the network."
            ) from error

    def stop(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def packets(self, body: StreamedBody, seconds: float) -> list[bytes]:
        """The packets of a body, `seconds` after the start."""
        bones = bone_messages(body, self._options)
        first = [message("/VMC/Ext/Root/Pos", "root", *(0.0,) * 6, 1.0), *bones[:FIRST_BUNDLE]]
        end = [message("/VMC/Ext/Blend/Apply"), message("/VMC/Ext/OK", 1), message("/VMC/Ext/T", seconds)]
        last = [*bones[FIRST_BUNDLE:], *end]
        return [bundle(first), bundle(last)] if self._options.bundles else [*first, *last]


def bone_messages(body: StreamedBody, options: VmcOptions) -> list[bytes]:
    """One message a bone that the avatar has, Hips first: parents come before children."""
    turns, places = unity_turns(body, options.turn_around), unity_places(body, options.turn_around)
    if options.avatar is not None:
        turns, places = _for_avatar(options.avatar, turns, places, float(body.rest[0, 1]))
    return [
        message(
            "/VMC/Ext/Bone/Pos", NAMES["unity"][joint], *map(float, places[joint]), *map(float, turns[joint])
        )
        for joint in sorted(turns)
    ]


def unity_turns(body: StreamedBody, turn_around: bool = False) -> dict[int, np.ndarray]:
    """Joint -> (4,) quaternion x, y, z, w in its parent, Unity's frame."""
    turns = body.rotations[:BONES] * _UNITY_TURN
    if turn_around:
        turns[0] = (_TURNED * Rotation.from_quat(turns[0])).as_quat()
    return dict(enumerate(turns))


def unity_places(body: StreamedBody, turn_around: bool = False) -> dict[int, np.ndarray]:
    """Joint -> (3,) metres in its parent; the hips in the world. Unity's frame."""
    offsets = body.rest[:BONES] - body.rest[list(PARENTS[:BONES])]
    offsets[0] = body.pelvis
    places = offsets * _UNITY_PLACE
    if turn_around:
        places[0] = _TURNED.apply(places[0])
    return dict(enumerate(places))


def _for_avatar(
    avatar: Avatar, turns: dict[int, np.ndarray], places: dict[int, np.ndarray], hips_height: float
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """The same for the avatar's bones, rest rotations and proportions.

    What a bone that it lacks would turn, its children do. `hips_height` (metres): ours at rest.
    """
    own_turns: dict[int, np.ndarray] = {}
    carried: dict[int, Rotation] = {}
    for joint, name in enumerate(NAMES["vrm"]):
        turn = Rotation.from_quat(turns[joint])
        above = carried.get(PARENTS[joint])
        turn = turn if above is None else above * turn
        if name not in avatar.positions:
            carried[joint] = turn
            continue
        local, world = avatar.local[name], avatar.world[name]
        own_turns[joint] = (local * world.inv() * turn * world).as_quat()
    own_places = {joint: avatar.positions[NAMES["vrm"][joint]] for joint in own_turns}
    own_places[0] = places[0] * (avatar.hips_height / hips_height)
    return own_turns, own_places
