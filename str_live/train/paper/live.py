"""The old name of `python -m str_live.train.paper.export_for_app`."""

raise SystemExit(
    "`python -m str_live.train.paper.live` is `python -m str_live.train.paper.export_for_app` now."
)
