"""The old name of `python -m str_live.datasets.from_videos`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.extract", "str_live.datasets.from_videos")
