"""Real clips as measured: scores against naive twins, lost persons, what stands in the tables."""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.evaluate.clips import measure as measuring
from str_live.evaluate.clips.__main__ import build_parser, load_contenders, names_of_sets
from str_live.evaluate.clips.clip import LIMB_MARKERS, NONE, Clip, damaged, read_clip, read_limbs
from str_live.evaluate.clips.measure import Contender, ablations, networks
from str_live.evaluate.clips.report import as_markdown, write_report
from str_live.evaluate.clips.scores import Row, motion_figures, overlap, picture_figures
from str_live.evaluate.clips.tracks import (
    GUARDED,
    MEDIAPIPE,
    TRUTH,
    RememberedFeatures,
    Sight,
    Track,
    engine_track,
    guarded_track,
    held,
    silhouette,
)
from str_live.evaluate.metrics import accel_error_mm, accel_mm, best_rotation, pa_mpjpe_mm
from str_live.geometry import CROP_SIZE
from str_live.live.engine import Engine
from str_live.messages import Box, Crop, Frame, Observation
from str_live.person.left_right import SWAPPED_INDEX
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, Settings
from str_live.skeleton import LIMB_LANDMARKS
from str_live.weights.load import Parts
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError
from tests.live.engine_fakes import FakeBody, FakeRunner, FakeTracker, make_frame, make_person

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "clips"
EVERY = np.ones(40, bool)


