"""Training: losses, windows as the app makes them, learning, and resuming."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regression
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.poses import PoseSampler, slow_noise
from str_live.datasets.target import Target
from str_live.geometry import project
from str_live.interruption import Interrupted
from str_live.network.network import NetworkConfig
from str_live.network.precision import Precision
from str_live.rotation import pose6d_from_rotmat, rotmat_from_axis_angle
from str_live.settings import TEMPORAL_NETWORKS
from str_live.skeleton import PARENTS
from str_live.temporal import STRConfig
from str_live.temporal.window import windows_offline
from str_live.train.default.trainer import Simulator, Trainer, TrainingConfig
from str_live.train.losses import LossWeights, motion_loss, pose_loss
from str_live.train.windows import OUTPUTS, random_source, random_switches, see_every, window_rows
from str_live.weights.own import WeightsError, load_network, read_notes


def body() -> PointBody:
    rng = np.random.default_rng(0)
    template = rng.normal(size=(40, 3)) * [0.2, 0.8, 0.1]
    weights = rng.random((40, 24)) ** 8
    landmarks = rng.random((33, 40)) ** 8
    joints = rng.random((24, 40)) ** 8
    return PointBody(
        v_template=template,
        shapedirs=rng.normal(size=(40, 3, 10)) * 0.02,
        j_regressor=joints / joints.sum(1, keepdims=True),
        weights=weights / weights.sum(1, keepdims=True),
        parents=np.array(PARENTS),
        landmark_regressor=landmarks / landmarks.sum(1, keepdims=True),
    )


def config(networks: tuple[str, ...] = TEMPORAL_NETWORKS, **changes: object) -> TrainingConfig:
    model = NetworkConfig(
        networks=networks,
        switches=STRConfig(width=16, attention_width=8),
        tcmr_hidden=8,
        vibe_hidden=12,
        encoder_hidden=32,
        encoder_blocks=1,
        regressor_hidden=16,
    )
    defaults = {"frame_steps": 6, "frame_batch": 16, "window_steps": 4, "window_batch": 4, "warm_up": 2}
    return TrainingConfig(model=model, **{**defaults, **changes})


def simulator(settings: TrainingConfig) -> Simulator:
    turns = slow_noise(2, 60, (24, 3), torch.Generator().manual_seed(5)) * 0.3
    rotmat = rotmat_from_axis_angle(turns).reshape(-1, 24, 3, 3).numpy()
    return Simulator(settings, PoseSampler(rotmat, np.array([0, 60])), body())


def test_losses_are_zero_for_the_truth():
    generator = torch.Generator().manual_seed(0)
    rotmat = rotmat_from_axis_angle(torch.randn(3, 24, 3, generator=generator))
    betas, camera = torch.randn(3, 10, generator=generator), torch.tensor([[0.9, 0.0, 0.1]]).expand(3, 3)
    placed = body()(rotmat, betas)
    target = Target(rotmat, betas, placed.all(), project(placed.points, camera))
    said = Regression(pose6d_from_rotmat(rotmat), betas, camera)
    loss, error = pose_loss(said, target, body(), LossWeights())
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert motion_loss(error[None], LossWeights()).item() == pytest.approx(0, abs=1e-4)


def test_motion_loss_does_not_see_a_constant_error():
    error = torch.ones(2, 4, 45, 3)
    assert motion_loss(error, LossWeights()).item() == 0
    error[:, 2] += 1
    assert motion_loss(error, LossWeights()).item() > 1


def test_training_windows_are_those_of_the_app():
    features = torch.arange(30, dtype=torch.float32)
    for lookahead in range(8):
        rows = window_rows(1, torch.tensor([lookahead]), torch.tensor([0]))[0]
        app = windows_offline(features.numpy()[:, None], lookahead)[..., 0]
        for k in range(OUTPUTS):
            np.testing.assert_array_equal(features[rows[k]].numpy(), app[8 + k])


def test_windows_of_a_young_track_repeat_its_first_frame():
    rows = window_rows(1, torch.tensor([7]), torch.tensor([6]))[0, 0]
    assert rows.tolist() == [6] * 7 + list(range(7, 16))


def test_a_slow_camera_keeps_the_frames_it_saw_and_fills_the_rest_linearly():
    features = torch.arange(19, dtype=torch.float32)[None, :, None] ** 2
    seen = see_every(features, torch.tensor([3]), 8)[0, :, 0]
    assert seen[8] == 64
    assert seen[5] == 25
    assert seen[6] == pytest.approx(25 + (64 - 25) / 3)
    assert torch.equal(see_every(features, torch.tensor([1]), 8), features)


def test_each_source_of_str_is_drawn_to_carry_alone():
    generator = torch.Generator().manual_seed(0)
    drawn = [random_source(generator) for _ in range(300)]
    counts = Counter(dataclasses.astuple(network)[1:] for network in drawn)
    alone = {(True, False, False, False, False), (False, True, True, False, False)}
    assert set(counts) == alone | {(False, False, False, True, True)}
    assert min(counts.values()) > 60  # of 100 expected, a standard deviation of 8


def test_random_switches_reach_every_module():
    generator = torch.Generator().manual_seed(0)
    drawn = {dataclasses.astuple(random_switches(generator)) for _ in range(600)}
    assert len(drawn) == 32


def test_training_learns_and_its_checkpoint_names_its_recipe(tmp_path):
    settings = config(frame_steps=60, frame_batch=64, window_steps=2)
    trainer = Trainer(settings, simulator(settings), tmp_path / "out.safetensors")
    losses = [figures["loss"] for figures in trainer._steps(60)]
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    trainer.run()
    network = load_network(tmp_path / "out.safetensors")
    assert network.config == settings.model
    assert network.networks == TEMPORAL_NETWORKS
    assert '"window_steps": 2' in read_notes(tmp_path / "out.safetensors")["training"]


def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path):
    settings = config()
    whole = Trainer(settings, simulator(settings), tmp_path / "whole.safetensors")
    whole.run()
    first = Trainer(settings, simulator(settings), tmp_path / "part.safetensors")
    list(itertools.islice(first._steps(settings.frame_steps), 3))
    first.save()
    second = Trainer(settings, simulator(settings), tmp_path / "part.safetensors")
    assert (second.stage, second.step) == ("frame", 3)
    list(second._steps(settings.frame_steps))
    second._enter_windows()
    list(itertools.islice(second._steps(settings.window_steps), 2))
    second.save()
    resumed = Trainer(settings, simulator(settings), tmp_path / "part.safetensors")
    assert (resumed.stage, resumed.step) == ("window", 2)
    resumed.run()
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], value, msg=name)


def test_the_window_stage_leaves_encoder_and_per_frame_network_alone(tmp_path):
    settings = config()
    trainer = Trainer(settings, simulator(settings), tmp_path / "out.safetensors")
    trainer._enter_windows()
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    list(trainer._steps(3))
    after = trainer.network.state_dict()
    moved = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert {".".join(name.split(".")[:2]) for name in moved} == {"heads.str", "heads.tcmr", "heads.vibe"}


@pytest.fixture
def start(tmp_path) -> Path:
    """Weights of a first stage."""
    settings = config(window_steps=0)
    Trainer(settings, simulator(settings), tmp_path / "start.safetensors").run()
    return tmp_path / "start.safetensors"


def test_what_has_not_learnt_yet_is_not_in_the_checkpoint(start):
    assert load_network(start).networks == ("frame",)
    assert read_notes(start)["stage"] == "frame 6"


def test_the_window_stage_starts_from_given_weights(start, tmp_path):
    settings = config(start=str(start))
    trainer = Trainer(settings, simulator(settings), tmp_path / "out.safetensors")
    assert (trainer.stage, trainer.step) == ("window", 0)
    trainer.run()
    given, trained = load_network(start), load_network(tmp_path / "out.safetensors")
    for part in ("encoder.", "heads.frame."):
        for name, value in given.state_dict().items():
            if name.startswith(part):
                torch.testing.assert_close(trained.state_dict()[name], value, rtol=0, atol=0)
    notes = read_notes(tmp_path / "out.safetensors")
    assert notes["start"] == read_notes(start)["training"]
    again = Trainer(settings, simulator(settings), tmp_path / "out.safetensors")
    assert (again.step, again.start_recipe) == (settings.window_steps, notes["start"])


def test_weights_of_another_size_are_no_start(start, tmp_path):
    settings = config(start=str(start))
    model = dataclasses.replace(settings.model, encoder_hidden=8)
    settings = dataclasses.replace(settings, model=model)
    with pytest.raises(WeightsError, match="has encoder_hidden 32, not 8"):
        Trainer(settings, simulator(settings), tmp_path / "out.safetensors")


def test_networks_that_learn_side_by_side_learn_what_each_learns_alone(start, tmp_path):
    learnt = {}
    for networks in (("str", "frame"), ("str", "tcmr", "vibe", "frame")):
        settings = config(networks, start=str(start))
        trainer = Trainer(settings, simulator(settings), tmp_path / f"{len(networks)}.safetensors")
        trainer.run()
        learnt[networks] = trainer.network.head("str").state_dict()
    alone, together = learnt.values()
    for name, value in alone.items():
        torch.testing.assert_close(together[name], value, rtol=0, atol=0, msg=name)


@pytest.mark.parametrize("name", ["str", "tcmr", "vibe"])
def test_every_network_learns_with_all_that_it_has(start, tmp_path, name):
    settings = config((name, "frame"), start=str(start), window_steps=5)
    trainer = Trainer(settings, simulator(settings), tmp_path / "out.safetensors")
    before = {key: value.clone() for key, value in trainer.network.head(name).state_dict().items()}
    [*_, figures] = trainer._steps(5)
    after = trainer.network.head(name).state_dict()
    unmoved = {key for key, value in before.items() if torch.equal(value, after[key])}
    # STR's fourth fragment is never read; the mean body is no weight.
    assert all("ttr.grus" in key or "init_" in key for key in unmoved)
    assert set(figures) == {f"{name}_loss", f"{name}_mpjpe_mm", f"{name}_accel_mm"}


def test_another_configuration_starts_anew(tmp_path, caplog):
    settings = config()
    Trainer(settings, simulator(settings), tmp_path / "out.safetensors").run()
    other = config(seed=2)
    fresh = Trainer(other, simulator(other), tmp_path / "out.safetensors")
    assert (fresh.stage, fresh.step) == ("frame", 0)
    assert "another configuration" in caplog.text


def test_a_training_that_is_told_to_end_keeps_its_state(tmp_path, monkeypatch):
    settings, out = config(), tmp_path / "weights.safetensors"
    trainer, steps = Trainer(settings, simulator(settings), out), []

    def told(view=Trainer._frame_lesson):
        steps.append(1)
        if len(steps) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return view(trainer)

    monkeypatch.setattr(trainer, "_frame_lesson", told)
    with pytest.raises(Interrupted, match="after 3 of 6 steps of the frame stage: the same command goes on"):
        trainer.run()
    resumed = Trainer(settings, simulator(settings), out)
    assert (resumed.stage, resumed.step) == ("frame", 3)


def test_the_checkpoint_says_what_it_learnt_in_and_a_training_goes_on_in_it(tmp_path, caplog):
    caplog.set_level("INFO")
    settings, out = config(), tmp_path / "out.safetensors"
    first = Trainer(settings, simulator(settings), out)
    first.precision = Precision("bfloat16", "as on a machine that is faster in it")
    first.save()
    assert json.loads(read_notes(out)["carried_out"])["precision"] == "bfloat16"
    assert Trainer(settings, simulator(settings), out, precision="auto").precision.name == "bfloat16"
    assert "learns in bfloat16: this training began in it" in caplog.text
    assert Trainer(settings, simulator(settings), out, precision="float32").precision.name == "float32"


def test_a_machine_without_bfloat16_learns_in_float32(tmp_path, lesser_machine, caplog):
    caplog.set_level("INFO")
    settings, layers = config(), set()
    trainer = Trainer(settings, simulator(settings), tmp_path / "out.safetensors", precision="auto")
    trainer.network.encoder.leave.register_forward_hook(lambda *call: layers.add(call[2].dtype))
    next(trainer._steps(1))
    assert layers == {torch.float32}
    assert "learns in float32: this processor does not compute in bfloat16" in caplog.text
