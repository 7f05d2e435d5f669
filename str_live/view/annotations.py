"""What lies over the bodies: skeletons, crop squares, landmarks and numbers, where they are switched on."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from str_live.view.badges import Badge, picture_badges, space_badges
from str_live.view.cameras import image_pixels
from str_live.view.passes.badge import digit_marks, disc_marks
from str_live.view.passes.box import COLOUR as BOX_COLOUR
from str_live.view.passes.box import box_marks
from str_live.view.passes.mesh import Placement
from str_live.view.passes.skeleton import MarksPass, landmark_marks, skeleton_marks
from str_live.view.person_colours import person_colour
from str_live.view.programs import Programs
from str_live.view.scene import Figure, Scene, fade

Viewport = tuple[int, int, int, int]


class Annotations:
    """Draws them with the pass of marks, which it owns."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._marks = MarksPass(ctx, programs)

    def over_picture(
        self,
        target: moderngl.Framebuffer,
        scene: Scene,
        placements: Sequence[Placement],
        viewport: Viewport,
    ) -> None:
        """All that belongs over the picture; `placements` are those of the scene's figures."""
        result, view, mirror = scene.result, scene.view, scene.view.mirror
        if result is None:
            return
        scale = _mark_scale(viewport)
        if view.skeleton:
            self._skeletons(target, scene.figures, placements, viewport, mirror=mirror)
        pixels = image_pixels(result.frame.image.shape[1], result.frame.image.shape[0])
        for one in scene.people:
            if view.box and one.box is not None:
                colour = person_colour(one.number) if scene.several else BOX_COLOUR
                marks = box_marks(one.box, scale, fade(one.held_s), colour)
                self._marks.draw(target, marks, pixels, viewport, mirror=mirror)
            if view.landmarks and one.person is not None:
                marks = landmark_marks(one.person.landmarks_px, one.person, scale)
                self._marks.draw(target, marks, pixels, viewport, mirror=mirror)
        badges = picture_badges(scene, scene.figures, placements, viewport[2:])
        self._badges(target, badges, viewport)

    def in_space(
        self,
        target: moderngl.Framebuffer,
        scene: Scene,
        placements: Sequence[Placement],
        clip_from_world: np.ndarray,
        viewport: Viewport,
    ) -> None:
        """All that belongs into the 3D view, mediapipe's own 3D landmarks too; `placements` are those of the
        scene's placed figures."""
        if scene.view.skeleton:
            self._skeletons(target, scene.placed, placements, viewport)
        people = {one.number: one.person for one in scene.people}
        for figure, placement in zip(scene.placed, placements, strict=True):
            person = people[figure.number]
            if scene.view.landmarks and person is not None and figure.variant == "A":
                points = (person.world_landmarks + figure.body.joints[1:3].mean(axis=0)).astype(np.float32)
                marks = landmark_marks(points, person, _mark_scale(viewport))
                self._marks.draw(target, marks, clip_from_world @ placement.world_from_body, viewport)
        self._badges(target, space_badges(scene, scene.placed, placements, viewport[2:]), viewport)

    def _skeletons(
        self,
        target: moderngl.Framebuffer,
        figures: Sequence[Figure],
        placements: Sequence[Placement],
        viewport: Viewport,
        *,
        mirror: bool = False,
    ) -> None:
        for figure, placement in zip(figures, placements, strict=True):
            marks = skeleton_marks(figure.body, figure.colour, _mark_scale(viewport), figure.fade)
            self._marks.draw(target, marks, placement.clip_from_body, viewport, mirror=mirror)

    def _badges(self, target: moderngl.Framebuffer, badges: list[Badge], viewport: Viewport) -> None:
        """Never mirrored: their places are pixels of the view."""
        pixels = image_pixels(*viewport[2:])
        for badge in badges:
            self._marks.draw(target, disc_marks(badge), pixels, viewport)
            self._marks.draw(target, digit_marks(badge), pixels, viewport, rim=0.0)

    def release(self) -> None:
        """Free it; the context must be current."""
        self._marks.release()


def _mark_scale(viewport: Viewport) -> float:
    """Marks are drawn for a view 600 pixels high and grow with it."""
    return min(max(viewport[3] / 600.0, 0.6), 3.0)
