"""The old name of `python -m str_live.train images`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.images", "str_live.train images")
