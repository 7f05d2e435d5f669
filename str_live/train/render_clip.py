"""The old name of `python -m str_live.build_assets.clip`."""

raise SystemExit("`python -m str_live.train.render_clip` is `python -m str_live.build_assets.clip` now.")
