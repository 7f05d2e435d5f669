"""The old name of `python -m str_live.datasets.motion`."""

raise SystemExit("`python -m str_live.train.motion` is `python -m str_live.datasets.motion` now.")
