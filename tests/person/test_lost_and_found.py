"""Following one person: whoever is plainly there within half a second, and the lost one again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from str_live.camera.film import film_pictures
from str_live.messages import Frame, Person
from str_live.person.choose import people_for
from str_live.person.follow import PATIENCE_S
from str_live.person.lost_and_found import LostAndFound
from str_live.person.people import PeopleTracker
from str_live.person.tracker import PersonTracker
from tests.person.test_people import BLUE, FPS, GREEN, RED, SHARED, Actor, Scene, shared_data


class Door(PersonTracker):
    """The door for one in place of mediapipe's: sees somebody where he shows, until it has lost him once."""

    def __init__(self, scene: Scene, sees: Actor | None) -> None:
        super().__init__(detector=scene)
        self._scene, self._sees = scene, sees
        self.calls = 0

    def find(self, frame: Frame) -> Person | None:
        self.calls += 1
        if self._sees is None or self._sees not in self._scene.actors:
            return None
        alone = Scene(self._sees)
        if not alone.look(frame.image, alone.find(frame.image)):
            return None
        (person,) = PeopleTracker(1, detector=alone).find(frame).values()
        self.wardrobe.remember(frame.image, self._sees.landmarks(), frame.time_s)
        return person


class Run:
    """One person followed on a scene, frame by frame."""

    def __init__(self, *actors: Actor, door_sees: Actor | None = None) -> None:
        self.scene = Scene(*actors)
        self.door = Door(self.scene, door_sees)
        self.tracker = LostAndFound(self.door, lambda: self.scene)
        self.index = 0

    def step(self) -> dict[int, float | None]:
        """Number -> x of the square, None out of sight; one person at most."""
        found = self.tracker.find(Frame(self.scene.picture(), self.index, self.index / FPS, 0, 0))
        self.index += 1
        assert len(found) <= 1
        return {number: None if one is None else one.box.cx for number, one in found.items()}

    def steps(self, seconds: float) -> dict[int, float | None]:
        """The last of several frames."""
        return [self.step() for _ in range(round(seconds * FPS))][-1]

    def frames_until(self, happened: Callable[[dict[int, float | None]], bool]) -> int:
        """How many frames it takes; fails where it takes longer than a second."""
        for count in range(1, FPS + 1):
            if happened(self.step()):
                return count
        pytest.fail("it does not happen within a second")


def follows(actor: Actor, number: int) -> Callable[[dict[int, float | None]], bool]:
    def check(found: dict[int, float | None]) -> bool:
        x = found.get(number)
        return x is not None and abs(x - actor.x) < 0.2 * actor.height

    return check


def test_the_door_for_one_is_all_that_runs_while_it_sees_him() -> None:
    man = Actor(200, RED)
    run = Run(man, Actor(700, GREEN), door_sees=man)
    assert follows(man, 1)(run.steps(2))
    assert run.scene.searched == []


def test_whoever_is_plainly_there_is_followed_half_a_second_after_a_loss_at_most() -> None:
    man, woman = Actor(200, RED), Actor(700, GREEN)
    run = Run(man, woman, door_sees=man)
    run.steps(2)
    run.scene.actors.remove(man)
    assert run.frames_until(follows(woman, 2)) <= PATIENCE_S * FPS


def test_the_lost_one_has_his_number_again_when_he_is_back() -> None:
    man, woman = Actor(200, RED), Actor(700, GREEN)
    run = Run(man, woman, door_sees=man)
    run.steps(2)
    run.scene.actors.remove(man)
    run.steps(3)
    man.x = 350
    run.scene.actors.append(man)
    run.frames_until(follows(man, 1))
    assert follows(man, 1)(run.steps(1))


@pytest.mark.parametrize("away_s", [2.0, 3.0])
def test_he_survives_being_hidden_or_outside_where_nobody_else_is(away_s: float) -> None:
    man = Actor(400, RED)
    run = Run(man, door_sees=man)
    run.steps(2)
    run.scene.actors.remove(man)
    assert run.steps(away_s) == {1: None}
    run.scene.actors.append(man)
    run.frames_until(follows(man, 1))