def walk(seed: int, frames: int = 40) -> np.ndarray:
    """(N, 12, 3) metres: joints that move at random."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, 12, 3)) + 0.01 * rng.normal(size=(frames, 12, 3)).cumsum(0)


def sights(joints: np.ndarray) -> list[Sight | None]:
    return [Sight(frame, np.zeros((12, 2)), None) for frame in joints]


def noisy_frames(count: int, *, films: int = 1) -> list[Frame]:
    image = np.random.default_rng(0).integers(60, 200, (48, 64, 3), np.uint8)
    return [
        replace(make_frame(index, epoch=index * films // count), image=image)  # each film of one epoch
        for index in range(count)
    ]


def test_at_60_frames_a_second_accelerations_are_those_of_every_second_frame():
    predicted, truth = walk(0), walk(1)
    figures = motion_figures(sights(predicted), EVERY, joints=truth, rate=60.0)
    predicted, truth = (joints - joints.mean(1, keepdims=True) for joints in (predicted, truth))
    turned = predicted @ best_rotation(predicted.reshape(-1, 3), truth.reshape(-1, 3)).T
    halves = [(turned[start::2], truth[start::2]) for start in (0, 1)]  # as many triples in each
    assert figures == pytest.approx(
        {
            "pa_mpjpe_mm": pa_mpjpe_mm(predicted, truth),
            "accel_error_mm": np.mean([accel_error_mm(*half) for half in halves]),
            "accel_mm": np.mean([accel_mm(own) for own, _ in halves]),
        }
    )


def test_frames_that_do_not_count_change_no_figure():
    said, truth, counted = walk(0), walk(1), EVERY.copy()
    counted[17:20] = False
    shown = sights(said)
    figures = motion_figures(shown, counted, joints=truth, rate=30.0)
    shown[17], shown[18], shown[19] = None, sights(said + 5.0)[18], sights(-said)[19]
    assert motion_figures(shown, counted, joints=truth, rate=30.0) == figures
    assert figures != motion_figures(sights(said), EVERY, joints=truth, rate=30.0)


def test_where_nothing_counts_there_are_no_figures():
    assert motion_figures(sights(walk(0)), ~EVERY, joints=walk(1), rate=60.0) == {}
    no_mask = np.zeros((40, 8, 8), bool)
    assert picture_figures(sights(walk(0)), ~EVERY, points_px=np.zeros((40, 12, 2)), masks=no_mask) == {}


def upright(offset: np.ndarray) -> np.ndarray:
    """(12, 2) pixels: a torso of 100 pixels, in the middle of a picture of 300, moved by (12, 2)."""
    points = np.full((12, 2), 150.0)
    points[6:, 1] += 100
    return points + offset


def test_pck_is_the_share_of_points_within_a_part_of_the_torso():
    offset = np.zeros((12, 2))
    offset[3:6, 0], offset[8:10, 1] = 15, 25
    mask = np.zeros((300, 300), bool)
    shown = [Sight(np.zeros((12, 3)), upright(offset), mask)]
    figures = picture_figures(
        shown, np.ones(1, bool), points_px=upright(np.zeros((12, 2)))[None], masks=[mask]
    )
    assert figures == pytest.approx({"pck_01": 7 / 12, "pck_02": 10 / 12, "overlap": 0.0})


def test_reference_points_outside_the_picture_do_not_count_and_nobody_misses_all():
    reference = upright(np.zeros((12, 2)))
    reference[10:] = [-5, 310]
    masks = [np.ones((300, 300), bool)] * 2
    shown = [Sight(np.zeros((12, 3)), upright(np.zeros((12, 2))), masks[0]), None]
    both = np.stack([reference, reference])
    found = picture_figures(shown, np.array([True, False]), points_px=both, masks=masks)
    assert found == {"pck_01": 1.0, "pck_02": 1.0, "overlap": 1.0}
    figures = picture_figures(shown, np.ones(2, bool), points_px=both, masks=masks)
    assert figures == {"pck_01": 0.5, "pck_02": 0.5, "overlap": 0.5}


def test_overlap_is_intersection_over_union():
    first, second = np.zeros((2, 10, 10), bool)
    first[:6], second[4:] = True, True
    assert overlap(first, second) == pytest.approx(0.2)
    assert overlap(~first & first, ~first & first) == 0.0


def test_a_silhouette_covers_the_pixels_of_a_solid_seen_from_any_side():
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))])
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    pixels = ((corners - 0.5) @ rotation)[:, :2] * 40 + [50, 40]
    mask = silhouette(pixels, faces, (100, 80))
    assert mask.shape == (80, 100)
    inside = np.zeros((80, 100), bool)
    for a, b, c in pixels[faces]:
        inside |= in_triangle(a, b, c)
    assert (mask ^ inside).sum() < 0.06 * inside.sum()  # pixels on the edge
    flipped = silhouette(pixels, faces[:, ::-1], (100, 80))
    assert (mask ^ flipped).sum() < 0.03 * inside.sum()


def in_triangle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """(80, 100) bool, pixel by pixel."""
    rows, columns = np.mgrid[:80, :100]
    sides = [
        (end[0] - start[0]) * (rows - start[1]) - (end[1] - start[1]) * (columns - start[0])
        for start, end in ((a, b), (b, c), (c, a))
    ]
    return (np.stack(sides) >= 0).all(0) | (np.stack(sides) <= 0).all(0)


def test_a_lost_person_stands_as_last_seen_but_not_into_the_next_film():
    one, two = sights(walk(0, 2))
    shown = held([None, one, None, None, two, None], noisy_frames(6, films=2))
    assert shown == [None, one, one, None, two, two]


class LandmarkBody(FakeBody):
    """A fake body with landmarks, far from each other."""

    def landmarks(self, rotmat: torch.Tensor, betas: torch.Tensor) -> torch.Tensor:
        return torch.linspace(-1, 1, 33)[None, :, None].expand(len(betas), 33, 3)


def test_the_engine_loses_a_person_and_shows_the_last_body():
    parts = Parts(FakeRunner(), LandmarkBody())
    engine = Engine(replace(Settings(), lookahead=2), parts, tracker=FakeTracker(nobody={0, 5, 6}))
    track = engine_track("fake", engine, noisy_frames(10), masks=True)
    assert np.flatnonzero(~track.found).tolist() == [0, 5, 6]
    assert track.sights[0] is None
    held_joints = [track.sights[index].joints for index in (4, 5, 6)]
    assert (held_joints[0] == held_joints[1]).all()
    assert (held_joints[0] == held_joints[2]).all()
    assert (held_joints[2] != track.sights[7].joints).any()
    # Landmarks at -1 m and +1 m, seen with s = 0.9 in a square of 40 pixels, less a little perspective
    points = track.sights[1].points_px
    assert points[-1] - points[0] == pytest.approx(0.9 * 20 * 2 * 17 / 32 * np.ones(2), abs=0.3)
    assert track.sights[1].mask.shape == (48, 64)


def test_the_guarded_landmarks_have_their_sides_put_right_and_stand_still_where_nobody_is_found():
    points = np.random.default_rng(0).normal(size=(33, 3)).astype(np.float32)
    right = replace(make_person(0), landmarks_px=100 * points[:, :2], world_landmarks=points)
    wrong = replace(
        right, landmarks_px=100 * points[SWAPPED_INDEX, :2], world_landmarks=points[SWAPPED_INDEX]
    )
    track = guarded_track(noisy_frames(4), [right, wrong, None, right])
    assert track.found.tolist() == [True, True, False, True]
    for sight in track.sights:
        assert (sight.joints == points[LIMB_LANDMARKS]).all()


def test_each_picture_is_shown_to_the_model_once():
    class Counting(FakeRunner):
        calls = 0

        def observe(self, observations):
            self.calls += len(observations)
            return super().observe(observations)

    model = Counting()
    remembered = RememberedFeatures(model)
    crop = Crop(np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8), Box(32, 24, 40))
    for number in (1, 2, 1, 1):
        assert remembered.observe([Observation(make_person(number), crop)]) == [number]
    assert model.calls == 2
    assert remembered.info.front_end == "landmarks"


def test_damage_is_the_same_each_time_and_another_in_each_film():
    clip = Clip("made up", noisy_frames(4, films=2), 30.0)
    persons = [make_person(index) for index in range(4)]
    assert damaged(clip, NONE, persons) is clip.frames
    first, again = (damaged(clip, "flicker", persons) for _ in range(2))
    assert all((a.image == b.image).all() for a, b in zip(first, again, strict=True))
    assert (first[0].image != first[2].image).any()
    assert [(frame.index, frame.epoch) for frame in first] == [(0, 0), (1, 0), (2, 1), (3, 1)]


def test_what_hides_the_person_is_put_where_the_person_is():
    frames = [replace(make_frame(index), image=np.zeros((400, 800, 3), np.uint8)) for index in range(30)]
    persons = [replace(make_person(0), box=Box(700, 200, 100)) for _ in frames]
    covered = np.any(
        [frame.image.any(-1) for frame in damaged(Clip("", frames, 30.0), "occlusion", persons)], 0
    )
    assert covered.any()
    assert not covered[:, :600].any()


def test_all_ways_of_tracking_are_scored_on_the_same_frames(monkeypatch: pytest.MonkeyPatch):
    truth, frames = walk(1), noisy_frames(40)
    persons = [None if index in (0, 3, 4) else make_person(index) for index in range(40)]
    found = [None if index == 10 else sight for index, sight in enumerate(sights(walk(0)))]
    own = Track(MEDIAPIPE, held(found, frames), np.array([sight is not None for sight in found]))
    monkeypatch.setattr(measuring, "find_persons", lambda frames, masks: persons)
    monkeypatch.setattr(measuring, "mediapipe_track", lambda frames, masks: own)
    contender = Contender("fake", Settings(), FakeRunner(), LandmarkBody())
    rows = list(measuring.measure(Clip("walk", frames, 30.0, joints=truth), [contender], [NONE]))
    lost = {row.method: row.lost for row in rows}
    own_rows = {name: count for name, count in lost.items() if "fake" not in name}
    assert own_rows == {MEDIAPIPE: 1, GUARDED: 3, TRUTH: 0}
    assert {lost[name] for name in lost if "fake" in name} == {3}
    assert {"fake: per frame", "fake: STR, look-ahead 0", "fake: STR, look-ahead 2"} <= set(lost)
    assert {row.all_found_frames for row in rows} == {36}
    shown = np.arange(40) > 0  # nobody has a body to show in the first frame but mediapipe
    assert rows[0].shown == motion_figures(own.sights, shown, joints=truth, rate=30.0)
    centred = truth - truth.mean(1, keepdims=True)
    assert rows[-1].shown == {"accel_mm": pytest.approx(accel_mm(centred[1:]))}


@pytest.mark.parametrize("available", [TEMPORAL_NETWORKS, ("str", "frame"), ("vibe", "frame"), ("frame",)])
def test_each_network_with_weights_runs_at_each_look_ahead_and_no_other(available):
    rows = networks(available, (0, 2, 7), ablate=False)
    temporal = [(network.temporal, lookahead) for _, network, lookahead in rows]
    assert sorted(temporal) == sorted(
        [
            ("frame", 0),
            *((name, lookahead) for name in available if name != "frame" for lookahead in (0, 2, 7)),
        ]
    )
    assert len({name for name, _, _ in rows}) == len(rows)


def test_ablations_leave_out_each_module_and_all_of_them():
    left_out = [
        {switch for switch in SWITCHES if network == network.without(switch)}
        for network in ablations().values()
    ]
    assert left_out == [*({switch} for switch in SWITCHES), set(SWITCHES)]
    plain, more = (networks(("str", "frame"), (2,), ablate=ablate) for ablate in (False, True))
    assert [entry for entry in more if entry not in plain] == [
        (f"{name}, look-ahead 2", network, 2) for name, network in ablations().items()
    ]
    assert networks(("tcmr", "frame"), (2,), ablate=True) == networks(("tcmr", "frame"), (2,), ablate=False)


def test_limbs_are_read_from_a_trc_file_by_name(tmp_path):
    names = ["Nose", *reversed(LIMB_MARKERS)]
    cells = np.arange(2 * len(names) * 3, dtype=float).reshape(2, len(names), 3)
    rows = [[index + 1, index / 60, *cells[index].ravel()] for index in range(2)]
    header = ["PathFileType\t4", "DataRate", "60", "Frame#\tTime\t" + "\t\t\t".join(names), "\t\tX1\tY1\tZ1"]
    path = tmp_path / "joints.trc"
    path.write_text("\n".join([*header, *("\t".join(map(str, row)) for row in rows)]))
    assert (read_limbs(path) == cells[:, :0:-1][..., [2, 0, 1]]).all()


def row(method: str, damage: str, value: float, *, lost: int = 0) -> Row:
    figures = {"pa_mpjpe_mm": value, "accel_error_mm": value / 2, "accel_mm": value / 4}
    found = {name: value / 10 for name, value in figures.items()}
    return Row("balance", damage, method, 100, lost, figures, found, 100 - lost)


def test_tables_have_ratios_to_mediapipe_and_say_where_the_person_was_lost():
    rows = [row(MEDIAPIPE, "none", 80.0), row("ours", "none", 60.0)]
    text = as_markdown(rows)
    assert "60.0 (0.75)" in text
    assert "only" not in text
    rows += [row(MEDIAPIPE, "dark", 90.0, lost=8), row("ours", "dark", 45.0, lost=3), row(TRUTH, "dark", 8.0)]
    text = as_markdown(rows)
    assert "45.0 (0.50)" in text
    whole, found_only = text.split("Over those frames only")
    assert "frames without the person" in whole
    assert "4.5 (0.50)" in found_only
    assert TRUTH not in whole.split("frames without the person")[1]
    assert "6.0" not in found_only  # nobody was lost without damage


def test_reports_are_written_for_programs_too(tmp_path):
    rows = [row(MEDIAPIPE, "none", 80.0)]
    paths = write_report(rows, tmp_path / "new" / "clips")
    assert [path.name for path in paths] == ["clips.json", "clips.md"]
    assert json.loads(paths[0].read_text())[0]["shown"]["pa_mpjpe_mm"] == 80.0
    assert paths[1].read_text() == as_markdown(rows)


def test_a_missing_clip_is_said_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"skier.jpg is missing: give the folder of the clips with --clips$"):
        read_clip("skier", tmp_path)


def parsed(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(arguments)


def test_front_ends_that_can_run_are_measured_and_those_asked_for_must(tmp_path):
    assert "landmarks" in [contender.name for contender in load_contenders(parsed())]
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="broken"):
        load_contenders(parsed("--front-end", "landmarks", "--weights", str(broken)))
    with pytest.raises(WeightsError, match="broken"):
        load_contenders(parsed("--weights", str(broken)))


def test_sets_of_weights_stand_beside_each_other(tmp_path):
    path = DEFAULT_WEIGHTS["landmarks"]
    shutil.copy(path, tmp_path / "mine.safetensors")
    sets = ("--weights", str(path), "--weights", str(tmp_path / "mine.safetensors"))
    contenders = load_contenders(parsed("--front-end", "landmarks", *sets))
    assert [contender.name for contender in contenders] == ["landmarks (landmarks)", "landmarks (mine)"]


@pytest.mark.shared_data
@pytest.mark.skipif(not CLIPS.is_dir(), reason="../shared/data is not there")
def test_the_body_lies_on_the_skier_in_good_and_bad_light():
    clip = read_clip("skier", CLIPS)
    clip = replace(clip, frames=clip.frames[:2])
    rows = list(measuring.measure(clip, load_contenders(parsed("--front-end", "landmarks")), [NONE, "dark"]))
    assert {(entry.damage, entry.lost) for entry in rows} == {(NONE, 0), ("dark", 0)}
    for entry in rows:
        assert entry.shown["pck_02"] > 0.9
        assert entry.shown["overlap"] > 0.5
    assert rows[0].method == MEDIAPIPE
    assert rows[0].shown["pck_01"] == 1.0  # its landmarks are the reference


def test_sets_of_weights_with_the_same_file_names_are_told_apart_by_their_folders():
    sets = [[Path("a/images.safetensors")], [Path("b/images.safetensors")], [Path("a/other.safetensors")]]
    assert names_of_sets(sets) == ["a/images.safetensors", "b/images.safetensors", "other"]
