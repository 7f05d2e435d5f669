"""Following several people: numbers that stay, with scripted people; then mediapipe on real films."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera.film import film_pictures
from str_live.messages import Box, Frame
from str_live.person.crop import box_from_landmarks
from str_live.person.detector import Detection
from str_live.person.people import CONFIRM_FRAMES, REMEMBER_S, PeopleTracker
from str_live.person.regions import Look, Region, region_around
from str_live.person.tracker import PersonTracker
from str_live.settings import MOST_PEOPLE

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
shared_data = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there"),
]
HEIGHT, WIDTH = 480, 960
RED, GREEN, BLUE = (30, 30, 220), (40, 200, 40), (220, 60, 30)
FPS = 30


@dataclass
class Actor:
    """Somebody standing at x, painted in the colour of his clothes."""

    x: float
    colour: tuple[int, int, int]
    height: float = 200.0
    y: float = 260.0

    def landmarks(self) -> np.ndarray:
        """(33, 2) pixels."""
        shape = np.random.default_rng(3).uniform([-0.2, -0.5], [0.2, 0.5], (33, 2))
        shape[[11, 12, 23, 24]] = [[0.15, -0.3], [-0.15, -0.3], [0.1, 0.1], [-0.1, 0.1]]
        return shape * self.height + [self.x, self.y]

    def circle(self) -> np.ndarray:
        """(2, 2) pixels: the hips' middle and a point above the head."""
        return np.array([[self.x, self.y + 0.1 * self.height], [self.x, self.y - 0.55 * self.height]])


class Scene:
    """Scripted people in place of mediapipe: the later in the list stands before the earlier.

    Sees those whose torso shows in the picture that it is given. Looks where a region is and sees whoever
    stands there, be it somebody else: so do real landmark models.
    """

    smallest_found = 0.2
    """Height of a body relative to the searched part of the picture, as mediapipe's finder needs it."""

    def __init__(self, *actors: Actor) -> None:
        self.actors = list(actors)
        self.segmentation = False
        self.closed = False
        self.searched: list[Box | None] = []

    def picture(self) -> np.ndarray:
        image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        cv2.line(image, (0, 0), (WIDTH, HEIGHT), (160, 160, 160), 30)
        for actor in self.actors:
            cv2.fillConvexPoly(image, cv2.convexHull(actor.landmarks().astype(np.int32)), actor.colour)
        return image

    def _shown(self, image: np.ndarray) -> list[Actor]:
        return [
            actor
            for actor in self.actors
            if 0 <= actor.x < WIDTH and tuple(image[int(actor.y), int(actor.x)].tolist()) == actor.colour
        ]

    def find(self, image: np.ndarray, tile: Box | None = None) -> list[Region]:
        self.searched.append(tile)
        part = tile or Box(WIDTH / 2, HEIGHT / 2, WIDTH)
        return [
            region_around(actor.circle())
            for actor in self._shown(image)
            if max(abs(actor.x - part.cx), abs(actor.y - part.cy)) < part.side / 2
            and actor.height >= self.smallest_found * part.side
        ]

    def look(self, image: np.ndarray, regions: list[Region]) -> list[Look | None]:
        return [self._look(image, region) for region in regions]

    def _look(self, image: np.ndarray, region: Region) -> Look | None:
        def distance(actor: Actor) -> float:
            return math.hypot(actor.x - region.cx, actor.circle()[0, 1] - region.cy) / region.side

        there = [actor for actor in self._shown(image) if distance(actor) < 0.3]
        if not there:
            return None
        actor = min(there, key=distance)
        points = actor.landmarks()
        detection = Detection(
            box_from_landmarks(points, WIDTH, HEIGHT),
            points.astype(np.float32),
            np.ones(33, np.float32),
            np.zeros((33, 3), np.float32),
            None,
        )
        return Look(detection, actor.circle(), 1.0)

    def close(self) -> None:
        self.closed = True


