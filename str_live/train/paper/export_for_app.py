"""The old name of what is not needed any more: the app reads the checkpoints of trainings as they are."""

from str_live.console import complain

complain(
    "`python -m str_live.train.paper.export_for_app` is not needed any more: start the app with "
    "--front-end resnet --backbone SPIN and --weights best.safetensors, once for each trained network"
)
raise SystemExit(2)
