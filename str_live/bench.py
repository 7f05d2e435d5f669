"""The old name of `python -m str_live.speed`."""

from str_live.console import tell_new_name

tell_new_name("str_live.bench", "str_live.speed")