class Run:
    """A tracker on a scene, frame by frame."""

    def __init__(self, scene: Scene, people: int = 4) -> None:
        self.scene, self.index, self.epoch = scene, 0, 0
        self.tracker = PeopleTracker(people, detector=scene)

    def step(self) -> dict[int, float | None]:
        """The next frame: number -> x of the square; None out of sight."""
        frame = Frame(self.scene.picture(), self.index, self.index / FPS, 0, self.epoch)
        self.index += 1
        found = self.tracker.find(frame)
        return {number: None if one is None else one.box.cx for number, one in found.items()}

    def steps(self, count: int) -> dict[int, float | None]:
        """Several frames in which nobody moves; the last of them."""
        return [self.step() for _ in range(count)][-1]

    def until_named(self) -> dict[int, float | None]:
        """Frames enough for a search and for confirming a newcomer."""
        return self.steps(CONFIRM_FRAMES + FPS)

    def move(self, actor: Actor, x: float, frames: int) -> set[int | None]:
        """Walk somebody to x; the numbers that he has on the way."""
        numbers = set()
        for place in np.linspace(actor.x, x, frames + 1)[1:]:
            actor.x = float(place)
            numbers.add(number_at(self.step(), actor))
        return numbers


def number_at(found: dict[int, float | None], actor: Actor) -> int | None:
    """The number of whoever is seen where somebody stands."""
    near = [n for n, x in found.items() if x is not None and abs(x - actor.x) < 0.2 * actor.height]
    return near[0] if near else None


def test_everybody_in_the_first_frame_has_a_number_at_once() -> None:
    red, green, blue = Actor(150, RED), Actor(450, GREEN), Actor(800, BLUE)
    found = Run(Scene(red, green, blue)).step()
    assert {number_at(found, actor) for actor in (red, green, blue)} == {1, 2, 3}


def test_no_more_people_than_were_asked_for_the_largest_first() -> None:
    near, middle, far = Actor(150, RED, 300), Actor(450, GREEN, 260), Actor(800, BLUE, 240)
    run = Run(Scene(far, middle, near), people=2)
    found = run.until_named()
    assert {number_at(found, near), number_at(found, middle)} == {1, 2}
    assert len(found) == 2


def test_numbers_stay_when_people_cross_one_before_the_other() -> None:
    behind, before = Actor(200, RED), Actor(700, GREEN)
    run = Run(Scene(behind, before))
    first = run.steps(FPS)
    numbers = number_at(first, behind), number_at(first, before)
    for _ in range(2):  # there and back
        target_behind, target_before = before.x, behind.x
        steps = 40
        for share in np.linspace(0, 1, steps + 1)[1:]:
            start = (target_before, target_behind)
            behind.x = float(start[0] + (target_behind - start[0]) * share)
            before.x = float(start[1] + (target_before - start[1]) * share)
            found = run.step()
            for actor, number in zip((behind, before), numbers, strict=True):
                if number_at(found, actor) is not None and abs(behind.x - before.x) > 150:
                    assert number_at(found, actor) == number
        found = run.until_named()
        assert (number_at(found, behind), number_at(found, before)) == numbers
    assert set(found) == set(numbers)


def test_somebody_hidden_for_two_seconds_is_known_again() -> None:
    hidden, before = Actor(400, RED), Actor(700, GREEN, 280)
    run = Run(Scene(hidden, before))
    number = number_at(run.steps(FPS), hidden)
    run.move(before, 400, 15)
    assert number_at(run.steps(2 * FPS), before) != number
    run.move(before, 750, 15)
    assert number_at(run.until_named(), hidden) == number


