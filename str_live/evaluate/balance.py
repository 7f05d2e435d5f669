"""The old name of `python -m str_live.evaluate.clips --only balance`."""

raise SystemExit(
    "`python -m str_live.evaluate.balance` is `python -m str_live.evaluate.clips --only balance` now."
)
