"""The benchmark's rendered people: damaged as their condition says, with a truth that fits the picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.benchmark import __main__ as command
from str_live.benchmark import build
from str_live.benchmark.build import (
    MANIFEST,
    START,
    Plan,
    build_pictures,
    database_name,
    in_turns,
    planned,
    write_database,
)
from str_live.benchmark.pictures import Studio, damaged, photographed, truth_of
from str_live.datasets.measured_body import load_measured_body
from str_live.datasets.motion.split import clips_of
from str_live.datasets.published.databases import Database, read_database
from str_live.datasets.published.sequences import target_from_pixels
from str_live.datasets.rendered.renderer import SyntheticBatch
from str_live.datasets.rendered.scenes import SceneConfig, SceneSampler
from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.datasets.simulated.poses import PoseSampler
from str_live.datasets.target import Target
from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.rotation import rotmat_from_axis_angle
from str_live.settings import FRONT_ENDS
from str_live.train.images.student import Student
from str_live.view.headless import NoOpenGLError
from str_live.weights.own import load_network
from str_live.weights.own_images import save_images
from tests.benchmark.small_benchmark import LENGTHS, PLAN, WIDTH, clips, weights
from tests.datasets.rendered.scene_material import seeded, standing_poses

NOBODY = Target(torch.zeros(0), torch.zeros(0), torch.zeros(0), torch.zeros(0))


def grey_pictures(count: int = 6, size: int = 64) -> SyntheticBatch:
    """A person who fills a noisy picture, of which the upper eighth lies outside the camera's."""
    pixels = torch.randint(90, 160, (count, size, size, 4), dtype=torch.uint8, generator=seeded(0))
    pixels[..., 3] = 255
    pixels[:, : size // 8] = 0
    return SyntheticBatch(pixels, NOBODY, torch.zeros(0), torch.zeros(0))


def test_each_condition_does_to_the_picture_what_its_name_says():
    plain = grey_pictures()
    assert damaged(plain, "normal", 1) is plain
    very_dark, over_exposed, flickering = (damaged(plain, "light", seed) for seed in (0, 1, 2))
    seen = slice(8, None)
    assert very_dark.pictures[:, seen].max() < 60
    assert over_exposed.pictures[:, seen].float().mean() > 240
    brightness = flickering.pictures[:, seen].float().mean((1, 2, 3))
    assert brightness.std() > 20
    blurred = damaged(plain, "blur", 5)
    assert not torch.equal(blurred.pictures, plain.pictures)
    hidden = (blurred.masks == 0) & (plain.masks > 0)
    assert 0 < hidden.float().mean() < 0.7
    for batch in (very_dark, over_exposed, flickering, blurred):
        assert batch.pictures[:, :8].max() == 0, "outside the camera's picture it stays black"
    assert plain.pixels[:, seen].min() >= 90, "the picture before is left alone"


def test_pictures_of_an_unknown_condition_are_refused():
    with pytest.raises(ValueError, match="condition 'fog'"):
        damaged(grey_pictures(), "fog", 1)


def test_truth_fits_the_body_and_the_crop():
    measured = load_measured_body(None)
    scenes = SceneSampler(SceneConfig(), standing_poses(), measured.body, 0).draw(3, 2, seeded(4))
    batch = SyntheticBatch(torch.zeros(6, 8, 8, 4), scenes.target, scenes.inside, scenes.ray)
    truth = truth_of("somebody", batch, scenes.projection, measured)
    rotmat = rotmat_from_axis_angle(torch.from_numpy(truth.pose).unflatten(1, (24, 3)))
    joints = measured.joints_49(rotmat, torch.from_numpy(truth.shape)).numpy()
    off = truth.joints3d - joints
    np.testing.assert_allclose(off, np.broadcast_to(off[:, :1], off.shape), atol=1e-4)
    assert np.median(truth.joints3d[..., 2]) > 0.5, "people stand before the camera"
    crop = target_from_pixels(truth.joints2d, truth.bbox)[..., :2]
    points = scenes.target.image.numpy()
    inside = scenes.inside.numpy().all(1)
    # the 49 joints reach a little further: the top of the head is among them
    np.testing.assert_allclose(crop[inside].min(1), points[inside].min(1), atol=0.25)
    np.testing.assert_allclose(crop[inside].max(1), points[inside].max(1), atol=0.25)


@dataclass(frozen=True)
class Databases:
    """Databases of rendered people, and what they were made from."""

    data: Path
    landmarks: Path
    images: Path
    out: Path
    checksums: dict[str, dict[str, str]] = field(default_factory=dict)
    """MD5 of each file, by front end."""

    def build(self, plan: Plan = PLAN) -> dict[str, dict[str, str]]:
        """Begin again, of the few clips of small_benchmark.py in the place of the free motion."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "load_motion", lambda *_: clips())
            return build_pictures(self.data, self.landmarks, self.images, self.out, plan)

    def read(self, front_end: str, part: str) -> Database:
        return read_database(self.out / front_end / database_name(part), "freemocap", width=WIDTH)


@pytest.fixture
def one_thread():
    """As the command computes: sums of several threads are rounded differently."""
    with computing_with_one_thread():
        yield


@contextmanager
def computing_with_one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Everything, rendered once for all tests."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "backgrounds").mkdir()
    landmarks = weights(folder)
    images = untrained_image_encoder(folder, landmarks)
    databases = Databases(folder, landmarks, images, folder / "out")
    try:
        with computing_with_one_thread():
            checksums = databases.build()
    except NoOpenGLError as error:
        pytest.skip(str(error))
    return replace(databases, checksums=checksums)


def untrained_image_encoder(folder: Path, landmarks: Path) -> Path:
    """The file of an image encoder beside untrained landmark weights."""
    torch.manual_seed(0)
    config = ImageConfig("resnet44v2", InputConfig(32, background="removed", joints=True))
    student = Student(config, load_network(landmarks), learn_trunk=False, keep_statistics=False)
    torch.nn.init.normal_(student.encoder.join[-1].weight)  # it begins at zero: `both` would be `landmarks`
    save_images(folder / "images.safetensors", student.encoder, load_network(landmarks))
    return folder / "images.safetensors"


@pytest.mark.gl
def test_every_front_end_gets_its_own_features_of_the_same_scenes(built):
    assert set(built.checksums) == set(FRONT_ENDS)
    first = built.read("landmarks", "test_normal")
    assert len(first) == 2 * LENGTHS["test"]
    for front_end in FRONT_ENDS:
        for condition in CONDITIONS:
            database = built.read(front_end, f"test_{condition}")
            np.testing.assert_array_equal(database.pose, first.pose)
            np.testing.assert_array_equal(database.joints2d, first.joints2d)
            same = np.array_equal(database.features, first.features)
            assert same == (front_end == "landmarks" and condition == "normal")


@pytest.mark.gl
def test_the_manifest_names_front_end_weights_and_files(built):
    manifest = json.loads((built.out / "both" / MANIFEST).read_text())
    assert manifest["front_end"] == "both"
    assert manifest["images"]["file"] == built.images.name
    assert START in manifest["files"]


@pytest.mark.gl
@pytest.mark.usefixtures("one_thread")
def test_several_processes_render_what_one_does(built, tmp_path):
    poses = PoseSampler.of_clips(clips_of(clips(), "train"))
    studio = Studio(built.landmarks, built.images, built.data / "backgrounds", poses)
    name = database_name("train")
    scenes = list(in_turns(*planned(clips(), PLAN)[name]))
    parts = list(photographed(studio, scenes, jobs=2))
    for front_end in FRONT_ENDS:
        write_database(tmp_path / "beside.npz", (part[front_end] for part in parts))
        assert (tmp_path / "beside.npz").read_bytes() == (built.out / front_end / name).read_bytes()


@pytest.mark.gl
def test_finished_databases_are_not_rendered_again(built, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rendered again")

    monkeypatch.setattr(build, "photographed", refuse)
    again = built.build()
    for front_end in FRONT_ENDS:
        names = [name for name in again[front_end] if name.endswith("_db.npz")]
        assert len(names) == 5
        assert all(again[front_end][name] == built.checksums[front_end][name] for name in names)


@pytest.mark.gl
def test_databases_of_another_plan_are_not_mixed_in(built):
    with pytest.raises(ValueError, match="another plan"):
        built.build(replace(PLAN, seed=PLAN.seed + 1))


@pytest.mark.parametrize(
    ("options", "scenes", "seed"), [([], 1200, 1), (["--training-scenes", "7", "--seed", "3"], 7, 3)]
)
def test_the_command_renders_fewer_scenes_into_a_folder_of_their_own(
    monkeypatch, capsys, options, scenes, seed
):
    calls = []

    def rendered(data, landmarks, images, out, plan, *, jobs):
        calls.append((out, plan.training_scenes, plan.seed, jobs))
        return {"both": {"a_db.npz": "0123"}}

    monkeypatch.setattr(command, "build_pictures", rendered)
    command.main(["build", "--pictures", "--jobs", "2", *options])
    assert calls == [(command.PICTURES, scenes, seed, 2)]
    assert capsys.readouterr().out == f"0123  {command.PICTURES / 'both' / 'a_db.npz'}\n"


def test_runs_on_rendered_pictures_lie_apart():
    def runs(*options: str) -> str:
        return str(command.task_of(command.build_parser().parse_args(["run", *options])).out)

    assert runs() == "runs/free_mocap"
    assert runs("--databases", "data/free_mocap_pictures/both") == "runs/free_mocap_both"
    assert runs("--databases", "data/free_mocap_pictures/both", "--runs", "mine") == "mine"


def test_what_is_missing_is_said_in_one_sentence(tmp_path):
    folder = ["build", "--pictures", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit, match=r"none\.safetensors does not exist"):
        command.main([*folder, "--images", str(tmp_path / "none.safetensors")])
    with pytest.raises(SystemExit, match="nowhere"):
        command.main([*folder, "--data", str(tmp_path / "nowhere")])
    assert not (tmp_path / "out").exists(), "nothing was begun"
