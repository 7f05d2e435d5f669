"""Whom a place of the picture shows. In: a scene and a point, out: a person's number."""

from __future__ import annotations

import numpy as np

from str_live.messages import PersonBody
from str_live.skeleton import PARENTS
from str_live.view.badges import crown_px
from str_live.view.cameras import letterbox
from str_live.view.scene import LANDMARK_BONES, Scene, fade

REACH = 0.11
"""Share of a person's square from his bones, within which a point is on him: about an arm's width."""
_LEAST_VISIBLE = 0.05
"""A body that has faded farther cannot be clicked on."""


def picture_point(
    point: tuple[float, float], view_size: tuple[int, int], image_size: tuple[int, int], *, mirror: bool
) -> tuple[float, float]:
    """A point (x right, y down) of a view of (width, height) -> pixels of the picture that it shows.

    The picture is letterboxed, and mirrored where `mirror` says so; points beside it lie outside of it.
    """
    left, bottom, width, height = letterbox(image_size, view_size)
    top = view_size[1] - bottom - height
    across, down = (point[0] - left) / width, (point[1] - top) / height
    return (1.0 - across if mirror else across) * image_size[0], down * image_size[1]


def person_at(scene: Scene, point: tuple[float, float]) -> int | None:
    """The number of the person whose bones are nearest to a point of the picture, pixels; None: nobody's."""
    distances = {one.number: _distance(one, np.array(point)) for one in scene.people}
    nearest = min(distances, key=lambda number: distances[number], default=None)
    return nearest if nearest is not None and distances[nearest] < REACH else None


def _distance(one: PersonBody, point: np.ndarray) -> float:
    """From a point to the nearest bone, in sides of the person's square."""
    if one.box is None or fade(one.held_s) < _LEAST_VISIBLE:
        return np.inf
    if one.bodies:
        joints = one.bodies[0].joints_px
        starts, ends = joints[list(PARENTS[1:])], joints[1:]
    elif one.person is not None:
        points, pairs = one.person.landmarks_px, np.array(LANDMARK_BONES)
        shoulders = points[[11, 12]].mean(axis=0)
        starts = np.vstack([points[pairs[:, 0]], shoulders])
        ends = np.vstack([points[pairs[:, 1]], crown_px(one.person)])
    elif one.left_out:  # in a recording: nothing but his square is known
        starts = np.array([[one.box.cx, one.box.cy - 0.4 * one.box.side]])
        ends = np.array([[one.box.cx, one.box.cy + 0.4 * one.box.side]])
    else:
        return np.inf
    along = ends - starts
    lengths = np.maximum((along**2).sum(axis=1), 1e-9)
    share = np.clip(((point - starts) * along).sum(axis=1) / lengths, 0.0, 1.0)
    return float(np.linalg.norm(starts + share[:, None] * along - point, axis=1).min()) / one.box.side
