"""Following one person: the policy with a scripted detector, then mediapipe on real pictures."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from str_live.camera.film import film_pictures
from str_live.messages import Box, Frame
from str_live.person.clothes import colour_distance, torso_histogram
from str_live.person.crop import box_from_landmarks
from str_live.person.detector import Detection, MediapipePose
from str_live.person.tracker import FORGET_NEW_S, FORGET_S, PersonTracker, believable, keep_only

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
shared_data = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there"),
]
SIZE = (480, 640)


def body(cx: float, height: float = 200.0) -> np.ndarray:
    """(33, 2) landmarks of somebody standing at x = cx."""
    rng = np.random.default_rng(3)
    points = rng.uniform([-0.2, -0.5], [0.2, 0.5], (33, 2))
    points[[11, 12, 23, 24]] = [[0.15, -0.3], [-0.15, -0.3], [0.1, 0.1], [-0.1, 0.1]]
    return points * height + [cx, 240]


class Scene:
    """People by position, painted in their colour; detects like mediapipe: tracks, else the most prominent.

    Sees only people whose torso is not blacked out.
    """

    def __init__(self) -> None:
        self.people: list[tuple[float, tuple[int, int, int]]] = []
        self.tracked: float | None = None
        self.closed = False
        self.resets = 0

    def picture(self) -> np.ndarray:
        image = np.full((*SIZE, 3), 90, np.uint8)
        for cx, colour in self.people:
            cv2.fillConvexPoly(image, cv2.convexHull(body(cx).astype(np.int32)), colour)
        return image

    def detect(self, image: np.ndarray) -> Detection | None:
        places = [cx for cx, _ in self.people if image[240, int(np.clip(cx, 0, 639))].any()]
        if self.tracked is not None:
            places = [cx for cx in places if abs(cx - self.tracked) < 60] or places
        if not places:
            self.tracked = None
            return None
        self.tracked = places[0]
        points = body(places[0])
        box = box_from_landmarks(points, SIZE[1], SIZE[0])
        return Detection(
            box, points.astype(np.float32), np.ones(33, np.float32), np.zeros((33, 3), np.float32), None
        )

    def reset(self) -> None:
        self.tracked = None
        self.resets += 1

    def close(self) -> None:
        self.closed = True


RED, GREEN = (30, 30, 220), (40, 200, 40)


def frame_of(scene: Scene, index: int, *, epoch: int = 0, fps: float = 30) -> Frame:
    return Frame(scene.picture(), index, index / fps, 0, epoch)


def test_stays_with_the_person_when_somebody_more_prominent_appears() -> None:
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    assert tracker.find(frame_of(scene, 0)).box.cx == pytest.approx(200, abs=15)
    scene.people = [(450, GREEN), (200, RED)]
    scene.tracked = None  # mediapipe loses track and looks again, finding the prominent one
    person = tracker.find(frame_of(scene, 1))
    assert person is not None
    assert person.box.cx == pytest.approx(200, abs=15)


def test_gives_nobody_rather_than_somebody_else_and_takes_anybody_later() -> None:
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    start = round(FORGET_S * 30)
    for index in range(-start, 1):
        tracker.find(frame_of(scene, index))
    scene.people = [(500, GREEN)]
    frames = round(FORGET_S * 30)
    found = [tracker.find(frame_of(scene, index)) for index in range(1, frames + 5)]
    assert found[: frames - 1] == [None] * (frames - 1)
    assert found[-1] is not None
    assert found[-1].box.cx == pytest.approx(500, abs=15)


def test_somebody_seen_only_briefly_is_not_waited_for() -> None:
    """A false find in the dark: the real person, elsewhere or of another size, is taken almost at once."""
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    tracker.find(frame_of(scene, 0))
    scene.people = [(500, GREEN)]
    found = [tracker.find(frame_of(scene, index)) for index in range(1, round(FORGET_NEW_S * 30) + 3)]
    assert found[0] is None
    assert found[-1] is not None
    assert found[-1].box.cx == pytest.approx(500, abs=15)


def test_a_slow_camera_follows_as_well_from_the_first_frame_on() -> None:
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    for index in range(3):
        frame = Frame(scene.picture(), index, index / 5, 0, 0)
        person = tracker.find(frame)
        assert person is not None
        assert person.box.cx == pytest.approx(200, abs=15)
        scene.people = [(450, GREEN), (200, RED)]
        scene.tracked = None  # mediapipe loses track and looks again, finding the prominent one


def test_somebody_in_other_clothes_in_the_same_place_is_not_the_person() -> None:
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    tracker.find(frame_of(scene, 0))
    scene.people = []
    assert tracker.find(frame_of(scene, 1)) is None
    scene.people = [(210, GREEN)]
    assert tracker.find(frame_of(scene, 2)) is None
    scene.people = [(210, RED)]
    assert tracker.find(frame_of(scene, 3)) is not None


@pytest.mark.parametrize("change", ["epoch", "size", "time"])
def test_another_source_a_new_size_or_time_running_back_starts_anew(change: str) -> None:
    scene = Scene()
    scene.people = [(200, RED)]
    tracker = PersonTracker(detector=scene)
    tracker.find(frame_of(scene, 10))
    scene.people = [(500, GREEN)]
    image = scene.picture()
    frame = {
        "epoch": Frame(image, 0, 11 / 30, 0, 1),
        "size": Frame(np.pad(image, ((0, 40), (0, 0), (0, 0))), 11, 11 / 30, 0, 0),
        "time": Frame(image, 0, 0.0, 0, 0),
    }[change]
    person = tracker.find(frame)
    assert person is not None
    assert person.box.cx == pytest.approx(500, abs=15)


def test_closing_the_tracker_closes_the_detector() -> None:
    scene = Scene()
    with PersonTracker(detector=scene):
        pass
    assert scene.closed


def test_tiny_or_mostly_invisible_bodies_are_not_believed() -> None:
    def detection(points: np.ndarray) -> Detection:
        box = box_from_landmarks(points, 640, 480)
        return Detection(box, points, np.ones(33), np.zeros((33, 3)), None)

    assert believable(detection(body(300)), 640, 480)
    assert not believable(detection(body(300, height=12)), 640, 480)
    assert not believable(detection(body(-200)), 640, 480)


def test_blackening_keeps_pixels_in_their_place() -> None:
    image = np.full((50, 60, 3), 7, np.uint8)
    result = keep_only(image, Box(10, 25, 30))
    assert (result[10:40, 0:25] == 7).all()
    assert result.sum() == 30 * 25 * 3 * 7
    assert keep_only(image, Box(-100, 25, 30)).sum() == 0


def test_colours_tell_people_apart() -> None:
    pictures = []
    for colour in (RED, GREEN):
        scene = Scene()
        scene.people = [(200, colour)]
        pictures.append(scene.picture())
    looks = [torso_histogram(picture, body(200)) for picture in pictures]
    assert colour_distance(looks[0], looks[0]) < 0.01
    assert colour_distance(looks[0], looks[1]) > 0.9
    assert torso_histogram(pictures[0], body(-500)) is None


def run_mediapipe(images: list[np.ndarray]) -> list:
    with PersonTracker() as tracker:
        return [tracker.find(Frame(image, i, i / 30, 0, 0)) for i, image in enumerate(images)]


def read_frames(name: str, count: int, step: int) -> list[np.ndarray]:
    return list(islice(film_pictures(SHARED / "clips" / name), count * step))[::step]


class TestRealPictures:
    pytestmark = shared_data

    def test_one_of_three_people_is_chosen_and_kept(self) -> None:
        image = cv2.imread(str(SHARED / "clips" / "three_people.jpg"))
        people = run_mediapipe([image] * 5)
        assert all(person is not None for person in people)
        assert np.ptp([person.box.cx for person in people]) < 0.05 * people[0].box.side

    @pytest.mark.parametrize("name", ["Rob_Bye", "Julia_Craice", "Scott_Riley"])
    def test_landscapes_hold_nobody(self, name: str) -> None:
        image = cv2.imread(str(SHARED / "backgrounds" / f"{name}.jpg"))
        assert run_mediapipe([image] * 3) == [None] * 3

    @pytest.mark.parametrize("vanishing", [False, True], ids=["walking past", "standing in"])
    def test_somebody_walking_past_is_not_followed(self, vanishing: bool) -> None:
        """A man cut out of one clip walks through the other, while its woman is there or away."""
        woman = [cv2.resize(image, (270, 480)) for image in read_frames("squats.mp4", 5, 1)]
        man = [cv2.resize(image, (272, 480)) for image in read_frames("balance_cam03.mp4", 6, 2)]
        cutter = MediapipePose(segmentation=True)
        masks = [cutter.detect(image).mask[..., None] for image in man]
        cutter.close()
        images = []
        for index in range(40):
            image = np.full((480, 960, 3), 120, np.uint8)
            if not (vanishing and 10 <= index < 26):
                image[:, 150:420] = woman[index // 8]
            x = 900 - 36 * index
            here = slice(max(x, 0), min(x + 272, 960))
            part = slice(here.start - x, here.stop - x)
            if x > -272:
                mask = masks[index % 6][:, part]
                image[:, here] = image[:, here] * (1 - mask) + man[index % 6][:, part] * mask
            images.append(image)
        people = run_mediapipe(images)
        centres = np.array([person.box.cx for person in people if person is not None])
        sides = np.array([person.box.side for person in people if person is not None])
        assert len(centres) >= (18 if vanishing else 30)
        assert (np.abs(centres - centres[0]) < 0.2 * sides[0]).all()


def test_masks_can_be_asked_for_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []
    pose = SimpleNamespace(process=lambda image: SimpleNamespace(pose_landmarks=None), close=lambda: None)
    monkeypatch.setattr(MediapipePose, "_make", lambda self: made.append(self.segmentation) or pose)
    detector = MediapipePose()
    image = np.zeros((8, 8, 3), np.uint8)
    for wanted in (False, False, True, True, False):
        detector.segmentation = wanted
        detector.detect(image)
    assert made == [False, True, False]
