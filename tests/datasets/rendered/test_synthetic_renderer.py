"""Pictures and their truth: the same for a seed, and each telling of the other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from str_live.body.skinning import Body
from str_live.datasets.rendered.columns import PERSON_COLUMNS, TILE_COLUMNS, starts
from str_live.datasets.rendered.framing import FramingConfig
from str_live.datasets.rendered.renderer import SyntheticBatch, read_photographs, split
from str_live.datasets.rendered.scenes import SceneConfig, Scenes, SceneSampler
from str_live.datasets.rendered.surroundings import SurroundingsConfig
from str_live.datasets.simulated.poses import PoseSampler
from str_live.features.landmarks import LANDMARK_POINTS
from str_live.skeleton import MIRRORED_JOINT
from tests.datasets.rendered.scene_material import Draw, MakeRenderer, seeded

pytestmark = pytest.mark.gl
ALONE = SceneConfig(
    surroundings=SurroundingsConfig(furniture=1, flat=0.0, photographs=0.0),
    framing=FramingConfig(whole=1.0, half=0.0),
    bystander=0.0,
)
PERSON, TILE = starts(PERSON_COLUMNS), starts(TILE_COLUMNS)


@pytest.fixture
def lonely(poses: PoseSampler, body: Body) -> Scenes:
    """Twelve people whom nothing hides."""
    scenes = SceneSampler(ALONE, poses, body, 0).draw(12, 1, seeded(3))
    scenes.boxes[:, 1, :3] = 0
    return scenes


def share_of_points_on(batch: SyntheticBatch) -> float:
    """Share of the landmark points within the picture that lie on the mask, or next to it."""
    size = batch.masks.shape[1]
    grown = torch.nn.functional.max_pool2d(batch.masks[:, None].float(), 3, 1, 1)[:, 0]
    places = ((batch.target.image + 1) / 2 * size).long()
    inside = batch.inside & ((places >= 0) & (places < size)).all(-1)
    rows = torch.arange(len(places))[:, None].expand(-1, places.shape[1])
    clamped = places.clamp(0, size - 1)
    return float((grown[rows, clamped[..., 1], clamped[..., 0]] > 0)[inside].float().mean())


def test_a_seed_says_what_the_pictures_show(make_renderer: MakeRenderer):
    first, second = make_renderer(), make_renderer(tiles=9)
    batch, again, other = first.render(6, seeded(1)), second.render(6, seeded(1)), first.render(6, seeded(2))
    assert (batch.pixels.float() - again.pixels.float()).abs().mean() < 0.1
    assert torch.equal(batch.pixels, first.render(6, seeded(1)).pixels)
    assert torch.equal(batch.target.rotmat, again.target.rotmat)
    assert not torch.equal(batch.pixels, other.pixels)


def test_a_large_batch_is_drawn_in_pieces_that_do_not_show(make_renderer: MakeRenderer):
    scenes = SceneConfig(bystander=0.5)
    whole, pieces = make_renderer(tiles=16, scenes=scenes), make_renderer(tiles=5, scenes=scenes)
    difference = whole.render(12, seeded(4)).pixels.float() - pieces.render(12, seeded(4)).pixels.float()
    assert difference.abs().mean() < 0.1  # of 255: tiles elsewhere round elsewhere


def test_landmark_points_lie_on_the_person(draw: Draw, lonely: Scenes):
    batch = SyntheticBatch(torch.from_numpy(draw(lonely)), lonely.target, lonely.inside, lonely.ray)
    assert share_of_points_on(batch) > 0.97


def test_the_person_s_middle_is_that_of_the_points(draw: Draw, lonely: Scenes):
    masks = draw(lonely)[..., 3].astype(np.float64)
    place = (np.arange(masks.shape[1]) + 0.5) / masks.shape[1] * 2 - 1
    middle = np.stack([(masks * place).sum((1, 2)), (masks * place[:, None]).sum((1, 2))], 1)
    middle /= masks.sum((1, 2))[:, None]
    places = [i for i, name in enumerate(LANDMARK_POINTS) if name.endswith(("shoulder", "hip", "knee"))]
    points = lonely.target.image[:, places].mean(1).numpy()
    assert np.abs(middle - points).max() < 0.3
    assert np.abs(middle - points).mean() < 0.1


def test_the_mask_is_the_told_body_s_silhouette_and_some_clothes(draw: Draw, lonely: Scenes, body: Body):
    target, size = lonely.target, 96
    masks = draw(lonely)[..., 3] > 0
    with torch.inference_mode():
        told = body.forward(target.rotmat, target.betas)
        rest = body.forward(torch.eye(3).expand(len(masks), 24, 3, 3), target.betas).joints[:, 0]
    in_camera = (told.vertices - told.joints[:, :1]) @ lonely.ray.transpose(1, 2)
    pelvis = lonely.people[:, PERSON["JOINTS"] : PERSON["JOINTS"] + 3]
    in_camera = (
        in_camera + (torch.cat([rest, torch.ones(len(rest), 1)], 1)[:, None] * pelvis).sum(-1)[:, None]
    )
    crop = lonely.tiles[:, TILE["CROP"]]
    seen = crop[:, None, :1] * in_camera[..., :2] / in_camera[..., 2:] + crop[:, None, 1:3]
    window = lonely.tiles[:, TILE["WINDOW"]]
    for mask, points, (low_x, low_y, high_x, high_y) in zip(masks, seen, window.tolist(), strict=True):
        drawn = np.zeros((4 * size, 4 * size), np.uint8)  # finer, as OpenCV fills beyond a triangle's edge
        for face in ((points.numpy() + 1) / 2 * 4 * size - 0.5)[body.faces]:
            cv2.fillConvexPoly(drawn, face.round().astype(np.int32), (1,))
        place = (np.arange(size) + 0.5) / size * 2 - 1
        there = ((place > low_x) & (place < high_x))[None] & ((place > low_y) & (place < high_y))[:, None]
        bare = (cv2.resize(drawn * 255, (size, size), interpolation=cv2.INTER_AREA) > 127) & there
        assert (mask & bare).sum() > 0.93 * bare.sum()
        assert mask.sum() < 2.2 * bare.sum()


def test_a_mirrored_scene_gives_the_mirrored_person(draw: Draw, lonely: Scenes):
    mirror = torch.tensor([-1.0, 1.0, 1.0])
    people, tiles = lonely.people.clone(), lonely.tiles.clone()
    joints = people[:, PERSON["JOINTS"] : PERSON["JOINTS"] + 72].reshape(-1, 24, 3, 4)
    joints = joints[:, MIRRORED_JOINT] * mirror[:, None] * torch.tensor([-1.0, 1.0, 1.0, 1.0])
    people[:, PERSON["JOINTS"] : PERSON["JOINTS"] + 72] = joints.reshape(-1, 72, 4)
    tiles[:, TILE["CROP"], 1] *= -1
    tiles[:, TILE["WINDOW"], 0], tiles[:, TILE["WINDOW"], 2] = (
        -lonely.tiles[:, TILE["WINDOW"], 2],
        -lonely.tiles[:, TILE["WINDOW"], 0],
    )
    mirrored = dataclasses.replace(lonely, people=people, tiles=tiles)
    masks, flipped = draw(lonely)[..., 3] > 0, draw(mirrored)[..., 3][:, :, ::-1] > 0
    overlap = (masks & flipped).sum((1, 2)) / (masks | flipped).sum((1, 2))
    assert overlap.min() > 0.85  # folds are not mirrored
    assert overlap.mean() > 0.95


def test_what_the_camera_does_not_see_is_black(draw: Draw, poses: PoseSampler, body: Body):
    drawn = SceneSampler(SceneConfig(), poses, body, 0).draw(12, 1, seeded(6))
    pixels, place = draw(drawn), (np.arange(96) + 0.5) / 96 * 2 - 1
    for picture, (low_x, low_y, high_x, high_y) in zip(
        pixels, drawn.tiles[:, TILE["WINDOW"]].tolist(), strict=True
    ):
        there = ((place > low_x) & (place < high_x))[None] & ((place > low_y) & (place < high_y))[:, None]
        assert not picture[~there].any()
        assert (picture[there][:, :3].max(1) > 0).mean() > 0.9


def test_a_sequence_is_one_person_before_one_camera(make_renderer: MakeRenderer):
    batch = make_renderer().render_sequence(3, 4, seeded(5))
    assert batch.pixels.shape == (12, 64, 64, 4)
    betas = batch.target.betas.unflatten(0, (3, 4))
    assert torch.equal(betas, betas[:, :1].expand_as(betas))
    pictures = batch.pictures.float().unflatten(0, (3, 4))
    between_frames = (pictures[:, 1:] - pictures[:, :-1]).abs().mean()
    between_people = (pictures[1:] - pictures[:-1]).abs().mean()
    assert 0 < between_frames < 0.5 * between_people
    turn = batch.target.rotmat.unflatten(0, (3, 4))[:, :, 0]
    assert (turn[:, 1:] - turn[:, :-1]).abs().max() < 0.5


def test_without_photographs_there_are_rooms(poses: PoseSampler, body: Body):
    scenes = SceneSampler(SceneConfig(), poses, body, 0).draw(200, 1, seeded(0))
    kinds = scenes.tiles[:, TILE["BACKGROUND"], 0].long()
    assert set(kinds.tolist()) == {0, 2}


def test_photographs_are_read_from_a_folder(tmp_path: Path, make_renderer: MakeRenderer):
    cv2.imwrite(str(tmp_path / "green.png"), np.full((40, 60, 3), (10, 200, 10), np.uint8))
    scenes = SceneConfig(surroundings=SurroundingsConfig(photographs=1.0, washes=0.0))
    batch = make_renderer(backgrounds=tmp_path, scenes=scenes).render(6, seeded(0))
    behind = batch.pictures[(batch.masks == 0) & (batch.pictures.amax(-1) > 0)].float()
    green = behind[:, 1] > 1.5 * torch.maximum(behind[:, 0], behind[:, 2])
    assert green.float().mean() > 0.5
    with pytest.raises(NotADirectoryError, match="background photographs"):
        read_photographs(tmp_path / "nowhere")


def test_shadows_darken(draw: Draw, lonely: Scenes):
    lonely.tiles[:, TILE["KEY_COLOUR"], :3] = 2.0
    with_shadows, without = (
        draw(lonely, shadows=shadows)[..., :3].astype(np.float32) for shadows in (True, False)
    )
    assert (with_shadows <= without + 1).all()
    assert (with_shadows < without - 20).mean() > 0.01


def test_pieces_of_scenes_keep_everything(poses: PoseSampler, body: Body):
    scenes = SceneSampler(SceneConfig(bystander=0.6), poses, body, 0).draw(11, 1, seeded(2))
    pieces = split(scenes, 4)
    assert [len(piece.tiles) for piece in pieces] == [4, 4, 3]
    for name in ("people", "boxes", "flats", "skirts", "long_hair", "inside"):
        assert sum(len(getattr(piece, name)) for piece in pieces) == len(getattr(scenes, name))
    for piece in pieces:
        assert int(piece.people[:, 0, 0].max()) < len(piece.tiles)
