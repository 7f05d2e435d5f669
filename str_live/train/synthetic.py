"""The old name of `python -m str_live.datasets.rendered`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.synthetic", "str_live.datasets.rendered")
