"""The old name of `python -m str_live.datasets.rendered`."""

raise SystemExit("`python -m str_live.train.synthetic` is `python -m str_live.datasets.rendered` now.")
