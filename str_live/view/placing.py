"""Figures to placements: each body's matrices over the picture and in the 3D view, and what they cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from str_live.geometry import camera_translation, image_translation, overlay_projection
from str_live.view.passes.mesh import Placement
from str_live.view.passes.shadow import HALF_SIDE, shadow_from_world
from str_live.view.scene import TURN, Figure, world_from_body

BODY_CENTRE = np.array([0.0, 0.9, 0.0])
"""Metres, world: what the shadow map of the 3D view is centred on."""
_BODY_REACH = 2.0
"""Metres around a body's origin that the depth range holds."""


def over_picture(figures: Sequence[Figure], width: int, height: int) -> list[Placement]:
    """Figures over a picture of this size. World: OpenGL's axes at each body's own origin.

    Several people share one depth range, so that whoever stands in front hides the other.
    """
    if len({figure.number for figure in figures}) < 2:
        return [_alone_over_picture(figure, width, height) for figure in figures]
    depths = [float(image_translation(each.body.camera, each.box, width, height)[2]) for each in figures]
    near, far = min(depths) - _BODY_REACH, max(depths) + _BODY_REACH
    return [
        _among_others(_alone_over_picture(figure, width, height), figure, depth, near, far)
        for figure, depth in zip(figures, depths, strict=True)
    ]


def _alone_over_picture(figure: Figure, width: int, height: int) -> Placement:
    camera = figure.body.camera
    projection, view = overlay_projection(camera, figure.box, width, height)
    world_from_body = np.eye(4)
    world_from_body[:3, :3] = TURN
    eye = -TURN @ camera_translation(np.asarray(camera, dtype=np.float64))
    return Placement(
        projection @ view, world_from_body, shadow_from_world(np.zeros(3)), eye, -projection[2, 3]
    )


def _among_others(placement: Placement, figure: Figure, depth: float, near: float, far: float) -> Placement:
    """The placement with depths between `near` and `far` of the picture's camera, all in metres.

    A body's own camera is far away and narrow, another one for each. The place of every pixel stays; its
    depth becomes a + b z / (1 + z / t) for z metres behind the body's origin, t that camera's distance: as
    good as linear, and the same for all bodies.
    """
    distance = float(camera_translation(np.asarray(figure.body.camera, dtype=np.float64))[2])
    slope = 2.0 / (far - near)
    middle = slope * (depth - near) - 1.0
    clip_from_body = placement.clip_from_body.copy()
    clip_from_body[2] = 0.0, 0.0, middle + slope * distance, middle * distance
    return Placement(
        clip_from_body,
        placement.world_from_body,
        placement.shadow_from_world,
        placement.eye,
        slope * distance**2,
    )


def on_ground(
    figures: Sequence[Figure], clip_from_world: np.ndarray, eye: np.ndarray, depth_slope: float, reach: float
) -> list[Placement]:
    """Figures in the 3D view, each at its place; `reach`: see Scene."""
    shadow = ground_shadow(reach)
    placements = []
    for figure in figures:
        assert figure.place is not None
        matrix = world_from_body(figure.body, figure.floor, figure.place)
        placements.append(Placement(clip_from_world @ matrix, matrix, shadow, eye, depth_slope))
    return placements


def ground_shadow(reach: float) -> np.ndarray:
    """(4, 4) world to the shadow map's clip space; bodies stand up to `reach` metres from the origin."""
    return shadow_from_world(BODY_CENTRE, HALF_SIDE + reach)


def extent(
    figures: Sequence[Figure],
    placements: Sequence[Placement],
    viewport: tuple[int, int, int, int],
    *,
    mirror: bool,
) -> tuple[int, int, int, int]:
    """The part (x, y, width, height) of the viewport that the bodies and their outlines can touch."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for figure, placement in zip(figures, placements, strict=True):
        rows = placement.clip_from_body[[0, 1, 3]].astype(np.float32)
        # Coordinates first: the reductions below then run along memory, ten times as fast.
        clip = rows[:, :3] @ figure.body.vertices.T + rows[:, 3:]  # (3, V)
        if clip[2].min() <= 0.0:
            return viewport  # partly behind the eye: it may be anywhere
        ndc = clip[:2] / clip[2]  # (2, V)
        low, high = np.minimum(low, ndc.min(axis=1)), np.maximum(high, ndc.max(axis=1))
    if mirror:
        low[0], high[0] = -high[0], -low[0]
    size = np.array(viewport[2:])
    margin = 6.0  # pixels: wider than any outline
    first = np.clip(np.floor((low * 0.5 + 0.5) * size - margin), 0, size).astype(int)
    last = np.clip(np.ceil((high * 0.5 + 0.5) * size + margin), 0, size).astype(int)
    width, height = (int(length) for length in last - first)
    return viewport[0] + int(first[0]), viewport[1] + int(first[1]), width, height
