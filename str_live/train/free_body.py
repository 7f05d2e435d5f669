"""The old name of `python -m str_live.build_assets.free_body`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.free_body", "str_live.build_assets.free_body")
