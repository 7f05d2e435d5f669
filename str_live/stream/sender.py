"""A thread for each stream: takes the newest result, never makes anybody wait, and counts what it sends.

In: BodyResult. Out: bodies through a Stream, and SenderStatus.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from str_live.body.skinning import Body
from str_live.latest import Latest
from str_live.messages import BodyResult
from str_live.stats import RateMeter
from str_live.stream.contract import Stream, StreamError
from str_live.stream.placing import PeoplePlacing
from str_live.stream.status import SenderStatus

logger = logging.getLogger(__name__)

_LOOK_S = 0.5
"""How often the rate is counted while nothing comes."""


class StreamSender:
    """One stream from `start` to `stop`. `put` may be called from any thread."""

    def __init__(
        self, name: str, stream: Stream, body: Body, on_error: Callable[[str], None] = lambda _: None
    ) -> None:
        """`on_error(sentence)` is called once, from the sender's thread, where the stream breaks."""
        self._name, self._stream, self._on_error = name, stream, on_error
        self._placing = PeoplePlacing(body)
        self._newest: Latest[BodyResult] = Latest()
        self._rate = RateMeter()
        self._sent, self._sent_per_s, self._age_ms, self._error = 0, 0.0, 0.0, ""
        self._thread = threading.Thread(target=self._run, name=f"stream {name}", daemon=True)

    def start(self) -> StreamSender:
        """Open the stream, here, so that StreamError reaches the caller; returns itself."""
        self._stream.start()
        self._thread.start()
        return self

    def put(self, result: BodyResult) -> None:
        """The next result: whatever was not sent yet is overtaken."""
        self._newest.put(result)

    def wait_sent(self, timeout: float | None = None) -> bool:
        """Whether the newest result has been taken within `timeout` seconds: for sources without a clock."""
        return self._newest.wait_taken(timeout)

    def stop(self) -> None:
        """Send what is newest, and close."""
        if self._thread.is_alive():
            self._newest.wait_taken(timeout=0.5)
            self._newest.close()
            self._thread.join(timeout=2)
        self._stream.stop()

    @property
    def status(self) -> SenderStatus:
        """What it does now."""
        return SenderStatus(
            name=self._name,
            address=self._stream.address,
            sent=self._sent,
            sent_per_s=self._sent_per_s,
            age_ms=self._age_ms,
            receivers=self._stream.receivers,
            error=self._error,
        )

    def _run(self) -> None:
        number = 0
        try:
            while not self._newest.closed:
                number, result = self._newest.get(number, timeout=_LOOK_S)
                self._sent_per_s = self._rate.rate()
                placed = None if result is None else self._placing.place(result)
                if result is None or placed is None:
                    continue
                self._stream.send(*placed)
                self._sent += 1
                self._age_ms = (time.perf_counter_ns() - result.frame.captured_ns) / 1e6
                self._rate.tick()
        except StreamError as error:
            self._fail(str(error))
        except Exception as error:  # top of a thread
            logger.exception("the stream %s failed", self._name)
            self._fail(f"The stream {self._name} failed and was stopped: {error}.")

    def _fail(self, sentence: str) -> None:
        self._error = sentence
        self._newest.close()
        self._on_error(sentence)