@pytest.mark.parametrize("back_at", [60.0, 900.0], ids=["same side", "other side"])
def test_somebody_outside_for_three_seconds_is_known_again(back_at: float) -> None:
    actor, other = Actor(60, RED), Actor(450, GREEN)
    run = Run(Scene(actor, other))
    number = number_at(run.steps(FPS), actor)
    run.scene.actors.remove(actor)
    assert run.steps(3 * FPS)[number] is None
    actor.x = back_at
    run.scene.actors.append(actor)
    assert number_at(run.until_named(), actor) == number


def test_somebody_in_other_clothes_gets_another_number() -> None:
    actor, other = Actor(200, RED), Actor(600, GREEN)
    run = Run(Scene(actor, other))
    number = number_at(run.steps(FPS), actor)
    run.scene.actors.remove(actor)
    run.steps(FPS)
    stranger = Actor(200, BLUE)
    run.scene.actors.append(stranger)
    assert number_at(run.until_named(), stranger) == 3
    assert run.step()[number] is None


def test_whoever_is_away_for_long_has_left_and_his_number_does_not_come_back() -> None:
    actor, other = Actor(200, RED), Actor(600, GREEN)
    run = Run(Scene(actor, other))
    number = number_at(run.steps(FPS), actor)
    run.scene.actors.remove(actor)
    assert set(run.steps(round((REMEMBER_S + 0.5) * FPS))) == {3 - number}
    run.scene.actors.append(actor)
    assert number_at(run.until_named(), actor) == 3


