"""The bench's arithmetic and its bad arguments; what it times is tested elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from str_live.settings import NETWORK_NAMES, TEMPORAL_NETWORKS, NetworkSettings, Settings, VariantSettings
from str_live.speed.__main__ import main
from str_live.speed.headless_runs import HeadlessError, headless_ratios, run_headless
from str_live.speed.report import EAGER, report, table
from str_live.speed.ticks import Bench, variations

TIMES = {
    "person": [40.0, 80.0, 40.0],
    "crop": [1.0, 1.0, 1.0],
    "tick A": [10.0, 20.0, 10.0],
    "tick A + B": [15.0, 30.0, 400.0],
    "tick per frame": [5.0, 10.0, 5.0],
}


def test_ratios_are_medians_of_each_frames_own():
    ratios = report(TIMES)["ratios"]
    assert ratios == {
        "everything after mediapipe / mediapipe": 0.25,
        "A + B / A": 1.5,  # neither the slow frame nor the outlier shows
        "per frame / A": 0.5,
    }


def test_the_eager_network_is_compared_with_its_faster_self():
    times = {**TIMES, "tick A on cuda": [2.0] * 3, f"tick A on cuda{EAGER}": [6.0, 8.0, 8.0]}
    ratios = report({**times, f"tick A{EAGER}": [30.0, 60.0, 90.0]})["ratios"]
    assert ratios["A in eager float32 / A"] == 3.0
    assert ratios["A on cuda in eager float32 / A on cuda"] == 4.0
    assert ratios["A on cuda / A"] == 0.2


def test_the_whole_tick_is_detection_and_the_rest():
    stages = report(TIMES)["stages_ms"]
    assert stages["whole tick"]["median"] == 50.0
    assert list(stages)[:2] == ["person", "crop"]


def test_the_table_names_all():
    found = report(TIMES)
    lines = table(found).splitlines()
    assert len(lines) == len(found["stages_ms"]) + len(found["ratios"]) + 3


def test_variations_differ_from_a_in_one_thing():
    chosen = variations(Settings(), ["cpu", "cuda"], TEMPORAL_NETWORKS)
    assert chosen["A"].lookahead == 2
    assert not chosen["A"].compare
    assert chosen["A + B"].compare
    assert chosen["A + B"].variant_b.network != chosen["A"].variant_a.network
    for name in ("tcmr", "vibe", "frame"):
        assert chosen[NETWORK_NAMES[name]] == replace(
            chosen["A"], variant_a=VariantSettings(NetworkSettings(name))
        )
    assert [chosen[f"look-ahead {k}"].lookahead for k in (0, 4, 7)] == [0, 4, 7]
    assert chosen["A on cuda"].device == "cuda"


def test_only_networks_with_weights_are_timed():
    rival = Settings(variant_a=VariantSettings(NetworkSettings("vibe")))
    chosen = variations(rival, ["cpu"], ("vibe", "frame"))
    assert not {"STR", "TCMR", "VIBE"} & set(chosen)
    assert chosen["A + B"].variant_b.network == NetworkSettings("frame")


def test_a_source_that_is_not_there_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--source", "none.mp4"])
    assert ended.value.code == 2
    assert "no file or folder none.mp4" in capsys.readouterr().err


def test_the_person_comes_with_a_mask_where_the_weights_want_one() -> None:
    timed = Bench(Settings(front_end="both", device="cpu"), ["cpu"])
    try:
        assert timed.tracker.segmentation
    finally:
        timed.close()


def test_headless_runs_are_held_against_the_bench_by_their_mean():
    runs = [{"person": 30.0, "feature": 10.0, "export": 1.0}, {"person": 50.0, "feature": 14.0}]
    found = headless_ratios(runs, {"person": 20.0, "feature": 12.0, "draw": 3.0})
    assert found == {"person": 2.0, "feature": 1.0, "all stages": pytest.approx(52 / 32)}
    assert "all stages" in table({**report(TIMES), "headless_ratios": found})


def test_a_headless_run_that_fails_is_one_sentence():
    with pytest.raises(HeadlessError, match=r"^main\.py: .*none\.mp4"):
        run_headless(["--source", "none.mp4"], 1)
