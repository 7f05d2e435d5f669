"""One command trains: the first word names the training, and each has options of its own."""

from __future__ import annotations

import pytest

from str_live.train.__main__ import TRAININGS, main


@pytest.mark.parametrize("training", TRAININGS)
def test_every_training_tells_its_options(training, capsys):
    with pytest.raises(SystemExit) as ended:
        main([training, "--help"])
    assert ended.value.code == 0
    help_text = capsys.readouterr().out
    assert f"str_live.train {training}" in help_text
    assert "--device" in help_text


def test_the_command_tells_its_trainings(capsys):
    main(["--help"])
    listed = capsys.readouterr().out
    assert all(training in listed for training in TRAININGS)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["str_with_3dpw_3dpw", "--workers", "4"], "is `python -m str_live.train paper CONFIG` now"),
        (["--frame-steps", "3"], "is `python -m str_live.train default` now"),
        ([], "is `python -m str_live.train default` now"),
        (["picture"], "unknown training 'picture'"),
    ],
)
def test_without_the_name_of_a_training_one_line_tells_it(words, told, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert told in line
    assert line.count("\n") == 1
