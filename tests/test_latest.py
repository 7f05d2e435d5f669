"""The mailbox: newest wins, each reader sees a value once, nothing waits for ever."""

from __future__ import annotations

import threading
import time

from str_live.latest import Latest


def test_the_newest_value_wins_and_the_overwritten_are_counted():
    box: Latest[int] = Latest()
    for value in (1, 2, 3):
        box.put(value)
    assert box.get(0, 0) == (3, 3)
    assert box.dropped == 2


def test_a_value_is_given_once_per_reader():
    box: Latest[str] = Latest()
    box.put("a")
    first, _ = box.get(0, 0)
    assert box.get(first, 0) == (first, None)
    assert box.get(0, 0) == (1, "a")  # another reader
    assert box.dropped == 0


def test_a_waiting_reader_is_woken_by_a_value_and_by_the_end():
    for act in (lambda box: box.put(7), lambda box: box.close()):
        box: Latest[int] = Latest()
        threading.Timer(0.05, act, [box]).start()
        started = time.monotonic()
        box.get(0, 5.0)
        assert time.monotonic() - started < 3.0


def test_wait_taken_tells_whether_the_reader_has_it():
    box: Latest[int] = Latest()
    assert box.wait_taken(0)
    box.put(1)
    assert not box.wait_taken(0.01)
    threading.Timer(0.05, box.get, [0]).start()
    assert box.wait_taken(5.0)
    box.put(2)
    box.close()
    assert box.wait_taken(0)
