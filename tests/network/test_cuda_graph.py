"""The graphed runner gives what the plain one gives; on CUDA as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from str_live.body.posing import pose_bodies
from str_live.body.skinning import Body, load_body
from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.live.engine import Engine
from str_live.messages import BodyResult, Box, Crop, Observation, Person, Prediction
from str_live.network.cuda_graph import GraphedRunner
from str_live.network.network import Network, NetworkConfig
from str_live.network.runner import NetworkRunner, Runner
from str_live.settings import SWITCHES, NetworkSettings, Settings, VariantSettings
from str_live.temporal import STRConfig
from str_live.temporal.window import FeatureWindow
from str_live.weights.load import join_parts
from tests.live.engine_fakes import FakeTracker, make_frame
from tests.network.small_network import still_window

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
MOST = 3
"""People in a frame."""


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


def observation(number: int) -> Observation:
    """Another person in each frame."""
    rng = np.random.default_rng(number)
    points = (rng.random((33, 2)) * 120).astype(np.float32)
    person = Person(BOX, points, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None, (128, 128))
    return Observation(person, Crop(rng.integers(0, 255, (224, 224, 3), np.uint8), BOX))


def run(
    runner: Runner, lookahead: int, times: np.ndarray, people: Callable[[int], int] = lambda frame: 1
) -> list[list[Prediction]]:
    """The predictions of all windows, where `people(frame)` persons are in each frame."""
    windows, found = [FeatureWindow() for _ in range(MOST)], []
    for frame, time_s in enumerate(times):
        features = runner.observe([observation(MOST * frame + place) for place in range(people(frame))])
        for window, feature in zip(windows, features, strict=False):
            window.push(float(time_s), feature)
        for window in windows[people(frame) :]:
            window.skip(float(time_s))
        found += runner.predict(
            [samples for window in windows for _, samples in window.ready(lookahead)], VARIANTS
        )
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
def test_it_gives_what_the_plain_runner_gives(body, lookahead):
    model, times = small_model(), uneven_times(20)
    assert_same(run(GraphedRunner(model, body), lookahead, times), run(model, lookahead, times), body, 1e-5)


def test_people_come_and_go(body):
    model, times = small_model(), uneven_times(16)
    expected = run(model, 2, times, lambda frame: (1, 3, 0, 2)[frame // 4])
    found = run(GraphedRunner(model, body), 2, times, lambda frame: (1, 3, 0, 2)[frame // 4])
    assert_same(found, expected, body, 1e-5)


@pytest.mark.parametrize("front_end", ["resnet", "both"])
def test_it_takes_pictures_too(body, front_end):
    image = ImageConfig("resnet44v2", InputConfig(size=64, joints=True))
    model, times = small_model(front_end=front_end, image=image), uneven_times(6)
    assert_same(run(GraphedRunner(model, body), 2, times), run(model, 2, times), body, 1e-4)


def test_results_are_not_written_to_by_later_ticks(body):
    model, times = small_model(), uneven_times(3)
    first, *_ = found = run(GraphedRunner(model, body), 0, times)
    assert first[0].posed is not None
    assert found[-1][0].posed is not None
    assert not np.array_equal(first[0].posed.vertices, found[-1][0].posed.vertices)


def test_going_through_many_variants_goes_on_giving_what_the_plain_runner_gives(body, monkeypatch):
    monkeypatch.setattr("str_live.network.cuda_graph.MAX_GRAPHS", 3)
    model = small_model()
    graphed = GraphedRunner(model, body)
    for number in range(8):
        switches = ("ttr", "ste_time", "self", "cross")
        off = [name for place, name in enumerate(switches) if number >> place & 1]
        variants = [NetworkSettings().without(*off)]
        found, expected = (
            runner.predict([still_window(runner.observe([observation(number)]))], variants)
            for runner in (graphed, model)
        )
        assert_same(found, expected, body, 1e-5)


@contextmanager
def all_on_the_device() -> Iterator[None]:
    """Refuses what would copy from the CPU or wait for the device: a CUDA graph can hold neither."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"not for a graph: {arguments}")

    def get(tensor: torch.Tensor, places: object) -> torch.Tensor:
        listed = places if isinstance(places, tuple) else (places,)
        assert not any(isinstance(place, (list, np.ndarray)) for place in listed), "indices from the CPU"
        return index(tensor, places)

    index = torch.Tensor.__getitem__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "__getitem__", get)
        for name in ("tensor", "as_tensor", "from_numpy"):
            patch.setattr(torch, name, refuse)
        for name in ("item", "tolist", "cpu", "numpy", "nonzero", "new_tensor", "__bool__"):
            patch.setattr(torch.Tensor, name, refuse)
        yield


@pytest.mark.parametrize("front_end", ["landmarks", "resnet", "both"])
def test_nothing_that_is_captured_comes_from_the_cpu_or_waits_for_the_device(body, front_end):
    runs = []

    def capture(steps: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with all_on_the_device():
                steps()
            runs.append(steps)

        return run

    image = None if front_end == "landmarks" else ImageConfig("resnet44v2", InputConfig(size=64, joints=True))
    runner = GraphedRunner(small_model(front_end=front_end, image=image), body, capture=capture)
    single = [NetworkSettings().without(name) for name in SWITCHES]
    variants = [*VARIANTS, NetworkSettings("vibe"), *single, NetworkSettings().without(*SWITCHES)]
    people = [observation(number) for number in range(2)]
    runner.observe(people)
    features = runner.observe(people)
    runner.predict([still_window([feature]) for feature in features], variants)
    assert len(runs) == 2, "the encoder alone, then encoder and windows"


def run_engine(settings: Settings, model: NetworkRunner, body: Body, *, graphed: bool) -> list[BodyResult]:
    engine = Engine(settings, join_parts(model, body, graphed=graphed), tracker=FakeTracker())
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
    expected = run_engine(settings, model, body, graphed=False)
    found = run_engine(settings, model, body, graphed=True)
    for result, other in zip(found, expected, strict=True):
        for pose, other_pose in zip(result.bodies, other.bodies, strict=True):
            np.testing.assert_allclose(pose.vertices, other_pose.vertices, atol=1e-4)
            np.testing.assert_allclose(pose.joints_cam, other_pose.joints_cam, atol=1e-4)


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("front_end", ["landmarks", "resnet"])
def test_on_cuda_a_tick_is_a_graph_that_gives_the_same(body, front_end, caplog):
    image = None if front_end == "landmarks" else ImageConfig("resnet44v2", InputConfig(size=64, joints=True))
    times = uneven_times(40)
    expected = run(small_model(front_end=front_end, image=image), 2, times)
    model = small_model("cuda", front_end=front_end, image=image)
    found = run(GraphedRunner(model, load_body().to("cuda")), 2, times)
    assert "no CUDA graph" not in caplog.text
    assert_same(found, expected, body, 1e-3 if front_end == "landmarks" else 1e-2)  # TF32
