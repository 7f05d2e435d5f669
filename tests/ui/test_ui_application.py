"""How the window's process ends on request."""

from __future__ import annotations

import signal
import threading

from PyQt6 import sip

from str_live.stopping import Stopping
from str_live.ui.application import close_on_request
from str_live.ui.notices import EventBridge


def test_a_request_of_another_thread_closes_the_window_as_its_user_would(make_window, store, qtbot):
    window, stopping = make_window(), Stopping()
    close_on_request(window, window.session, stopping)
    window.show()
    window.start()
    threading.Thread(target=stopping.request, args=(signal.SIGTERM,)).start()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    assert stopping.wait_acknowledged()
    assert store.load_window()[0] is not None


def test_a_request_while_the_window_was_made_closes_it_too(make_window, qtbot):
    window, stopping = make_window(), Stopping()
    stopping.request(signal.SIGHUP)
    close_on_request(window, window.session, stopping)
    window.show()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)


def test_a_window_that_hangs_is_ended_by_stopping_the_session(make_window, monkeypatch):
    window, stopping, asked = make_window(), Stopping(), []
    monkeypatch.setattr(window.session, "stop", asked.append)
    close_on_request(window, window.session, stopping)
    stopping.on_overdue()
    assert len(asked) == 1


def test_an_event_after_the_window_has_gone_is_shown_to_nobody(qapp):
    events = EventBridge()
    heard = []
    events.arrived.connect(lambda *event: heard.append(event))
    events.send("notice", "before")
    sip.delete(events)
    events.send("notice", "a network that was still being loaded")
    assert heard == [("notice", "before")]


def test_a_request_after_the_window_has_gone_is_no_error(make_window):
    window, stopping = make_window(), Stopping()
    close_on_request(window, window.session, stopping)
    window.close()
    sip.delete(window)
    stopping.request(signal.SIGTERM)
    assert stopping.requested
