"""All streams that the settings ask for, started and stopped as these change. In: BodyResult."""

from __future__ import annotations

import threading
from collections.abc import Callable

from str_live.body.skinning import Body
from str_live.messages import BodyResult
from str_live.settings import StreamSettings
from str_live.stream.contract import StreamError
from str_live.stream.opening import NAMES, open_stream, wanted
from str_live.stream.sender import StreamSender
from str_live.stream.status import SenderStatus


class StreamSenders:
    """Any thread may call."""

    def __init__(self, on_error: Callable[[str], None] = lambda _: None) -> None:
        """`on_error(sentence)`: a stream that ran broke; called from its thread."""
        self._on_error = on_error
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[object, ...] | None] = {}
        self._senders: dict[str, StreamSender] = {}
        self._failed: dict[str, SenderStatus] = {}
        """Streams that could not start."""
        self._stopped = False

    def configure(self, settings: StreamSettings, body: Body) -> list[str]:
        """Start and stop what changed; gives a sentence for each that cannot start. May wait for a name."""
        troubles = []
        with self._lock:
            for name in NAMES:
                wish = wanted(settings, name)
                asked = None if wish is None or self._stopped else (body, *wish)
                if asked == self._asked.get(name):
                    continue
                self._asked[name] = asked
                self._failed.pop(name, None)
                if name in self._senders:
                    self._senders.pop(name).stop()
                if asked is None:
                    continue
                try:
                    stream = open_stream(settings, name)
                    self._senders[name] = StreamSender(name, stream, body, self._on_error).start()
                except StreamError as error:
                    troubles.append(str(error))
                    self._failed[name] = SenderStatus(name, "", error=str(error))
        return troubles

    def put(self, result: BodyResult) -> None:
        """The next result, for all of them."""
        for sender in tuple(self._senders.values()):
            sender.put(result)

    def stop(self) -> tuple[SenderStatus, ...]:
        """Stop them all for good; gives what each did."""
        with self._lock:
            self._stopped = True
            for sender in self._senders.values():
                sender.stop()
            status = self.status
            self._senders, self._asked = {}, {}
        return status

    @property
    def status(self) -> tuple[SenderStatus, ...]:
        """What each does now."""
        running = tuple(sender.status for sender in tuple(self._senders.values()))
        return running + tuple(self._failed.values())
