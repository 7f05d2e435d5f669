"""The old name of `python -m str_live.speed`."""

raise SystemExit("`python -m str_live.bench` is `python -m str_live.speed` now.")
