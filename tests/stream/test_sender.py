"""A sender never makes anybody wait, sends what is newest, and says how it fares."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from str_live.stream.contract import StreamedBody, StreamError
from str_live.stream.sender import StreamSender
from tests.stream.results import BODY, make_results

WAIT_S = 20


class Outlet:
    """A stream that notes what it is given, and can be held up or broken."""

    address = "somewhere"
    receivers = 3

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[StreamedBody] = []
        self.error = error
        self.entered, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.stopped = False

    def start(self) -> None:
        return

    def send(self, body: StreamedBody, others: Sequence[StreamedBody] = ()) -> None:
        if self.error:
            raise self.error
        self.sent.append(body)
        self.entered.release()
        assert self.go_on.acquire(timeout=WAIT_S)

    def stop(self) -> None:
        self.stopped = True


def test_results_that_come_while_one_is_sent_are_overtaken_by_the_newest():
    outlet, results = Outlet(), make_results(4)
    sender = StreamSender("test", outlet, BODY).start()
    sender.put(results[0])
    assert outlet.entered.acquire(timeout=WAIT_S)
    for result in results[1:]:
        sender.put(result)
    outlet.go_on.release(2)
    assert outlet.entered.acquire(timeout=WAIT_S)
    sender.stop()
    assert [body.time_s for body in outlet.sent] == [results[0].frame.time_s, results[3].frame.time_s]
    assert outlet.stopped


def test_the_status_tells_rate_age_and_receivers():
    outlet, results = Outlet(), make_results(3)
    sender = StreamSender("test", outlet, BODY).start()
    for result in results:
        outlet.go_on.release()
        sender.put(result)
        assert outlet.entered.acquire(timeout=WAIT_S)
    sender.stop()
    status = sender.status
    assert (status.name, status.address, status.receivers, status.error) == ("test", "somewhere", 3, "")
    assert status.sent == 3
    assert status.age_ms > 0


@pytest.mark.parametrize("error", [StreamError("The cable is cut."), RuntimeError("cut")])
def test_a_stream_that_breaks_tells_it_once_and_takes_no_more(error):
    told, heard = [], threading.Event()

    def on_error(sentence: str) -> None:
        told.append(sentence)
        heard.set()

    sender = StreamSender("test", Outlet(error), BODY, on_error).start()
    for result in make_results(2):
        sender.put(result)
    assert heard.wait(WAIT_S)
    sender.stop()
    assert len(told) == 1
    assert "cut" in told[0]
    assert sender.status.error == told[0]
