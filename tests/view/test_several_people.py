"""Several people in one scene: colours, depth, places, numbers, and whom a place of the picture shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import moderngl
import numpy as np
import pytest

from str_live.geometry import crop_to_image, project
from str_live.messages import BodyPose, BodyResult, Box, PersonBody
from str_live.settings import ViewSettings
from str_live.view.cameras import OrbitCamera
from str_live.view.headless import HeadlessRenderer
from str_live.view.person_colours import COLOUR_A, PERSON_COLOURS, person_colour
from str_live.view.places import MIDDLE_S, Places
from str_live.view.scene import Scene
from str_live.view.stage import Stage
from tests.view.stand_ins import make_result, scene_of, sphere_body

WIDTH, HEIGHT = 320, 240
PLAIN = ViewSettings(opacity=1.0, numbers=False)
LEFT, RIGHT = Box(90, 130, 180), Box(230, 130, 180)


def body_in(box: Box) -> BodyPose:
    """The stand-in as it is seen in a crop, with its joints in pixels and in the camera's frame."""
    body, _ = sphere_body()
    pixels = crop_to_image(project(body.joints, body.camera), box)
    depth = 2 * np.hypot(WIDTH, HEIGHT) / (0.9 * box.side)
    place = np.array([(box.cx - WIDTH / 2) * depth / np.hypot(WIDTH, HEIGHT), 0.0, depth])
    return replace(body, joints_px=pixels, joints_cam=(body.joints + place).astype(np.float32))


def other(number: int, box: Box, *, variants: int = 1, held_s: float = 0.0) -> PersonBody:
    person = make_result((body_in(box),), np.zeros((HEIGHT, WIDTH, 3), np.uint8), box).person
    return PersonBody(number, person, (body_in(box),) * variants, None, box, held_s, None)


