"""Bodies as JSON for web pages and scripts, over a WebSocket on this machine only.

In: StreamedBody. Out, to everybody who connects to ws://127.0.0.1:PORT: first, and again when the bones'
lengths change, {"type": "skeleton", "names", "parents", "rest", "up": "y", "unit": "m"}, then for each body
{"type": "frame", "t", "person", "root", "q", "joints", "betas"}, both of the followed person with his
"number" and a list "people" of everybody, each with the same of his own: seconds of the source, metres,
quaternions x, y, z, w in SMPL's order, in a right-handed world with y up.

A listener that is slow gets the newest body, never a queue of old ones. Any web page may try to connect to
this machine: only pages that this machine serves itself, or that are files, are let in.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from str_live.latest import Latest
from str_live.skeleton import JOINT_NAMES, PARENTS
from str_live.stream.contract import StreamedBody, StreamError

HOST = "127.0.0.1"
PORT = 8765
ORIGINS = [None, "null", re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")]
"""Who may connect: programs (they send no origin), files, and pages of this machine."""
_DIGITS = 5
_LOOK_S = 0.5
"""How often a connection that nothing is sent to is looked at."""


class WebSocketStream:
    """A server; see stream/contract.py."""

    def __init__(self, port: int = PORT) -> None:
        self._port = port
        self._newest: Latest[tuple[StreamedBody, ...]] = Latest()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._receivers = 0
        self.address = f"ws://{HOST}:{port}"

    @property
    def receivers(self) -> int:
        """How many are connected."""
        return self._receivers

    def start(self) -> None:
        """Listen; port 0 takes a free one."""
        try:
            self._server = serve(
                self._talk, HOST, self._port, origins=ORIGINS, compression=None, max_size=4096
            )
        except OSError as error:
            raise StreamError(
                f"The WebSocket cannot listen on port {self._port} ({error.strerror}): choose another, as in "
                f"--stream ws:{PORT + 1}."
            ) from error
        self.address = f"ws://{HOST}:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="websocket", daemon=True)
        self._thread.start()

    def send(self, body: StreamedBody, others: Sequence[StreamedBody] = ()) -> None:
        """The next bodies for every listener who is ready for them."""
        self._newest.put((body, *others))

    def stop(self) -> None:
        """Say goodbye and stop listening."""
        self._newest.close()
        if self._server is not None:
            self._server.shutdown()
            self._server = None
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None

    def _talk(self, connection: ServerConnection) -> None:
        """One listener, on a thread of its own."""
        with self._lock:
            self._receivers += 1
        try:
            self._send_all(connection)
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._receivers -= 1

    def _send_all(self, connection: ServerConnection) -> None:
        number = 0
        rests: list[tuple[int, np.ndarray]] = []
        while not self._newest.closed:
            number, bodies = self._newest.get(number, timeout=_LOOK_S)
            if bodies is None:
                _notice_end(connection)
                continue
            if not _same_bones(bodies, rests):
                connection.send(json.dumps(skeleton_message(*bodies)))
                rests = [(body.number, body.rest) for body in bodies]
            connection.send(json.dumps(frame_message(*bodies)))


def _same_bones(bodies: Sequence[StreamedBody], rests: Sequence[tuple[int, np.ndarray]]) -> bool:
    """Whether the same people have the bones that they had when these were sent last."""
    return len(bodies) == len(rests) and all(
        body.number == number and body.rest is rest
        for body, (number, rest) in zip(bodies, rests, strict=True)
    )


def skeleton_message(body: StreamedBody, *others: StreamedBody) -> dict[str, Any]:
    """The followed person's bones, and everybody's."""
    return {
        "type": "skeleton",
        "names": JOINT_NAMES,
        "parents": PARENTS,
        "rest": _rounded(body.rest),
        "up": "y",
        "unit": "m",
        "number": body.number,
        "people": [{"number": one.number, "rest": _rounded(one.rest)} for one in (body, *others)],
    }


def frame_message(body: StreamedBody, *others: StreamedBody) -> dict[str, Any]:
    """The followed person's body, and everybody's."""
    return {
        "type": "frame",
        "t": round(body.time_s, _DIGITS),
        **_body_message(body),
        "people": [_body_message(one) for one in (body, *others)],
    }


def _body_message(body: StreamedBody) -> dict[str, Any]:
    """One body."""
    return {
        "number": body.number,
        "person": bool(body.person),
        "root": _rounded(body.pelvis),
        "q": _rounded(body.rotations),
        "joints": _rounded(body.joints),
        "betas": _rounded(body.betas),
    }


def _rounded(values: np.ndarray) -> list[Any]:
    return np.round(np.asarray(values, np.float64), _DIGITS).tolist()


def _notice_end(connection: ServerConnection) -> None:
    """ConnectionClosed where the other side has gone while there was nothing to send."""
    try:
        connection.recv(timeout=0)
    except TimeoutError:
        return
