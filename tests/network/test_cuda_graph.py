"""A whole tick on the device gives what the separate steps give; on CUDA as a graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.posing import pose_bodies
from str_live.body.skinning import Body, load_body
from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.live.engine import Engine
from str_live.messages import BodyResult, Box, Crop, Person, Prediction
from str_live.network.cuda_graph import KEPT, GraphedRunner
from str_live.network.network import Network, NetworkConfig
from str_live.network.runner import NetworkRunner
from str_live.settings import SWITCHES, NetworkSettings, Settings, VariantSettings
from str_live.temporal import STRConfig
from str_live.temporal.window import FeatureWindow
from str_live.weights.load import Parts
from tests.live.engine_fakes import FakeTracker, make_frame

SMALL = NetworkConfig(
    switches=STRConfig(width=16, attention_width=8),
    tcmr_hidden=None,
    vibe_hidden=None,
    encoder_hidden=16,
    encoder_blocks=1,
    regressor_hidden=8,
)
FRAME = NetworkSettings("frame")
VARIANTS = [NetworkSettings(), NetworkSettings().without("ttr", "cross"), NetworkSettings("tcmr"), FRAME]
BOX = Box(64.0, 64.0, 100.0)


def small_model(device: str = "cpu", **changes: object) -> NetworkRunner:
    torch.manual_seed(0)
    config = NetworkConfig(**{**{name: getattr(SMALL, name) for name in SMALL.__slots__}, **changes})
    network = Network(config)
    for head in network.heads.values():  # poses that differ from each other
        torch.nn.init.normal_(head.regressor.decpose.weight, std=0.5)
    return NetworkRunner(network, name="small", device=device)


@pytest.fixture(scope="module")
def body() -> Body:
    return load_body()


def seen(number: int) -> tuple[Person, Crop]:
    """Another person in each frame."""
    rng = np.random.default_rng(number)
    points = (rng.random((33, 2)) * 120).astype(np.float32)
    person = Person(BOX, points, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None, (128, 128))
    return person, Crop(rng.integers(0, 255, (224, 224, 3), np.uint8), BOX)


def separately(model: NetworkRunner, body: Body, lookahead: int, times: np.ndarray) -> list[list[Prediction]]:
    window, found = FeatureWindow(), []
    for number, time_s in enumerate(times):
        window.push(float(time_s), model.feature(*seen(number)))
        found += [model.predict(features, VARIANTS) for _, features in window.ready(lookahead)]
    return found


def in_whole_ticks(
    model: NetworkRunner, body: Body, lookahead: int, times: np.ndarray
) -> list[list[Prediction]]:
    tick, window, found = GraphedRunner(model, body), FeatureWindow(), []
    for number, time_s in enumerate(times):
        window.push(float(time_s), tick.see(*seen(number)))
        found += [tick.predict(samples, VARIANTS) for _, samples in window.ready_samples(lookahead)]
    return found


def uneven_times(count: int) -> np.ndarray:
    """Pauses and bursts: ticks that make no frame ready, one, and several."""
    return np.cumsum(np.random.default_rng(2).choice([0.005, 0.03, 0.09], count))


def assert_same(found: list[list[Prediction]], expected: list[list[Prediction]], body: Body, atol: float):
    assert len(found) == len(expected) > 0
    for predictions, others in zip(found, expected, strict=True):
        poses = pose_bodies(body, predictions, BOX, (128, 128)), pose_bodies(body, others, BOX, (128, 128))
        for one, other, pose, other_pose in zip(predictions, others, *poses, strict=True):
            assert one.posed is not None
            assert one.attention.keys() == other.attention.keys()
            for name in ("rotmat", "betas", "camera"):
                np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=atol)
            for name in one.attention:
                np.testing.assert_allclose(one.attention[name], other.attention[name], atol=atol)
            for name in ("vertices", "joints", "normals", "joints_cam"):
                np.testing.assert_allclose(getattr(pose, name), getattr(other_pose, name), atol=10 * atol)


@pytest.mark.parametrize("lookahead", [0, 7])
def test_whole_ticks_give_what_separate_steps_give(body, lookahead):
    model, times = small_model(), uneven_times(20)
    expected = separately(model, body, lookahead, times)
    assert_same(in_whole_ticks(model, body, lookahead, times), expected, body, 1e-5)


@pytest.mark.parametrize("front_end", ["resnet", "both"])
def test_pictures_go_through_whole_ticks_too(body, front_end):
    image = ImageConfig("resnet18", InputConfig(size=64, limbs=True))
    model, times = small_model(front_end=front_end, image=image), uneven_times(6)
    expected = separately(model, body, 2, times)
    assert_same(in_whole_ticks(model, body, 2, times), expected, body, 1e-4)


def test_results_are_not_written_to_by_later_ticks(body):
    model, times = small_model(), uneven_times(3)
    first, *_ = found = in_whole_ticks(model, body, 0, times)
    assert first[0].posed is not None
    assert found[-1][0].posed is not None
    assert not np.array_equal(first[0].posed.vertices, found[-1][0].posed.vertices)


def test_many_sets_of_variants_keep_a_bounded_number_of_programmes(body):
    tick, window = GraphedRunner(small_model(), body), FeatureWindow()
    for number in range(KEPT + 4):
        window.push(number / 30, tick.see(*seen(number)))
        off = [name for place, name in enumerate(("ttr", "ste_time", "self", "cross")) if number >> place & 1]
        for _, samples in window.ready_samples(0):
            tick.predict(samples, [NetworkSettings().without(*off)])
    assert len(tick._programmes) == KEPT


@pytest.fixture
def all_on_the_device(monkeypatch):
    """Refuses what would copy from the CPU or wait for the device: a CUDA graph can hold neither."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"not for a graph: {arguments}")

    def get(tensor: torch.Tensor, places: object) -> torch.Tensor:
        listed = places if isinstance(places, tuple) else (places,)
        assert not any(isinstance(place, (list, np.ndarray)) for place in listed), "indices from the CPU"
        return index(tensor, places)

    index = torch.Tensor.__getitem__
    monkeypatch.setattr(torch.Tensor, "__getitem__", get)
    for name in ("tensor", "as_tensor", "from_numpy"):
        monkeypatch.setattr(torch, name, refuse)
    for name in ("item", "tolist", "cpu", "numpy", "nonzero", "new_tensor", "__bool__"):
        monkeypatch.setattr(torch.Tensor, name, refuse)


