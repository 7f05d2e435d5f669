"""Whose number is shown where: a disc above each head, never mirrored, never outside the view.

In: a scene and the placements of its bodies. Out: Badges in pixels of the view, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from str_live.messages import BodyPose, Person, PersonBody
from str_live.view.passes.mesh import Placement
from str_live.view.person_colours import Colour, person_colour
from str_live.view.scene import Figure, Scene, fade

HEAD_M = 0.2
"""From SMPL's head joint, the skull's base, to the top of the head."""
RADIUS_PX = 11.0
"""Of a number's disc in a view 600 pixels high."""
SMALLEST_RADIUS_PX = 9.0
_ABOVE_HEAD = 1.8
"""From the top of the head to the middle of the number, in radii."""
_NECK, _HEAD = 12, 15
_NOSE, _SHOULDERS = 0, (11, 12)
"""Of mediapipe's landmarks."""


@dataclass(frozen=True, slots=True)
class Badge:
    """One person's number in a view."""

    number: int
    colour: Colour
    at: np.ndarray
    """(2,) pixels of the view, y down."""
    radius_px: float
    followed: bool
    left_out: bool
    alpha: float = 1.0


def crown(body: BodyPose) -> np.ndarray:
    """(3,) metres, body frame: the top of the head."""
    up = body.joints[_HEAD] - body.joints[_NECK]
    return body.joints[_HEAD] + up * (HEAD_M / max(float(np.linalg.norm(up)), 1e-6))


def crown_px(person: Person) -> np.ndarray:
    """(2,) pixels of the picture: the top of the head of somebody without a body."""
    nose = person.landmarks_px[_NOSE]
    return nose + (nose - person.landmarks_px[list(_SHOULDERS)].mean(axis=0)) * 0.7


def picture_badges(
    scene: Scene, figures: Sequence[Figure], placements: Sequence[Placement], size: tuple[int, int]
) -> list[Badge]:
    """Everybody's number over the picture, which is `size` (width, height) pixels large in the view.

    `placements` are those of the figures over the picture.
    """
    if scene.result is None or not (scene.several and scene.view.numbers):
        return []
    by_number = _above_heads(figures, placements, size)
    picture = scene.result.frame.image.shape[1], scene.result.frame.image.shape[0]
    badges = []
    for one in scene.people:
        at = by_number.get(one.number)
        if at is None:
            at = _above_head_without_body(one, np.array(size) / picture, size)
        if at is not None:
            if scene.view.mirror:
                at = np.array([size[0] - at[0], at[1]])
            badges.append(_badge(scene, one, at, size))
    return _apart(badges, size)


def space_badges(
    scene: Scene, figures: Sequence[Figure], placements: Sequence[Placement], size: tuple[int, int]
) -> list[Badge]:
    """The numbers of those who stand in the 3D view."""
    if not (scene.several and scene.view.numbers):
        return []
    by_number = _above_heads(figures, placements, size)
    shown = [one for one in scene.people if one.number in by_number]
    return _apart([_badge(scene, one, by_number[one.number], size) for one in shown], size)


def _above_heads(
    figures: Sequence[Figure], placements: Sequence[Placement], size: tuple[int, int]
) -> dict[int, np.ndarray]:
    """(2,) pixels above each person's head, by number; nobody behind the eye."""
    found = {}
    for figure, placement in zip(figures, placements, strict=True):
        ends = np.stack([figure.body.joints[_HEAD], crown(figure.body)])
        clip = np.column_stack([ends, np.ones(2)]) @ placement.clip_from_body.T
        if figure.variant == "A" and clip[:, 3].min() > 0.0:
            x, y = (clip[:, :2] / clip[:, 3:]).T
            head, top = np.stack([(x + 1) / 2 * size[0], (1 - y) / 2 * size[1]], axis=1)
            found[figure.number] = _beyond(head, top, size)
    return found


def _above_head_without_body(one: PersonBody, scale: np.ndarray, size: tuple[int, int]) -> np.ndarray | None:
    """(2,) pixels of the view, where anything is known of somebody: his landmarks, or his square alone."""
    if one.person is not None:
        nose = one.person.landmarks_px[_NOSE]
        return _beyond(nose * scale, crown_px(one.person) * scale, size)
    if one.box is not None and one.left_out:
        return scale * [one.box.cx, one.box.cy - 0.45 * one.box.side]
    return None


def _beyond(head: np.ndarray, top: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(2,) pixels: the place for a number beyond the top of a head, seen from within it."""
    up = top - head
    return top + up * (_ABOVE_HEAD * _radius_px(size) / max(float(np.linalg.norm(up)), 1e-6))


def _radius_px(size: tuple[int, int]) -> float:
    """Of a number's disc in a view of (width, height)."""
    return max(RADIUS_PX * size[1] / 600.0, SMALLEST_RADIUS_PX)


def _badge(scene: Scene, one: PersonBody, at: np.ndarray, size: tuple[int, int]) -> Badge:
    return Badge(
        number=one.number,
        colour=person_colour(one.number),
        at=at,
        radius_px=_radius_px(size),
        followed=bool(scene.people) and one is scene.people[0],
        left_out=one.left_out,
        alpha=fade(one.held_s),
    )


def _apart(badges: list[Badge], size: tuple[int, int]) -> list[Badge]:
    """The badges within the view, and beside each other where they would lie on each other, left to right."""
    placed: list[Badge] = []
    for badge in sorted(badges, key=lambda each: float(each.at[0])):
        room = 1.4 * badge.radius_px
        at = np.clip(badge.at, room, np.maximum(np.array(size) - room, room))
        for other in placed:
            if np.linalg.norm(at - other.at) < 2.4 * badge.radius_px:
                at = np.array([other.at[0] + 2.4 * badge.radius_px, at[1]])
        placed.append(replace(badge, at=at))
    return placed