def test_he_survives_being_hidden_by_somebody_for_two_seconds() -> None:
    man, woman = Actor(400, RED), Actor(800, GREEN, 280)
    run = Run(man, woman, door_sees=man)
    run.steps(2)
    for x in np.linspace(800, 400, 15):
        woman.x = float(x)
        run.step()
    run.steps(2)
    for x in np.linspace(400, 800, 15):
        woman.x = float(x)
        run.step()
    assert follows(man, 1)(run.steps(1))


def test_somebody_else_who_stays_is_the_followed_one_in_the_end() -> None:
    man, woman = Actor(200, RED), Actor(700, GREEN)
    run = Run(man, door_sees=man)
    run.steps(2)
    run.scene.actors[:] = [woman]
    run.steps(12)
    stranger = Actor(200, BLUE)
    run.scene.actors.append(stranger)
    assert follows(woman, 2)(run.steps(2))


def test_a_false_find_of_a_moment_is_not_waited_for() -> None:
    ghost, man = Actor(200, RED), Actor(700, GREEN)
    run = Run(ghost, door_sees=ghost)
    run.steps(0.1)
    run.scene.actors[:] = [man]
    assert run.frames_until(follows(man, 2)) < PATIENCE_S * FPS / 2
    run.scene.actors.append(ghost)
    assert follows(man, 2)(run.steps(1))


def test_whom_the_door_does_not_find_is_there_from_the_first_frame_on() -> None:
    far = Actor(700, RED, height=120.0)
    run = Run(far)
    assert follows(far, 1)(run.step())
    assert follows(far, 1)(run.steps(1))
    assert run.door.calls == 1


def test_the_door_sees_who_comes_into_an_empty_picture() -> None:
    man = Actor(200, RED)
    run = Run(door_sees=man)
    assert run.steps(1) == {}
    run.scene.smallest_found = 10.0  # the tracker for several finds nobody
    run.scene.actors.append(man)
    assert follows(man, 1)(run.step())


@pytest.mark.parametrize("change", ["epoch", "size", "time"])
def test_another_source_begins_with_the_door_again(change: str) -> None:
    man = Actor(200, RED)
    scene = Scene()
    door = Door(scene, man)
    tracker = LostAndFound(door, lambda: scene)
    image = Scene(man).picture()
    scene.actors = [man]
    tracker.find(Frame(image, 0, 5.0, 0, 0))
    scene.actors = []
    tracker.find(Frame(scene.picture(), 1, 5.1, 0, 0))
    calls = door.calls
    tracker.find(Frame(scene.picture(), 2, 5.2, 0, 0))
    assert door.calls == calls
    scene.actors = [man]
    frame = {
        "epoch": Frame(image, 0, 5.3, 0, 1),
        "size": Frame(np.pad(image, ((0, 40), (0, 0), (0, 0))), 3, 5.3, 0, 0),
        "time": Frame(image, 0, 0.0, 0, 0),
    }[change]
    assert set(tracker.find(frame)) == {1}
    assert door.calls == calls + 1


def test_masks_and_the_end_reach_both() -> None:
    scene = Scene()
    tracker = LostAndFound(Door(scene, None), lambda: scene)
    tracker.segmentation = True
    tracker.find(Frame(scene.picture(), 0, 0.0, 0, 0))
    assert scene.segmentation
    tracker.close()
    assert scene.closed


class TestRealPictures:
    pytestmark = shared_data

    def test_a_distant_person_has_a_body_in_the_first_frame(self) -> None:
        image = next(film_pictures(Path(SHARED) / "clips" / "squats.mp4"))
        height, width = image.shape[:2]
        small = cv2.resize(image, (width * 240 // height, 240), interpolation=cv2.INTER_AREA)
        picture = np.full((720, 1280, 3), 110, np.uint8)
        picture[400:640, 800 : 800 + small.shape[1]] = small
        tracker = people_for(1)
        (person,) = tracker.find(Frame(picture, 0, 0.0, 0, 0)).values()
        tracker.close()
        assert person is not None
        assert 800 < person.box.cx < 800 + small.shape[1]