@pytest.mark.parametrize("front_end", ["landmarks", "resnet", "both"])
@torch.inference_mode()
def test_nothing_in_a_tick_comes_from_the_cpu_or_waits_for_the_device(body, front_end, request):
    image = None if front_end == "landmarks" else ImageConfig("resnet18", InputConfig(size=64, limbs=True))
    tick = GraphedRunner(small_model(front_end=front_end, image=image), body)
    tick.see(*seen(0))
    request.getfixturevalue("all_on_the_device")
    tick._encode()
    single = [NetworkSettings().without(name) for name in SWITCHES]
    tick._describe([*VARIANTS, NetworkSettings("vibe"), *single, NetworkSettings().without(*SWITCHES)])


def run_engine(
    settings: Settings, model: NetworkRunner, body: Body, *, whole_ticks: bool | None
) -> list[BodyResult]:
    engine = Engine(settings, Parts(model, body), tracker=FakeTracker(), whole_ticks=whole_ticks)  # type: ignore
    results: list[BodyResult] = []
    for index in range(12):
        results += engine.process(make_frame(index))
    return results + engine.flush()


@pytest.mark.parametrize("one_euro", [False, True])
def test_the_engine_shows_the_same_either_way(body, one_euro):
    settings = Settings(
        variant_a=VariantSettings(one_euro=one_euro), compare=True, variant_b=VariantSettings(VARIANTS[1])
    )
    model = small_model()
    expected = run_engine(settings, model, body, whole_ticks=False)
    found = run_engine(settings, model, body, whole_ticks=True)
    for result, other in zip(found, expected, strict=True):
        for pose, other_pose in zip(result.bodies, other.bodies, strict=True):
            np.testing.assert_allclose(pose.vertices, other_pose.vertices, atol=1e-4)
            np.testing.assert_allclose(pose.joints_cam, other_pose.joints_cam, atol=1e-4)


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("front_end", ["landmarks", "resnet"])
def test_on_cuda_a_tick_is_a_graph_that_gives_the_same(body, front_end, caplog):
    image = None if front_end == "landmarks" else ImageConfig("resnet18", InputConfig(size=64, limbs=True))
    times = uneven_times(40)
    expected = separately(small_model(front_end=front_end, image=image), body, 2, times)
    model = small_model("cuda", front_end=front_end, image=image)
    found = in_whole_ticks(model, load_body().to("cuda"), 2, times)
    assert "no CUDA graph" not in caplog.text
    assert_same(found, expected, body, 1e-3 if front_end == "landmarks" else 1e-2)  # TF32