def result_of(*people: PersonBody) -> BodyResult:
    """The first is followed; nobody: an empty picture."""
    if not people:
        return make_result((), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    followed = people[0]
    assert followed.box is not None
    result = make_result(followed.bodies, np.zeros((HEIGHT, WIDTH, 3), np.uint8), followed.box)
    return replace(
        result,
        number=followed.number,
        person=followed.person,
        held_s=followed.held_s,
        others=people[1:],
        left_out=followed.left_out,
    )


def scene(*people: PersonBody, view: ViewSettings = PLAIN) -> Scene:
    _, faces = sphere_body()
    parts = np.zeros(len(body_in(LEFT).vertices))
    return scene_of(result_of(*people), faces, view, parts)


def is_colour(picture: np.ndarray, number: int) -> np.ndarray:
    """(H, W) bool: where this person's colour is nearer than anybody else's, by the ratio of its channels."""
    lit = picture[..., ::-1].astype(float)
    shade = lit / np.maximum(lit.max(axis=2, keepdims=True), 1.0)
    colours = np.array(PERSON_COLOURS) / np.max(PERSON_COLOURS, axis=1, keepdims=True)
    nearest = np.abs(shade[:, :, None] - colours).sum(axis=3).argmin(axis=2)
    return (nearest == number - 1) & (lit.max(axis=2) > 60)


SIGHT = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Linear RGB to what such an eye sees of it: Machado, Oliveira and Fernandes 2009, severity 1."""
SEEN_APART = 10.0
"""CIELAB distance: 2.3 is the least that is noticed of two patches side by side."""


def lab(linear: np.ndarray) -> np.ndarray:
    """(3,) CIELAB (D65) of a linear colour."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_every_eye_tells_the_colours_apart(sight: str) -> None:
    seen = [lab(np.clip(np.array(SIGHT[sight]) @ np.array(colour) ** 2.2, 0, 1)) for colour in PERSON_COLOURS]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > SEEN_APART


def test_one_person_has_the_colour_of_a_and_his_number_keeps_it() -> None:
    assert scene(other(1, LEFT)).figures[0].colour == COLOUR_A == person_colour(1)
    alone = scene(other(2, LEFT)).figures[0].colour
    assert alone == scene(other(1, RIGHT), other(2, LEFT)).figures[1].colour != COLOUR_A


def test_a_scene_that_had_several_people_goes_on_numbering_them() -> None:
    _, faces = sphere_body()
    mesh = faces, np.zeros(len(body_in(LEFT).vertices))
    stage = Stage()
    for people in ((other(1, LEFT), other(2, RIGHT)), (other(1, LEFT),)):
        shown = stage.scene(result_of(*people), mesh, PLAIN)
        assert shown is not None
        assert shown.several
    begun = result_of(other(1, LEFT))
    begun = replace(begun, frame=replace(begun.frame, epoch=1))
    again = stage.scene(begun, mesh, PLAIN)
    assert again is not None
    assert not again.several


def test_the_compared_body_is_pale_and_in_the_same_place_among_several() -> None:
    first, compared, second, _ = scene(other(1, LEFT, variants=2), other(2, RIGHT, variants=2)).figures
    assert (first.variant, compared.variant) == ("A", "B")
    assert first.place == compared.place != second.place
    assert all(b > a for a, b in zip(first.colour, compared.colour, strict=True))


@pytest.mark.gl
def test_each_body_is_drawn_in_its_own_colour_at_its_own_place(ctx: moderngl.Context) -> None:
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        picture = headless.overlay(scene(other(1, LEFT), other(2, RIGHT)))
    for number, box in ((1, LEFT), (2, RIGHT)):
        columns = np.nonzero(is_colour(picture, number))[1]
        assert len(columns) > 2000
        middle = crop_to_image(project(np.zeros((1, 3)), body_in(box).camera), box)[0, 0]
        assert columns.mean() == pytest.approx(middle, abs=5)


@pytest.mark.gl
@pytest.mark.parametrize("followed", [1, 2])
def test_whoever_is_nearer_hides_the_other(ctx: moderngl.Context, followed: int) -> None:
    near, far = other(1, Box(160, 120, 220)), other(2, Box(160, 120, 110))
    people = (near, far) if followed == 1 else (far, near)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        picture = headless.overlay(scene(*people))
        reversed_sizes = headless.overlay(scene(replace(far, box=near.box), replace(near, box=far.box)))
    assert is_colour(picture, 1).sum() > 5000
    assert is_colour(picture, 2).sum() < 200
    assert is_colour(reversed_sizes, 1).sum() < 200


@pytest.mark.gl
def test_a_body_among_others_covers_the_pixels_that_it_covers_alone(ctx: moderngl.Context) -> None:
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        alone = headless.overlay(scene(other(1, LEFT)))
        both = headless.overlay(scene(other(1, LEFT), other(2, RIGHT)))
    free = slice(0, 140)  # the other one is farther right
    assert np.array_equal(alone[:, free].max(axis=2) > 60, both[:, free].max(axis=2) > 60)


@pytest.mark.gl
def test_somebody_who_was_lost_fades_and_the_other_does_not(ctx: moderngl.Context) -> None:
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        there = headless.overlay(scene(other(1, LEFT), other(2, RIGHT)))
        fading = headless.overlay(scene(other(1, LEFT, held_s=0.9), other(2, RIGHT)))
        gone = headless.overlay(scene(other(1, LEFT, held_s=9.0), other(2, RIGHT)))
    place = HEIGHT // 2, 90
    assert there[place].max() > fading[place].max() > gone[place].max()
    assert np.array_equal(there[:, 220:], gone[:, 220:])


@pytest.mark.gl
def test_all_stand_in_the_3d_view_and_one_alone_on_demand(ctx: moderngl.Context) -> None:
    people = other(1, LEFT), other(2, RIGHT)
    front = OrbitCamera().preset("front")
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        both = headless.space(scene(*people), front)
        alone = headless.space(scene(*people, view=replace(PLAIN, alone=True)), front)
    assert min(is_orange_or_blue(both)) > 300
    assert is_orange_or_blue(alone)[0] == 0
    assert is_orange_or_blue(alone)[1] > 300


def is_orange_or_blue(picture: np.ndarray) -> tuple[int, int]:
    """How many pixels are orange, and how many blue."""
    blue, _, red = (picture[..., channel].astype(int) for channel in range(3))
    return int((red - blue > 60).sum()), int((blue - red > 60).sum())


def test_places_are_those_of_the_camera_around_their_middle() -> None:
    places = Places().update({1: np.array([-1.0, 0.2, 3.0]), 2: np.array([0.5, 0.1, 5.0])}, 0.0)
    assert places[1] == pytest.approx((-0.75, 1.0))
    assert places[2] == pytest.approx((0.75, -1.0))


def test_the_others_glide_when_somebody_comes() -> None:
    places = Places()
    here, there = np.array([0.0, 0.0, 3.0]), np.array([2.0, 0.0, 3.0])
    assert places.update({1: here}, 0.0)[1] == pytest.approx((0.0, 0.0))
    step = places.update({1: here, 2: there}, 0.1)[1][0]
    assert step == pytest.approx(-(1 - np.exp(-0.1 / MIDDLE_S)))
    for number in range(2, 120):
        end = places.update({1: here, 2: there}, number / 10)[1][0]
    assert end == pytest.approx(-1.0, abs=1e-3)


@pytest.mark.gl
def test_numbers_are_drawn_only_where_there_are_several_and_never_mirrored(ctx: moderngl.Context) -> None:
    numbered = replace(PLAIN, numbers=True, mesh=False)
    people = other(1, LEFT), other(2, RIGHT)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        assert headless.overlay(scene(people[0], view=numbered)).max() == 0
        plain = headless.overlay(scene(*people, view=numbered))
        mirrored = headless.overlay(scene(*people, view=replace(numbered, mirror=True)))
    assert is_colour(plain, 1).sum() > 50
    assert is_colour(plain, 2).sum() > 50
    assert np.nonzero(is_colour(plain, 1))[1].mean() < np.nonzero(is_colour(plain, 2))[1].mean()
    assert np.nonzero(is_colour(mirrored, 1))[1].mean() > np.nonzero(is_colour(mirrored, 2))[1].mean()
    # The disc is where a mirror shows it, and the "2" on it is not turned round.
    flipped = mirrored[:, ::-1]
    assert np.abs(flipped.astype(int) - plain).max() > 80
    rows, columns = np.nonzero(is_colour(plain, 2))
    cut = plain[rows.min() : rows.max(), columns.min() : columns.max()]
    rows, columns = np.nonzero(is_colour(mirrored, 2))
    same = mirrored[rows.min() : rows.max(), columns.min() : columns.max()]
    assert cut.shape == same.shape
    assert np.abs(cut.astype(int) - same).mean() < np.abs(cut.astype(int) - same[:, ::-1]).mean()


@pytest.mark.gl
@pytest.mark.parametrize("recorded", [False, True])
def test_somebody_left_out_has_a_hollow_number_and_no_body(ctx: moderngl.Context, recorded: bool) -> None:
    out = replace(other(2, RIGHT), bodies=(), left_out=True)
    out = replace(out, person=None) if recorded else out
    numbered = replace(PLAIN, numbers=True)
    with HeadlessRenderer(WIDTH, HEIGHT, ctx) as headless:
        left_out = headless.overlay(scene(other(1, LEFT), out, view=numbered))
        nobody = headless.overlay(scene(other(1, LEFT), view=numbered))
        number_alone = replace(numbered, mesh=False)
        filled = headless.overlay(scene(other(1, LEFT), other(2, RIGHT), view=number_alone))
    changed = np.abs(left_out.astype(int) - nobody).max(axis=2) > 20
    assert 30 < changed[:, 160:].sum() < 600, "a badge, no body"
    assert is_colour(left_out, 2)[:, 160:].sum() < is_colour(filled, 2)[:, 160:].sum()
