"""What learns and what stays: the landmark front end is the ground that image encoders build on."""

from __future__ import annotations

import pytest
import torch

from str_live.features.image_encoder import ImageConfig
from str_live.train.images.frame_stage import FrameStage, Memory
from str_live.train.images.student import Student, frame_loss, prepare
from tests.features.small_backbone import SMALL_BACKBONE
from tests.train.images.image_training_fakes import INPUT, landmark_network, observation, recipe, small_body


def student(
    *, learn_trunk: bool = True, keep_statistics: bool = False, backbone: str = SMALL_BACKBONE
) -> Student:
    torch.manual_seed(0)
    return Student(
        ImageConfig(backbone, INPUT),
        landmark_network(),
        learn_trunk=learn_trunk,
        keep_statistics=keep_statistics,
    )


def learnt(module: torch.nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    state = module.state_dict()
    return {name for name, value in state.items() if not torch.equal(value, before[name])}


def copies(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("learn_trunk", [True, False])
def test_the_landmark_front_end_never_changes(learn_trunk):
    learner = student(learn_trunk=learn_trunk)
    before = copies(learner)
    config = recipe(trunk_rate=1e-4 if learn_trunk else 0.0)
    stage = FrameStage(config, learner, small_body(), torch.Generator().manual_seed(0))
    for step in range(3):
        stage.learn(observation(seed=step), step * 8)
    changed = learnt(learner, before)
    assert not any(name.startswith(("encoder.landmarks.", "regressor.")) for name in changed)
    assert "encoder.join.3.weight" in changed
    assert "encoder.image.backbone.layer4.0.weight" in changed
    assert ("encoder.image.backbone.layer3.0.weight" in changed) == learn_trunk


def test_a_kept_trunk_keeps_its_statistics_too():
    learner = student(learn_trunk=False, keep_statistics=True, backbone="resnet44v2")
    before = copies(learner)
    config = recipe(trunk_rate=0.0)
    FrameStage(config, learner, small_body(), torch.Generator().manual_seed(0)).learn(observation(), 0)
    changed = learnt(learner, before)
    trunk = tuple(f"encoder.image.backbone.{name}." for name in ("bn0", "bn1", "layer1", "layer2", "layer3"))
    assert not any(name.startswith(trunk) for name in changed)
    assert "encoder.image.backbone.bn2.running_mean" in changed


def test_before_training_both_says_what_the_landmarks_say():
    learner = student().eval()
    trunk_features = prepare(learner, observation())
    features = learner.features(trunk_features.between, trunk_features.maps, trunk_features.landmarks).of
    assert torch.equal(features["both"], features["landmarks"])
    assert not torch.allclose(features["resnet"], features["landmarks"], atol=1e-2)


def test_the_image_encoder_learns_a_few_pictures_by_heart():
    learner, body = student(), small_body()
    config = recipe(pictures=10_000, rate=1e-3)
    stage = FrameStage(config, learner, body, torch.Generator().manual_seed(0))
    first = stage.learn(observation(), 0)
    for _ in range(25):
        last = stage.learn(observation(), 0)
    assert last["loss"] < 0.95 * first["loss"]
    assert last["resnet_mm"] < first["resnet_mm"]


def test_both_losses_reach_the_image_encoder():
    learner = student()
    torch.nn.init.normal_(learner.encoder.join[-1].weight)
    trunk_features = prepare(learner.train(), observation())
    gradients = []
    for joined in (0.0, 1.0):
        learner.zero_grad()
        loss, errors = frame_loss(learner, trunk_features, small_body(), recipe(joined_weight=joined))
        loss.backward(retain_graph=True)
        gradients.append(learner.encoder.image.points.weight.grad.clone())
    assert errors["both"].shape == (8, 45, 3)
    assert gradients[0].abs().sum() > 0
    assert not torch.allclose(*gradients)


def test_memory_keeps_the_newest_pictures():
    learner = student(learn_trunk=False).eval()
    memory = Memory(16)
    for seed in range(3):
        memory.put(prepare(learner, observation(8, seed)))
    assert memory.filled == 16
    drawn = memory.draw(64, torch.Generator().manual_seed(0)).target.betas
    old, new = (
        observation(8, 0).target.betas,
        torch.cat([observation(8, 1).target.betas, observation(8, 2).target.betas]),
    )
    assert not any((row == old).all(1).any() for row in drawn)
    assert all((row == new).all(1).any() for row in drawn)
    assert len({tuple(row.tolist()) for row in drawn}) > 8


def test_replay_learns_more_often_from_as_many_pictures():
    learner = student(learn_trunk=False)
    stage = FrameStage(
        recipe(trunk_rate=0.0, replay=3), learner, small_body(), torch.Generator().manual_seed(0)
    )
    stage.learn(observation(), 0)
    assert stage.steps == 3


def test_replay_of_a_learning_trunk_is_refused():
    with pytest.raises(ValueError, match="trunk_rate"):
        recipe(replay=2)


def test_a_memory_comes_back_as_it_was():
    learner = student(learn_trunk=False).eval()
    first, again = Memory(20), Memory(20)
    for seed in range(3):
        first.put(prepare(learner, observation(8, seed)))  # the third begins to replace the first
    again.restore(first.state(), torch.device("cpu"))
    for memory in (first, again):
        memory.put(prepare(learner, observation(8, 3)))
    drawn = [memory.draw(64, torch.Generator().manual_seed(0)).tensors() for memory in (first, again)]
    assert all(torch.equal(one, other) for one, other in zip(*drawn, strict=True))


def test_the_state_of_a_memory_holds_no_more_than_was_put_in():
    memory = Memory(20)
    assert memory.state()["stored"] == []
    memory.put(prepare(student(learn_trunk=False).eval(), observation(8)))
    assert {len(tensor.untyped_storage()) / tensor.nbytes for tensor in memory.state()["stored"]} == {1.0}
