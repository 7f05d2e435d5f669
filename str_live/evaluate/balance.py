"""The old name of `python -m str_live.evaluate.clips --only balance`."""

from str_live.console import tell_new_name

tell_new_name("str_live.evaluate.balance", "str_live.evaluate.clips --only balance")