def test_somebody_else_is_followed_within_half_a_second() -> None:
    actor = Actor(200, RED)
    run = Run(Scene(actor))
    run.steps(FPS)
    run.scene.actors = [Actor(700, GREEN)]
    found = run.steps(FPS // 2)
    assert number_at(found, run.scene.actors[0]) == 2
    assert found[1] is None


def test_a_distant_person_is_found_in_a_tile_and_followed() -> None:
    far = Actor(700, RED, height=120.0)
    near = Actor(300, GREEN, height=260)
    scene = Scene(near)
    run = Run(scene)
    run.steps(5)
    scene.actors.append(far)
    assert number_at(run.steps(6 * FPS), far) == 2


def test_somebody_distant_and_alone_has_a_body_from_the_first_frame_on() -> None:
    far = Actor(700, RED, height=120.0)
    scene = Scene(far)
    run = Run(scene)
    assert number_at(run.step(), far) == 1
    assert run.move(far, 300, 60) == {1}


def test_searching_is_rare_while_nobody_is_missing_and_ends_when_all_are_there() -> None:
    scene = Scene(Actor(200, RED), Actor(600, GREEN))
    run = Run(scene, people=3)
    run.step()
    scene.searched.clear()
    run.steps(3 * FPS)
    assert 0 < len(scene.searched) <= 3 * FPS / 8
    full = Run(Scene(Actor(200, RED), Actor(600, GREEN)), people=2)
    full.step()
    full.scene.searched.clear()
    full.steps(3 * FPS)
    assert not full.scene.searched


def test_a_find_that_does_not_last_is_nobody() -> None:
    scene = Scene(Actor(200, RED))
    run = Run(scene)
    run.steps(FPS)
    flash = Actor(700, BLUE)
    seen = set()
    for _ in range(20):
        scene.actors.append(flash)
        seen |= run.steps(CONFIRM_FRAMES - 1).keys()
        scene.actors.remove(flash)
        seen |= run.steps(FPS // 3).keys()
    assert seen == {1}


def test_after_a_hard_cut_people_are_known_by_their_clothes_and_never_by_their_place() -> None:
    red, green = Actor(200, RED), Actor(700, GREEN)
    run = Run(Scene(red, green))
    numbers = number_at(run.steps(FPS), red), number_at(run.steps(1), green)

    def other_scene() -> np.ndarray:
        image = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
        image[: HEIGHT // 3] = 250
        for actor in run.scene.actors:
            cv2.fillConvexPoly(image, cv2.convexHull(actor.landmarks().astype(np.int32)), actor.colour)
        return image

    run.scene.picture = other_scene  # type: ignore[method-assign]
    blue, red_elsewhere = Actor(200, BLUE), Actor(550, RED, 260)
    run.scene.actors = [blue, red_elsewhere]
    found = run.step()
    assert number_at(found, red_elsewhere) == numbers[0]
    assert number_at(found, blue) == 3
    assert found[numbers[1]] is None


@pytest.mark.parametrize("change", ["epoch", "size", "time"])
def test_another_source_forgets_everybody(change: str) -> None:
    gone, staying = Actor(200, RED), Actor(600, GREEN)
    scene = Scene(gone, staying)
    tracker = PeopleTracker(2, detector=scene)
    assert set(tracker.find(Frame(scene.picture(), 0, 5.0, 0, 0))) == {1, 2}
    scene.actors.remove(gone)
    image = scene.picture()
    frame = {
        "epoch": Frame(image, 0, 5.1, 0, 1),
        "size": Frame(np.pad(image, ((0, 40), (0, 0), (0, 0))), 1, 5.1, 0, 0),
        "time": Frame(image, 0, 0.0, 0, 0),
    }[change]
    assert set(tracker.find(frame)) == {1}, "numbers begin anew"


def test_twins_keep_their_places() -> None:
    one, other = Actor(250, RED), Actor(650, RED)
    run = Run(Scene(one, other))
    numbers = number_at(run.steps(FPS), one), number_at(run.step(), other)
    assert set(numbers) == {1, 2}
    assert run.move(one, 350, 30) == {numbers[0]}
    assert number_at(run.step(), other) == numbers[1]


@pytest.mark.parametrize("people", [0, MOST_PEOPLE + 1])
def test_a_number_of_people_that_cannot_be_is_refused(people: int) -> None:
    with pytest.raises(ValueError, match=str(MOST_PEOPLE)):
        PeopleTracker(people, detector=Scene())


def test_closing_the_tracker_closes_the_detector() -> None:
    scene = Scene()
    with PeopleTracker(2, detector=scene):
        pass
    assert scene.closed


def film(name: str) -> list[np.ndarray]:
    return list(film_pictures(SHARED / "clips" / name))


class TestRealPictures:
    pytestmark = shared_data

    def test_two_people_one_before_the_other_keep_their_numbers(self) -> None:
        with PeopleTracker(4) as tracker:
            found = [
                tracker.find(Frame(image, index, index / 20, 0, 0))
                for index, image in enumerate(film("two_people_cam01.mp4")[::3])
            ]
        man = [people[number_of_man(found[0])] for people in found]
        assert all(set(people) == {1, 2} and None not in people.values() for people in found)
        # He is the one higher up in the picture; their squares' centres never come level.
        woman = [people[3 - number_of_man(found[0])] for people in found]
        assert all(m.box.cy < w.box.cy for m, w in zip(man, woman, strict=True))

    def test_one_person_is_seen_as_by_the_door_for_one(self) -> None:
        """Both run the same models; what differs is the order of arithmetic, which grows along a film."""
        one, several = PersonTracker(), PeopleTracker(1)
        for index, image in enumerate(film("squats.mp4")[:3]):
            frame = Frame(image, index, index / 30, 0, 0)
            expected, found = one.find(frame), several.find(frame)[1]
            np.testing.assert_allclose(found.landmarks_px, expected.landmarks_px, atol=2)
        one.close()
        several.close()

    @pytest.mark.parametrize("name", ["Rob_Bye", "Ashim_DSilva", "Scott_Riley"])
    def test_landscapes_hold_nobody(self, name: str) -> None:
        image = cv2.imread(str(SHARED / "backgrounds" / f"{name}.jpg"))
        with PeopleTracker(MOST_PEOPLE) as tracker:
            assert [tracker.find(Frame(image, i, i / 30, 0, 0)) for i in range(4)] == [{}] * 4


def number_of_man(people: dict) -> int:
    return min(people, key=lambda number: people[number].box.cy)
