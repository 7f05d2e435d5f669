"""The command line: what was given lies over what was stored, what is wrong is one sentence and status 2."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from str_live.film.choice import FilmChoice
from str_live.live.command_line import parse_arguments, without_missing_files
from str_live.settings import PRECISIONS, NetworkSettings, Settings, SourceSettings, StreamSettings

MAIN = Path(__file__).parents[2] / "main.py"


def test_nothing_given_is_the_default():
    settings, options = parse_arguments([])
    assert settings == Settings()
    assert not options.headless


def test_headless_plays_the_clip_once_and_every_frame():
    settings, options = parse_arguments(["--headless"])
    assert settings.source == SourceSettings(spec="clip", loop=False, realtime=False)
    assert options.headless
    settings, _ = parse_arguments(["--headless", "--realtime"])
    assert settings.source.realtime


def test_all_settings_can_be_given(tmp_path):
    film, body, weights = (tmp_path / name for name in ("film.mp4", "body.npz", "w.safetensors"))
    for path in (film, body, weights):
        path.write_bytes(b"x")
    line = (
        f"--source {film} --body {body} --weights {weights} --device cuda:1 --front-end resnet --look-ahead 5"
    )
    settings, options = parse_arguments([*line.split(), "--off", "ttr,STE-time", "--temporal", "str"])
    assert settings.source.spec == str(film)
    assert (settings.body, settings.weights, settings.device) == (str(body), (str(weights),), "cuda:1")
    assert (settings.front_end, settings.lookahead) == ("resnet", 5)
    assert settings.variant_a.network == NetworkSettings(ttr=False, ste_time=False)
    assert options.record is None


def test_streams_can_be_given(tmp_path):
    (tmp_path / "me.vrm").write_bytes(b"x")
    line = f"--stream vmc:10.0.0.5 --stream ws:9000 --avatar {tmp_path / 'me.vrm'} --turn-around"
    settings, _ = parse_arguments([*line.split(), "--single-messages"])
    assert settings.stream == StreamSettings(
        vmc=True,
        vmc_host="10.0.0.5",
        vmc_avatar=str(tmp_path / "me.vrm"),
        vmc_turn_around=True,
        vmc_bundles=False,
        ws=True,
        ws_port=9000,
    )


@pytest.mark.parametrize(
    "line", ["--stream osc", "--stream ws:a", "--turn-around", "--stream ws --turn-around"]
)
def test_streams_that_are_none_are_one_sentence(line, capsys):
    with pytest.raises(SystemExit) as exit:
        parse_arguments(line.split())
    assert exit.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_was_stored_stays_where_nothing_was_given():
    stored = Settings(lookahead=7, device="cpu", source=SourceSettings(spec="0"))
    _, options = parse_arguments(["--device", "cuda"])
    assert options.over(stored) == replace(stored, device="cuda")


def test_stored_files_that_are_gone_give_way_to_the_defaults(tmp_path, caplog):
    kept = tmp_path / "body.npz"
    kept.write_bytes(b"x")
    stored = Settings(body=str(kept), weights=(str(tmp_path / "gone.safetensors"), str(kept)))
    assert without_missing_files(stored) == replace(stored, weights=(str(kept),))
    assert "gone.safetensors" in caplog.text


def test_weights_may_be_given_several_times():
    settings, _ = parse_arguments(["--weights", __file__, "--weights", str(MAIN)])
    assert settings.weights == (__file__, str(MAIN))


@pytest.mark.parametrize("name", ["str", "tcmr", "vibe", "frame"])
def test_each_network_can_be_chosen(name):
    assert parse_arguments(["--temporal", name])[0].variant_a.network == NetworkSettings(name)


@pytest.mark.parametrize("name", ["auto", "landmarks", "resnet", "both"])
def test_each_front_end_can_be_chosen_or_left_open(name):
    _, options = parse_arguments(["--front-end", name])
    assert options.over(Settings(front_end="resnet")).front_end == name


@pytest.mark.parametrize("name", PRECISIONS)
def test_each_precision_can_be_chosen(name):
    assert parse_arguments(["--precision", name])[0].precision == name


def test_a_film_shows_what_was_asked_for():
    def choice(line: str) -> FilmChoice:
        return parse_arguments(["--headless", "--film", "no_such.mp4", *line.split()])[1].film_choice

    assert choice("") == FilmChoice(("picture", "3d"))
    assert choice("--film-plot").parts == ("picture", "3d", "acceleration")
    assert choice("--film-parts plots,picture").parts == ("picture", "acceleration", "angles")
    assert choice("--film-angles elbow,trunk") == FilmChoice(("picture", "3d", "angles"), ("elbow", "trunk"))
    sized = choice("--film-size 1920x1080")
    assert (sized.width, sized.height) == (1920, 1080)


def test_zero_look_ahead_counts_as_given():
    assert parse_arguments(["--look-ahead", "0"])[0].lookahead == 0


@pytest.mark.parametrize(
    "source", ["0", "clip", "rtsp://camera/1", "synthetic:walk", "Camera of my desk", "/dev/video7"]
)
def test_cameras_and_addresses_are_not_looked_for_on_the_disk(source):
    assert parse_arguments(["--source", source])[0].source.spec == source


WRONG = {
    "--bogus": "unrecognized arguments: --bogus",
    "--source none.mp4": "no file or folder none.mp4",
    "--source ./nowhere": "no file or folder ./nowhere",
    "--source /nowhere/at/all": "no file or folder /nowhere/at/all",
    "--body none.pkl": "no file none.pkl",
    "--weights none.safetensors": "no file none.safetensors",
    "--device gpu": "neither cpu nor cuda",
    "--look-ahead 8": "invalid choice: 8",
    "--off ttr,tea": "unknown module 'tea': choose among ttr, ste_time",
    "--temporal tcmr --off ttr": "--temporal tcmr has none",
    "--temporal gru": "invalid choice: 'gru'",
    "--front-end eyes": "invalid choice: 'eyes'",
    "--record a.npz": "--record works with --headless only",
    "--frames 4": "--frames works with --headless only",
    "--headless --frames 0": "not a positive number",
    "--headless --record a.mp4": "does not end in .npz",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_is_wrong_is_one_sentence(line, capsys):
    with pytest.raises(SystemExit) as ended:
        parse_arguments(line.split())
    assert ended.value.code == 2
    sentence = capsys.readouterr().err
    assert WRONG[line] in sentence
    assert sentence.count("\n") == 1


def run(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=MAIN.parent
    )


def test_the_program_says_so_without_loading_anything_heavy():
    heavy = "[name for name in ('torch', 'cv2', 'PyQt6') if name in sys.modules]"
    assert run("-c", f"import sys, str_live.live.command_line; print({heavy})").stdout == "[]\n"
    ended = run(MAIN, "--source", "none.mp4")
    assert ended.returncode == 2
    assert ended.stderr == (
        "main.py: argument --source: there is no file or folder none.mp4 (--help tells what there is)\n"
    )


def test_films_are_mp4_and_plots_need_one(capsys):
    for given, sentence in (
        (["--film", "out.avi"], "out.avi does not end in .mp4"),
        (["--film-plot"], "it needs --film OUT.mp4"),
        (["--film-size", "720"], "it needs --film OUT.mp4"),
        (["--film", "a.mp4", "--film-size", "1919x1080"], "even"),
        (["--film", "a.mp4", "--film-parts", "sound"], "choose among picture"),
        (["--film", "a.mp4", "--film-angles", "nose"], "choose among knee"),
        (["--film", "a.mp4", "--film-plot", "--film-size", "320x240"], "no room"),
    ):
        with pytest.raises(SystemExit) as ended:
            parse_arguments(["--headless", *given])
        assert ended.value.code == 2
        assert sentence in capsys.readouterr().err


def test_without_a_screen_nothing_needs_to_be_headless_by_word():
    for given in (["--frames", "3"], ["--film", "out.mp4"], ["--record", "out.npz"]):
        with pytest.raises(SystemExit):
            parse_arguments(given)
        settings, options = parse_arguments(given, has_screen=lambda: False)
        assert not options.headless
        assert settings.source.spec == ""


def test_slow_motion_belongs_to_the_source_that_it_was_given_with():
    settings, _ = parse_arguments(["--headless", "--source", "clip", "--slow-motion", "8"])
    assert settings.source.slow_motion == 8.0
    stored = Settings(source=SourceSettings(spec="0", slow_motion=4.0))
    _, options = parse_arguments([])
    assert options.over(stored).source.slow_motion == 4.0
    _, options = parse_arguments(["--source", "clip"])
    assert options.over(stored).source.slow_motion == 1.0


@pytest.mark.parametrize("factor", ["0", "-1", "nan", "inf", "fast", "1e9"])
def test_an_impossible_slow_motion_is_refused(factor, capsys):
    with pytest.raises(SystemExit):
        parse_arguments([f"--slow-motion={factor}"])
    assert "is not a number between 0.01 and 1000" in capsys.readouterr().err


def test_a_file_that_is_there_is_replaced_only_where_that_was_asked_for(tmp_path, capsys):
    out = tmp_path / "out.npz"
    out.write_bytes(b"somebody's")
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["--headless", "--record", str(out)])
    assert "out.npz is there already: give another name, or --overwrite" in capsys.readouterr().err
    assert parse_arguments(["--headless", "--record", str(out), "--overwrite"])[1].overwrite
    assert out.read_bytes() == b"somebody's"


def test_an_interrupted_recording_is_offered_in_place_of_one_that_is_not_there(tmp_path, capsys):
    (tmp_path / "take.npz.part").write_bytes(b"")
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["--source", str(tmp_path / "take.npz")])
    assert "take.npz.part, left by an interrupted one: open that" in capsys.readouterr().err
