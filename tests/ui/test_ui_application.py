"""How the window's process ends when it is told to."""

from __future__ import annotations

import signal
import threading

from str_live.stopping import Stopping
from str_live.ui.application import close_on_request


def test_a_window_told_to_end_by_another_thread_closes_as_its_user_would(make_window, qtbot):
    window, stopping = make_window(), Stopping()
    close_on_request(window, window._pipeline, stopping)
    window.show()
    window.start()
    threading.Thread(target=stopping.request, args=(signal.SIGTERM,)).start()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert stopping.wait_acknowledged()
    assert window._store.load_window()[0] is not None


def test_a_window_told_to_end_while_it_was_made_closes_too(make_window, qtbot):
    window, stopping = make_window(), Stopping()
    stopping.request(signal.SIGHUP)
    close_on_request(window, window._pipeline, stopping)
    window.show()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_the_last_word_of_a_window_that_hangs_stops_the_pipeline(make_window, monkeypatch):
    window, stopping, asked = make_window(), Stopping(), []
    monkeypatch.setattr(window._pipeline, "stop", asked.append)
    close_on_request(window, window._pipeline, stopping)
    stopping.on_overdue()
    assert len(asked) == 1
