"""What the Engine makes of frames: order, holding, resets, variants, smoothing; then the real parts."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import replace

import numpy as np
import pytest

from str_live.body.skinning import load_body
from str_live.live.engine import Engine
from str_live.live.one_person import LOST_S
from str_live.messages import BodyResult, Box, Frame, Replay, ReplayPose
from str_live.network.network import Network, NetworkConfig
from str_live.network.runner import NetworkRunner
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS, NetworkSettings, Settings, VariantSettings
from str_live.temporal import STRConfig
from str_live.temporal.window import windows_offline
from str_live.weights.load import Parts
from tests.live.engine_fakes import FakeBody, FakeRunner, FakeTracker, make_engine, make_frame, network_number


def run(engine: Engine, frames: list[Frame]) -> list[BodyResult]:
    results = [result for frame in frames for result in engine.process(frame)]
    return results + engine.flush()


@pytest.mark.parametrize("lookahead", [0, 2, 7])
def test_every_frame_gets_its_own_body_in_order(lookahead: int) -> None:
    engine = make_engine(Settings(lookahead=lookahead))
    results = run(engine, [make_frame(index) for index in range(40)])
    assert [result.frame.index for result in results] == list(range(40))
    for index, result in enumerate(results):
        (body,) = result.bodies
        assert body.betas[0] == index
        assert body.betas[2] == min(index + lookahead, 39)
        assert result.lookahead == lookahead
        assert result.person is not None
        assert result.person.landmarks_px[0, 0] == index


@pytest.mark.parametrize("lookahead", range(8))
def test_streaming_equals_offline_through_the_engine(lookahead: int) -> None:
    engine = make_engine(Settings(lookahead=lookahead))
    run(engine, [make_frame(index) for index in range(30)])
    expected = windows_offline(np.arange(30, dtype=np.float32)[:, None], lookahead)
    np.testing.assert_array_equal(np.stack(engine.parts.runner.windows), expected)


def test_results_come_as_soon_as_the_lookahead_is_there() -> None:
    engine = make_engine(Settings(lookahead=2))
    counts = [len(engine.process(make_frame(index))) for index in range(10)]
    assert counts == [0, 0] + [1] * 8
    assert len(engine.flush()) == 2


def test_nobody_at_first_gives_frames_without_bodies() -> None:
    engine = make_engine(nobody=set(range(5)))
    results = run(engine, [make_frame(index) for index in range(10)])
    assert [len(result.bodies) for result in results] == [0] * 5 + [1] * 5
    assert all(result.held_s == 0 and result.box is None for result in results[:5])


def test_the_body_is_held_while_nobody_is_there() -> None:
    engine = make_engine(nobody=set(range(10, 20)))
    results = run(engine, [make_frame(index) for index in range(30)])
    assert [result.frame.index for result in results] == list(range(30))
    held = results[10:20]
    assert all(result.person is None for result in held)
    assert [result.held_s for result in held] == pytest.approx([(i + 1) / 30 for i in range(10)])
    assert all(result.bodies[0].betas[0] == 9 and result.box is not None for result in held)
    assert all(result.acceleration is None for result in held)
    assert results[20].held_s == 0
    assert results[20].bodies[0].betas[0] == 20


def test_a_short_loss_keeps_the_window_and_a_long_one_clears_it() -> None:
    short, long = 5, round(LOST_S * 30) + 3
    for lost, cleared in ((short, False), (long, True)):
        engine = make_engine(Settings(lookahead=0), nobody=set(range(20, 20 + lost)))
        results = run(engine, [make_frame(index) for index in range(20 + lost + 1)])
        window = engine.parts.runner.windows[-1]
        assert bool(window.min() == 20 + lost) is cleared
        assert len(results[-1].crops) == (1 if cleared else 16)


@pytest.mark.parametrize("change", ["epoch", "size", "time"])
def test_nothing_of_one_source_reaches_the_next(change: str) -> None:
    engine = make_engine(Settings(lookahead=3))
    first = [make_frame(index + 100) for index in range(20)]
    other = {"epoch": {"epoch": 1}, "size": {"size": (30, 40)}, "time": {}}[change]
    second = [make_frame(index + (130 if change == "size" else 0), **other) for index in range(20)]
    results = run(engine, first + second)
    assert [r.frame for r in results] == first + second
    for window in engine.parts.runner.windows[20:]:
        assert window.min() >= second[0].index
        assert not ((window >= 100) & (window < 120)).any()
    assert len(results[20].crops) == 1 + 3  # its own and those of its look-ahead


def test_a_person_less_start_of_a_new_source_shows_no_old_body() -> None:
    engine = make_engine(nobody={50})
    results = run(engine, [make_frame(0), make_frame(1), make_frame(50, epoch=1)])
    assert results[-1].bodies == ()
    assert results[-1].box is None


def test_all_switch_combinations_reach_the_network() -> None:
    """On and off for each of the five modules, changed from frame to frame."""
    engine = make_engine(Settings(lookahead=0))
    seen = []
    for index, combination in enumerate(itertools.product([False, True], repeat=5)):
        off = [name for name, on in zip(SWITCHES, combination, strict=True) if not on]
        network = NetworkSettings().without(*off)
        engine.configure(Settings(lookahead=0, variant_a=VariantSettings(network)))
        (result,) = engine.process(make_frame(index))
        assert result.bodies[0].betas[1] == network_number(network)
        seen.append(result.bodies[0].betas[1])
    assert len(set(seen)) == 32


def test_comparison_adds_variant_b_and_its_curve() -> None:
    settings = Settings(lookahead=0, compare=True)
    engine = make_engine(settings)
    results = run(engine, [make_frame(index, truth=True) for index in range(10)])
    assert [body.betas[1] for body in results[-1].bodies] == [31.0, -1.0]
    assert set(results[-1].acceleration.error) == {"A", "B", "frame"}
    assert len(engine.parts.runner.asked[0]) == 2  # B is the per-frame network: not run twice
    engine.configure(replace(settings, compare=False))
    (result,) = engine.process(make_frame(10, truth=True))
    assert len(result.bodies) == 1


def test_accelerations_are_those_of_the_frames_described() -> None:
    engine = make_engine(Settings(lookahead=2))
    frames = [make_frame(index, truth=True) for index in range(12)]
    results = run(engine, frames)
    samples = [result.acceleration for result in results if result.acceleration is not None]
    assert [sample.time_s for sample in samples] == pytest.approx([frame.time_s for frame in frames[1:-1]])
    # Joints move on evenly with the frame number: no acceleration.
    assert max(sample.error["A"] for sample in samples) == pytest.approx(0, abs=0.01)


def test_smoothing_is_for_display_only() -> None:
    plain = VariantSettings(NetworkSettings())
    settings = Settings(lookahead=0, variant_a=replace(plain, one_euro=True))
    results = run(make_engine(settings), [make_frame(index) for index in range(20)])
    raw = run(make_engine(Settings(lookahead=0)), [make_frame(index) for index in range(20)])
    assert raw[-1].raw_bodies is None
    assert results[-1].raw_bodies[0].betas[0] == raw[-1].bodies[0].betas[0] == 19
    assert results[-1].bodies[0].betas[0] < 19
    np.testing.assert_array_equal(results[-1].raw_bodies[0].joints_cam, raw[-1].bodies[0].joints_cam)


def test_smoothing_one_variant_leaves_the_other_raw() -> None:
    settings = Settings(lookahead=0, compare=True)
    settings = replace(settings, variant_b=replace(settings.variant_b, one_euro=True))
    result = run(make_engine(settings), [make_frame(index) for index in range(9)])[-1]
    assert result.bodies[0].betas[0] == 8
    assert result.bodies[1].betas[0] < 8
    assert [body.betas[0] for body in result.raw_bodies] == [8, 8]


def test_changing_the_lookahead_loses_no_frame() -> None:
    engine = make_engine(Settings(lookahead=7))
    results = []
    for index in range(60):
        engine.configure(Settings(lookahead=(7, 0, 3)[index // 20]))
        results += engine.process(make_frame(index))
    results += engine.flush()
    assert [result.frame.index for result in results] == list(range(60))


def test_another_network_starts_a_new_window_and_owes_nothing() -> None:
    engine = make_engine(Settings(lookahead=3))
    results = [result for index in range(10) for result in engine.process(make_frame(index))]
    new = FakeRunner(name="new")
    results += engine.use(Parts(new, engine.parts.body))
    results += run(engine, [make_frame(index) for index in range(10, 20)])
    assert [result.frame.index for result in results] == list(range(20))
    assert min(window.min() for window in new.windows) == 10


def test_another_body_takes_the_held_one_away() -> None:
    engine = make_engine(Settings(lookahead=0), nobody={3})
    run(engine, [make_frame(index) for index in range(3)])
    engine.use(Parts(engine.parts.runner, FakeBody()))
    (result,) = engine.process(make_frame(3))
    assert result.bodies == ()


def test_without_a_network_the_person_is_found_all_the_same() -> None:
    engine = Engine(Settings(), Parts(), tracker=FakeTracker())
    results = run(engine, [make_frame(index) for index in range(3)])
    assert [result.frame.index for result in results] == [0, 1, 2]
    assert all(result.person is not None and result.bodies == () for result in results)
    assert engine.recording_info("x").weights == ""


def test_results_carry_stage_times_and_the_filmstrip() -> None:
    results = run(make_engine(), [make_frame(index) for index in range(30)])
    assert {"person", "crop", "feature", "temporal", "body", "capture_age"} <= set(results[20].stages_ms)
    assert len(results[20].crops) == 16
    assert results[20].crops[-1].shape == (224, 224, 3)
    assert set(results[20].attention) == {"self"}


def test_positions_in_the_picture_and_before_the_camera_agree() -> None:
    """joints_cam seen by the pinhole camera of the picture lies where joints_px says, up to perspective."""
    from str_live.geometry import camera_matrix

    (body,) = run(make_engine(Settings(lookahead=0)), [make_frame(3)])[0].bodies
    projected = body.joints_cam @ camera_matrix(64, 48).T
    np.testing.assert_allclose(projected[:, :2] / projected[:, 2:], body.joints_px, atol=1.5)


def test_a_recording_is_shown_as_it_is() -> None:
    rotmat = np.tile(np.eye(3, dtype=np.float32), (24, 1, 1))
    camera, betas = np.array([0.9, 0, 0], np.float32), np.full(10, 4, np.float32)
    engine = make_engine(nobody=set(range(100)))
    results = []
    for index in range(6):
        one = ReplayPose(rotmat, betas, camera, Box(30, 20, 25), person=index < 3)
        results += engine.process(replace(make_frame(index), replay=Replay((one,))))
    assert [result.bodies[0].betas[0] for result in results] == [4] * 6
    assert [result.held_s for result in results] == pytest.approx([0, 0, 0, 1 / 30, 2 / 30, 3 / 30])
    assert results[0].box == Box(30, 20, 25)
    assert engine.parts.runner.windows == []


def test_everybody_of_a_recording_is_shown_and_one_of_them_followed() -> None:
    def replay_of(*numbers: int) -> Replay:
        return Replay(
            tuple(
                ReplayPose(
                    np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)),
                    np.full(10, number, np.float32),
                    np.array([0.9, 0, 0], np.float32),
                    Box(20.0 * number, 20, 20.0 + number),
                    person=True,
                    number=number,
                )
                for number in numbers
            )
        )

    engine = make_engine(Settings(follow="2"))
    script = [(1,), (1, 2), (2, 1), (1,), ()]
    results = []
    for index, numbers in enumerate(script):
        results += engine.process(replace(make_frame(index), replay=replay_of(*numbers)))
    assert [result.number for result in results] == [1, 2, 2, 1, 1]
    assert [[other.number for other in result.others] for result in results] == [[], [1], [1], [], []]
    assert [result.person_seen for result in results] == [True, True, True, True, False]
    for result in results:
        assert result.bodies[0].betas[0] == result.number
        assert all(other.bodies[0].betas[0] == other.number for other in result.others)
    assert results[-1].held_s == pytest.approx(1 / 30)


@pytest.mark.parametrize("fps", [5.0, 15.0, 60.0])
def test_other_rates_give_a_body_for_every_frame(fps: float) -> None:
    engine = make_engine(Settings(lookahead=2))
    results = run(engine, [make_frame(index, fps=fps) for index in range(40)])
    assert [result.bodies[0].betas[0] for result in results] == pytest.approx(list(range(40)))
    assert bool(engine.meter.reason) == (fps < 6)


@pytest.fixture(scope="module")
def real_parts() -> Parts:
    """The free body, and an untrained network as narrow as it can be."""
    network = Network(NetworkConfig(switches=STRConfig(width=32, attention_width=16), regressor_hidden=32))
    return Parts(NetworkRunner(network, name="untrained", device="cpu"), load_body())


def test_real_network_and_body_run_with_every_switch(real_parts: Parts) -> None:
    engine = Engine(Settings(lookahead=1, compare=True), real_parts, tracker=FakeTracker())
    results = []
    for index, combination in enumerate(itertools.product([False, True], repeat=5)):
        off = [name for name, on in zip(SWITCHES, combination, strict=True) if not on]
        variant = VariantSettings(NetworkSettings().without(*off), one_euro=bool(index % 2))
        engine.configure(dataclasses.replace(engine.settings, variant_a=variant))
        results += engine.process(make_frame(index))
    results += engine.flush()
    vertices = len(real_parts.body.vertex_joint)
    for result in results:
        assert len(result.bodies) == 2
        for body in result.bodies:
            assert body.vertices.shape == (vertices, 3)
            assert body.vertices.dtype == body.normals.dtype == np.float32
            assert body.vertices.flags.c_contiguous
            assert np.isfinite(body.vertices).all()
            assert np.isfinite(body.joints_cam).all()
            assert body.joints_px.shape == (24, 2)


def test_nobody_for_a_minute_holds_the_last_body_and_keeps_nothing_else() -> None:
    engine = make_engine(Settings(lookahead=2), nobody=set(range(30, 1830)))
    results = run(engine, [make_frame(index) for index in range(1840)])
    assert len(results) == 1840
    last_held = results[1829]
    assert last_held.person is None
    assert last_held.held_s == pytest.approx(60, abs=0.1)
    assert last_held.bodies[0].betas[0] == 29
    assert last_held.crops == ()
    assert results[1839].bodies[0].betas[0] == 1839
    assert results[1839].held_s == 0


@pytest.mark.parametrize("wished", ["str", "tcmr"])
@pytest.mark.parametrize("networks", [("str", "tcmr", "frame"), ("frame",)])
def test_a_recording_names_the_network_that_ran(wished: str, networks: tuple[str, ...]) -> None:
    wish = VariantSettings(NetworkSettings(wished))
    engine = make_engine(Settings(variant_a=wish), runner=FakeRunner(networks=networks))
    network = engine.recording_info("film.mp4").settings.variant_a.network
    assert network.temporal == (wished if wished in networks else "frame")


def test_a_network_without_weights_is_never_asked_for() -> None:
    settings = Settings(lookahead=0, compare=True, variant_b=VariantSettings(NetworkSettings("vibe")))
    engine = make_engine(settings, runner=FakeRunner(networks=("tcmr", "frame")))
    (result,) = engine.process(make_frame(0))
    assert engine.parts.runner.asked == [(NetworkSettings("frame"),)]
    assert [body.betas[1] for body in result.bodies] == [-1, -1]
    engine.use(Parts(FakeRunner(networks=("str", "vibe", "frame")), engine.parts.body))
    (result,) = engine.process(make_frame(1))
    assert [body.betas[1] for body in result.bodies] == [31, -2]


def test_a_rival_in_both_variants_runs_once_whatever_str_s_switches_say() -> None:
    b = VariantSettings(NetworkSettings("tcmr").without("ttr"), one_euro=True)
    settings = Settings(
        lookahead=0, compare=True, variant_a=VariantSettings(NetworkSettings("tcmr")), variant_b=b
    )
    engine = make_engine(settings)
    (result,) = engine.process(make_frame(0))
    assert engine.parts.runner.asked == [(NetworkSettings("tcmr"), NetworkSettings("frame"))]
    assert [body.betas[1] for body in result.bodies] == [-3, -3]


def test_masks_are_made_only_for_a_network_that_looks_at_them() -> None:
    tracker = FakeTracker()
    engine = Engine(Settings(), Parts(FakeRunner(), FakeBody()), tracker=tracker)
    assert not tracker.segmentation
    engine.use(Parts(FakeRunner(needs_mask=True), FakeBody()))
    assert tracker.segmentation
    engine.use(Parts(FakeRunner(), FakeBody()))
    assert not tracker.segmentation


def test_another_body_keeps_the_window_of_the_same_runner() -> None:
    engine = make_engine(Settings(lookahead=0))
    run(engine, [make_frame(index) for index in range(5)])
    engine.use(Parts(engine.parts.runner, FakeBody()))
    engine.process(make_frame(5))
    assert engine.parts.runner.windows[-1].min() == 0


def test_an_engine_runs_nothing_until_it_is_asked_to_warm_up() -> None:
    engine = make_engine()
    assert engine.parts.runner.asked == []
    engine.warm_up()
    assert engine.parts.runner.asked == [tuple(map(NetworkSettings, TEMPORAL_NETWORKS))]
    results = run(engine, [make_frame(index) for index in range(3)])
    assert [result.bodies[0].betas[0] for result in results] == [0, 1, 2]
