"""The old name of `python -m str_live.build_assets.free_body`."""

raise SystemExit("`python -m str_live.train.free_body` is `python -m str_live.build_assets.free_body` now.")
