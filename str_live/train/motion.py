"""The old name of `python -m str_live.datasets.motion`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.motion", "str_live.datasets.motion")
