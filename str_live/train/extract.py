"""The old name of `python -m str_live.datasets.from_videos`."""

raise SystemExit("`python -m str_live.train.extract` is `python -m str_live.datasets.from_videos` now.")
