"""Precision and compiling change how fast a network learns, not what: on the processor, small."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import torch

from str_live.dataclass_json import ConfigError
from str_live.datasets.published.sequences import Sequence
from str_live.network.precision import Precision
from str_live.train.paper.batches import load_batches
from str_live.train.paper.config import PaperConfig
from str_live.train.paper.losses import paper_terms
from str_live.train.paper.options import RunOptions
from str_live.weights.own import read_notes
from tests.train.paper.tiny_run import config, learner, material, training


def losses(settings: PaperConfig, options: RunOptions, steps: int) -> list[float]:
    """Of the first steps of a run."""
    read = material(settings)
    learns = learner(settings, read.body, options=options)
    batches = load_batches(read.shares, settings.seed, 0, steps)
    return [learns.step(Sequence(*batch), number)["loss"] for number, batch in enumerate(batches)]


@pytest.mark.parametrize("temporal", ["str", "tcmr", "vibe"])
def test_bfloat16_learns_like_float32(temporal):
    settings = config(network={"temporal": temporal, "regressor_dropout": 0.0}, batch_2d=4, batch_3d=4)
    exact = losses(settings, RunOptions(), 8)
    rough = losses(settings, RunOptions(precision="bfloat16"), 8)
    assert sum(rough[-3:]) < sum(rough[:3])
    assert rough != exact
    assert rough == pytest.approx(exact, rel=0.02)


def test_in_bfloat16_weights_and_losses_stay_float32():
    read = material(config())
    learns = learner(config(), read.body, options=RunOptions(precision="bfloat16"))
    batch = Sequence(*next(iter(load_batches(read.shares, 1, 0, 1))))
    seen = set()
    learns.head.regressor.fc2.register_forward_hook(lambda *call: seen.add(call[2].dtype))
    said = learns.predict(batch.features)
    assert seen == {torch.bfloat16}
    terms = paper_terms(said, batch, learns.body.joints_49)
    assert {term.total.dtype for term in terms.values()} == {torch.float32}
    assert {parameter.dtype for parameter in learns.network.parameters()} == {torch.float32}


def test_float16_is_for_cuda_and_unknown_precisions_are_refused():
    with pytest.raises(ConfigError, match="float16 needs a CUDA card, and this is cpu: choose auto"):
        losses(config(), RunOptions(precision="float16"), 1)
    with pytest.raises(ConfigError, match="choose auto or float32 or bfloat16 or float16"):
        RunOptions(precision="int8")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
def test_float16_learns_on_a_card():
    settings = config(batch_2d=8, batch_3d=8)
    read = material(settings)
    learns = learner(settings, read.body, options=RunOptions(precision="float16"), device="cuda")
    batches = load_batches(read.shares, settings.seed, 0, 12)
    found = [learns.step(Sequence(*batch), number)["loss"] for number, batch in enumerate(batches)]
    assert sum(found[-3:]) < sum(found[:3])


@pytest.mark.slow
def test_a_compiled_network_learns_the_same():
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++")):
        pytest.skip("torch.compile needs a C++ compiler")
    # The regressor alone: the compiler takes minutes over a whole STR.
    settings = config(network={"temporal": "frame", "regressor_dropout": 0.0})
    plain = losses(settings, RunOptions(), 4)
    assert losses(settings, RunOptions(compile=True), 4) == pytest.approx(plain, rel=1e-4)


def test_how_a_run_was_carried_out_is_noted_and_may_change(tmp_path):
    training(config(epochs=1), tmp_path).run()
    resumed = training(config(epochs=2), tmp_path, options=RunOptions(precision="bfloat16"))
    assert resumed.done == 3
    resumed.run()
    carried_out = json.loads(read_notes(tmp_path / "last.safetensors")["carried_out"])
    assert carried_out["precision"] == "bfloat16"
    assert carried_out["processes"] == 1


def test_with_auto_a_run_goes_on_in_the_precision_that_it_began_in(tmp_path):
    training(config(epochs=1), tmp_path, options=RunOptions(precision="bfloat16")).run()
    resumed = training(config(epochs=2), tmp_path, options=RunOptions(precision="auto"))
    assert resumed.recipe.learner.precision.name == "bfloat16"
    other = training(config(epochs=2), tmp_path, options=RunOptions())
    assert other.recipe.learner.precision.name == "float32"


def test_with_auto_a_machine_without_bfloat16_learns_in_float32(tmp_path, lesser_machine):
    assert training(
        config(), tmp_path, options=RunOptions(precision="auto")
    ).recipe.learner.precision == Precision("float32", "this processor does not compute in bfloat16")
