"""Training: losses, windows as the app makes them, learning, and resuming."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regression
from str_live.dataclass_json import ConfigError
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.poses import PoseSampler, slow_noise
from str_live.datasets.target import Target
from str_live.geometry import project
from str_live.network.network import Network, NetworkConfig
from str_live.network.precision import Precision
from str_live.rotation import pose6d_from_rotmat, rotmat_from_axis_angle
from str_live.settings import TEMPORAL_NETWORKS
from str_live.skeleton import PARENTS
from str_live.temporal import STRConfig
from str_live.temporal.window import windows_offline
from str_live.train.default.config import TrainingConfig
from str_live.train.default.simulator import Simulator
from str_live.train.default.trainer import DefaultTrainer
from str_live.train.loop import Loop
from str_live.train.losses import LossWeights, motion_loss, pose_loss
from str_live.train.windows import OUTPUTS, draw_switches, random_switches, see_every, window_rows
from str_live.weights.own import WeightsError, load_network, read_notes
from tests.train.endings import at, run_until


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


def test_random_switches_reach_every_module():
    generator = torch.Generator().manual_seed(0)
    drawn = {dataclasses.astuple(random_switches(generator)) for _ in range(600)}
    assert len(drawn) == 32


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_modules_are_bypassed_in_that_share_of_the_steps(share):
    generator = torch.Generator().manual_seed(0)
    bypassing = sum(draw_switches(share, generator) is not None for _ in range(1000))
    assert abs(bypassing / 1000 - share) < 0.06  # four standard deviations


def test_a_training_that_never_bypasses_modules_learns_something_else(start, tmp_path):
    whole, bypassing = (
        trained(config(("str", "frame"), start=str(start), bypass=share), tmp_path / f"{share}.safetensors")
        for share in (0.0, 1.0)
    )
    weights = [
        network.head("str").state_dict()["temporal.integrate_str.fc.weight"] for network in (whole, bypassing)
    ]
    assert not torch.equal(*weights)


def run_of(settings: TrainingConfig, out: Path, precision: str = "float32") -> Loop:
    """A run whose recipe is a DefaultTrainer."""
    trainer = DefaultTrainer(settings, simulator(settings), out, precision=precision)
    return Loop(trainer, out.with_suffix(".state"), curves=out.with_suffix(".curves"))


def trained(settings: TrainingConfig, out: Path) -> Network:
    """What a run to the end has learnt."""
    run = run_of(settings, out)
    run.run()
    return run.recipe.network


def test_training_learns_and_its_checkpoint_names_its_recipe(tmp_path):
    settings, losses = config(frame_steps=60, frame_batch=64, window_steps=2), []
    run = run_of(settings, tmp_path / "out.safetensors")
    learn = run.recipe.learn

    def noted(*step: Any) -> dict[str, float]:
        figures = learn(*step)
        losses.extend(value for name, value in figures.items() if name == "loss")
        return figures

    run.recipe.learn = noted
    run.run()
    assert np.mean(losses[50:60]) < 0.8 * np.mean(losses[:10])
    network = load_network(tmp_path / "out.safetensors")
    assert network.config == settings.model
    assert network.networks == TEMPORAL_NETWORKS
    assert '"window_steps": 2' in read_notes(tmp_path / "out.safetensors")["training"]


def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path):
    settings, out = config(), tmp_path / "part.safetensors"
    whole = trained(settings, tmp_path / "whole.safetensors")
    for stage, step in ((0, 2), (0, 5), (1, 1)):
        run_until(run_of(settings, out), stage, step)
    resumed = run_of(settings, out)
    assert (resumed.stage, resumed.step) == (1, 2)
    resumed.run()
    for name, value in whole.state_dict().items():
        found = resumed.recipe.network.state_dict()[name]
        torch.testing.assert_close(found, value, rtol=0, atol=0, msg=name)


def test_the_window_stage_leaves_encoder_and_per_frame_network_alone(start, tmp_path):
    settings = config(start=str(start))
    after = trained(settings, tmp_path / "out.safetensors").state_dict()
    before = load_network(start).state_dict()
    assert {name.split(".")[0] for name in before} == {"encoder", "heads"}
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.fixture
def start(tmp_path) -> Path:
    """Weights of a first stage."""
    trained(config(window_steps=0), tmp_path / "start.safetensors")
    return tmp_path / "start.safetensors"


def test_what_has_not_learnt_yet_is_not_in_the_checkpoint(start):
    assert load_network(start).networks == ("frame",)
    assert read_notes(start)["stage"] == "frame 6"


def test_the_window_stage_starts_from_given_weights(start, tmp_path):
    settings = config(start=str(start))
    run = run_of(settings, tmp_path / "out.safetensors")
    run.run()
    assert (run.stage, run.done) == (1, settings.window_steps)
    notes = read_notes(tmp_path / "out.safetensors")
    assert notes["start"] == read_notes(start)["training"]
    again = run_of(settings, tmp_path / "out.safetensors")
    assert (again.step, again.recipe.start_recipe) == (settings.window_steps, notes["start"])


def test_weights_of_another_size_are_no_start(start, tmp_path):
    settings = config(start=str(start))
    settings = dataclasses.replace(settings, model=dataclasses.replace(settings.model, encoder_hidden=8))
    with pytest.raises(WeightsError, match="has encoder_hidden 32, not 8"):
        run_of(settings, tmp_path / "out.safetensors").run()


def test_networks_that_learn_side_by_side_learn_what_each_learns_alone(start, tmp_path):
    alone, together = (
        trained(config(networks, start=str(start)), tmp_path / f"{len(networks)}.safetensors").head("str")
        for networks in (("str", "frame"), ("str", "tcmr", "vibe", "frame"))
    )
    for name, value in alone.state_dict().items():
        torch.testing.assert_close(together.state_dict()[name], value, rtol=0, atol=0, msg=name)


@pytest.mark.parametrize("name", ["str", "tcmr", "vibe"])
def test_every_network_learns_with_all_that_it_has(start, tmp_path, name):
    run = run_of(config((name, "frame"), start=str(start), window_steps=5), tmp_path / "out.safetensors")
    run.recipe.begin(1)
    before = {key: value.clone() for key, value in run.recipe.network.head(name).state_dict().items()}
    with run.recipe.batches(1, 0) as batches:
        for step, batch in enumerate(batches):
            figures = run.recipe.learn(batch, 1, step)
    after = run.recipe.network.head(name).state_dict()
    unmoved = {key for key, value in before.items() if torch.equal(value, after[key])}
    # STR's fourth fragment is never read; the mean body is no weight.
    assert all("ttr.grus" in key or "init_" in key for key in unmoved)
    assert set(figures) == {f"{name}_loss", f"{name}_mpjpe_mm", f"{name}_accel_mm"}


def test_another_configuration_is_not_mixed_in(tmp_path):
    trained(config(window_steps=0), tmp_path / "out.safetensors")
    with pytest.raises(ConfigError, match="another configuration"):
        run_of(config(window_steps=0, seed=2), tmp_path / "out.safetensors")


def test_a_run_that_is_told_to_end_leaves_a_checkpoint_of_what_has_learnt(tmp_path):
    run_until(run_of(config(), tmp_path / "out.safetensors"), 0, 2)
    assert read_notes(tmp_path / "out.safetensors")["stage"] == "frame 3"


def test_the_checkpoint_says_what_it_learnt_in_and_a_training_goes_on_in_it(tmp_path, caplog):
    caplog.set_level("INFO")
    settings, out = config(), tmp_path / "out.safetensors"
    first = run_of(settings, out)
    rough = Precision("bfloat16", "as on a machine that is faster in it")
    run_until(at(first, 0, 0, lambda: setattr(first.recipe, "precision", rough)), 0, 1)
    assert json.loads(read_notes(out)["carried_out"])["precision"] == "bfloat16"
    assert run_of(settings, out, "auto").recipe.precision.name == "bfloat16"
    assert "learns in bfloat16: this training began in it" in caplog.text
    assert run_of(settings, out, "float32").recipe.precision.name == "float32"


def test_a_machine_without_bfloat16_learns_in_float32(tmp_path, lesser_machine, caplog):
    caplog.set_level("INFO")
    layers = set()
    run = run_of(config(frame_steps=1, window_steps=0), tmp_path / "out.safetensors", "auto")
    run.recipe.network.encoder.leave.register_forward_hook(lambda *call: layers.add(call[2].dtype))
    run.run()
    assert layers == {torch.float32}
    assert "learns in float32: this processor does not compute in bfloat16" in caplog.text
