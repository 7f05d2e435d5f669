"""What of a session's settings is stored: what the user changed, not what only the command line gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from str_live.live.command_line import parse_arguments
from str_live.live.persisted import PersistedSettings
from str_live.settings import Settings, SourceSettings
from str_live.weights.choose import FrontEndChoice


def persisted(
    stored: Settings, arguments: Sequence[str] = (), choice: tuple[str, str] = ("landmarks", "landmarks")
) -> PersistedSettings:
    """A session that begins so; `choice`: the wished front end and what it became."""
    _, options = parse_arguments(arguments)
    return PersistedSettings(stored, options, FrontEndChoice(*choice, "it was asked for"))


STORED = Settings(lookahead=1, front_end="landmarks")


def test_without_a_change_the_stored_settings_stay():
    arguments = ["--source", "clip", "--weights", __file__, "--off", "ttr", "--look-ahead", "5"]
    session = persisted(STORED, arguments)
    assert session.started.lookahead == 5
    assert session.to_store(session.started) == STORED


def test_what_was_changed_is_stored():
    session = persisted(STORED, ["--source", "clip", "--look-ahead", "5"])
    source = replace(session.started.source, spec="0")
    stored = session.to_store(replace(session.started, lookahead=7, compare=True, source=source))
    assert (stored.lookahead, stored.compare, stored.source.spec) == (7, True, "0")


def test_slow_motion_stays_with_the_stored_source():
    source = SourceSettings(spec="0", slow_motion=4.0)
    session = persisted(replace(STORED, source=source), ["--source", "clip"])
    assert session.to_store(session.started).source == source


def test_auto_is_stored_until_another_front_end_is_chosen():
    session = persisted(replace(STORED, front_end="auto"), choice=("auto", "both"))
    assert session.started.front_end == "both"
    assert session.to_store(session.started).front_end == "auto"
    assert session.to_store(replace(session.started, compare=True)).front_end == "auto"
    assert session.to_store(replace(session.started, front_end="landmarks")).front_end == "landmarks"


def test_people_s_numbers_are_for_one_session():
    session = persisted(replace(STORED, follow="centre"))
    chosen = replace(session.started, people=3, follow="2", left_out=(1, 4))
    assert session.to_store(chosen) == replace(STORED, people=3, follow="centre")
    assert session.to_store(replace(chosen, follow="largest")).follow == "largest"


def test_people_of_the_command_line_are_for_one_session():
    session = persisted(replace(STORED, people=2), ["--source", "clip", "--people", "4"])
    assert session.started.people == 4
    assert session.to_store(session.started).people == 2
    assert session.to_store(replace(session.started, people=6)).people == 6
