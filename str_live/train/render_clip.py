"""The old name of `python -m str_live.build_assets.clip`."""

from str_live.console import tell_new_name

tell_new_name("str_live.train.render_clip", "str_live.build_assets.clip")
