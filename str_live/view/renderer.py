"""Draws a scene into any framebuffer: over the camera's picture, or in a studio seen by an orbit camera.

A renderer holds nothing that cannot be made again: when the context goes, make a new one. GUI thread only.
"""

from __future__ import annotations

import logging
from pathlib import Path

import moderngl
import numpy as np

from str_live.files import SHADERS
from str_live.geometry import camera_translation, overlay_projection
from str_live.messages import Box
from str_live.view.buffers import MeshBuffers
from str_live.view.cameras import OrbitCamera, image_pixels, letterbox
from str_live.view.passes.background import BackgroundPass
from str_live.view.passes.box import box_marks
from str_live.view.passes.full_screen import FullScreenPass, outline_radius_px
from str_live.view.passes.ground import GroundPass
from str_live.view.passes.mesh import MeshPass, Placement
from str_live.view.passes.shadow import HALF_SIDE, ShadowPass, shadow_from_world
from str_live.view.passes.skeleton import MarksPass, landmark_marks, skeleton_marks
from str_live.view.programs import Programs, ShaderError
from str_live.view.quality import HIGH, Quality
from str_live.view.scene import TURN, Scene, lowest, world_from_body
from str_live.view.targets import Layer

logger = logging.getLogger(__name__)

SEE_THROUGH = 0.62
"""Opacity of body B where it stands in the same place as A."""
OUTLINE = 0.9
"""Strength of the silhouette over the picture."""
BODY_CENTRE = np.array([0.0, 0.9, 0.0])
"""Metres, world: what the shadow map of the 3D view is centred on."""
LETTERBOX = (0.085, 0.09, 0.10)
"""Display colour of the bars beside the picture, and of a view without one."""


class Renderer:
    """All passes of one GL context, and the framebuffer they draw into."""

    def __init__(self, ctx: moderngl.Context, folder: Path = SHADERS, *, quality: Quality = HIGH) -> None:
        self._ctx = ctx
        self._folder = folder
        self.quality = quality
        """Changed by `set_quality`."""
        self._layer: Layer | None = None
        self._meshes: list[MeshBuffers] = []
        self._programs = Programs(ctx, folder)
        self._make_passes()

    def _make_passes(self) -> None:
        """One line a pass."""
        ctx, programs = self._ctx, self._programs
        self._background = BackgroundPass(ctx, programs)
        self._shadow = ShadowPass(ctx, programs, self.quality.shadow_size, coarse=self.quality.coarse_shadow)
        self._ground = GroundPass(ctx, programs)
        self._mesh = MeshPass(ctx, programs, light_per_vertex=self.quality.light_per_vertex)
        self._outline = FullScreenPass(ctx, programs, "outline")
        self._present = FullScreenPass(ctx, programs, "present")
        self._present_quick = FullScreenPass(ctx, programs, "present_quick")
        self._marks = MarksPass(ctx, programs)

    def render_overlay(self, target: moderngl.Framebuffer, scene: Scene) -> None:
        """The result's own frame, letterboxed, and its bodies over it, aligned to the pixel."""
        _clear(target)
        if scene.result is None or 0 in target.size:
            return
        image, mirror = scene.result.frame.image, scene.view.mirror
        height, width = image.shape[:2]
        viewport = letterbox((width, height), target.size)
        target.viewport = viewport
        self._background.draw(target, image, mirror=mirror)
        box = scene.result.box
        placements = (
            [] if box is None else [_over_picture(body.camera, box, width, height) for body in scene.bodies]
        )
        if placements and scene.view.mesh and scene.fade > 0.0:
            layer = self._begin(target.size, viewport)
            self._draw_bodies(layer, scene, placements, mirror=mirror)
            opacity = scene.view.opacity * scene.fade
            part = _extent(scene, placements, viewport, mirror=mirror)
            strength = min(OUTLINE * opacity, 1.0)
            self._show(target, layer, part, view_height=viewport[3], opacity=opacity, strength=strength)
        self._annotate_overlay(target, scene, placements, viewport)
        _finish(target)

    def render_space(self, target: moderngl.Framebuffer, scene: Scene, camera: OrbitCamera) -> None:
        """The bodies on a grid, seen by the orbit camera; pelvis over the origin, feet on the ground."""
        _clear(target)
        if 0 in target.size:
            return
        viewport = (0, 0, *target.size)
        self._background.draw(target, None)
        projection = camera.projection(target.width / target.height)
        clip_from_world = projection @ camera.view()
        placements = _on_ground(scene, clip_from_world, camera.eye(), -projection[2, 3])
        shown = placements if scene.view.mesh and scene.fade > 0.0 else []
        self._cast_shadows(scene, shown)
        shadow = shadow_from_world(BODY_CENTRE, _shadow_half_side(scene))
        eye_height = float(camera.eye()[1])
        target.viewport = viewport
        self._ground.draw(target, clip_from_world, shadow, self._shadow.texture, eye_height=eye_height)
        if shown:
            layer = self._begin(target.size, viewport)
            self._draw_bodies(layer, scene, shown, alpha=scene.fade, shadows_cast=True)
            part = _extent(scene, shown, viewport, mirror=False)
            self._show(target, layer, part, view_height=viewport[3])
        self._annotate_space(target, scene, placements, clip_from_world, viewport)
        _finish(target)

    def reload_shaders(self) -> str:
        """Compile `shaders/` again. Returns '' or the compiler's message; on an error the old ones stay."""
        try:
            programs = Programs(self._ctx, self._folder)
        except ShaderError as error:
            logger.warning("the shaders stay as they were: %s", error)
            return str(error)
        self.release()
        self._programs = programs
        self._make_passes()
        return ""

    def set_quality(self, quality: Quality) -> None:
        """Draw at another quality from now on; the context must be current."""
        if quality != self.quality:
            self.release()
            self.quality = quality
            self._programs = Programs(self._ctx, self._folder)
            self._make_passes()

    def release(self) -> None:
        """Free everything on the GPU; the context must be current."""
        passes = (self._background, self._shadow, self._ground, self._outline, self._present)
        passes += (self._present_quick, self._marks)
        for item in (*passes, *self._meshes, self._programs, self._layer):
            if item is not None:
                item.release()
        self._meshes.clear()
        self._layer = None

    def _begin(self, size: tuple[int, int], viewport: tuple[int, int, int, int]) -> Layer:
        """The cleared layer, as large as the target."""
        if self._layer is None or self._layer.size != size:
            if self._layer is not None:
                self._layer.release()
            self._layer = Layer(self._ctx, size, self.quality.samples, self.quality.layer_dtype)
        self._layer.begin(viewport)
        return self._layer

    def _show(
        self,
        target: moderngl.Framebuffer,
        layer: Layer,
        part: tuple[int, int, int, int],
        *,
        view_height: int,
        opacity: float = 1.0,
        strength: float = 0.0,
    ) -> None:
        """Bring this part of the layer into the target; `strength` is that of the outline."""
        texture = layer.resolve()
        outline = {"u_strength": strength, "u_radius_px": outline_radius_px(view_height)}
        if self.quality.light_per_vertex:
            self._present_quick.draw(target, texture, part, u_opacity=opacity, **outline)
            return
        if strength > 0.0:
            self._outline.draw(target, texture, part, **outline)
        self._present.draw(target, texture, part, u_opacity=opacity)

    def _upload(self, scene: Scene) -> list[MeshBuffers]:
        """The scene's bodies on the GPU, A first."""
        while len(self._meshes) < len(scene.bodies):
            self._meshes.append(MeshBuffers(self._ctx))
        for number, body in enumerate(scene.bodies):
            speeds = scene.speeds[number] if number < len(scene.speeds) else None
            self._meshes[number].upload(
                body.vertices, body.normals, scene.faces, parts=scene.parts, speeds=speeds
            )
        return self._meshes[: len(scene.bodies)]

    def _cast_shadows(self, scene: Scene, placements: list[Placement]) -> None:
        """Draw these bodies into the shadow map."""
        casters = [
            (buffers, placement.shadow_from_world @ placement.world_from_body)
            for buffers, placement in zip(self._upload(scene), placements, strict=False)
        ]
        self._shadow.draw(casters)

    def _draw_bodies(
        self,
        layer: Layer,
        scene: Scene,
        placements: list[Placement],
        *,
        mirror: bool = False,
        alpha: float = 1.0,
        shadows_cast: bool = False,
    ) -> None:
        """A solid, B over it: see-through, unless the 3D view sets them apart."""
        meshes = self._upload(scene)
        apart = scene.separate > 0.0 and np.ptp([p.world_from_body[0, 3] for p in placements]) > 0.0
        for number, (buffers, placement) in enumerate(zip(meshes, placements, strict=True)):
            # Each body shadows itself only: two that share a place would speckle each other.
            if len(meshes) > 1 or not shadows_cast:
                self._shadow.draw([(buffers, placement.shadow_from_world @ placement.world_from_body)])
            behind = number > 0 and not apart
            self._mesh.draw(
                layer.framebuffer,
                buffers,
                placement,
                self._shadow.texture,
                colour=scene.colours[number],
                mode=scene.colour_modes[number] if scene.colour_modes else scene.view.colour_mode,
                alpha=alpha * (SEE_THROUGH if behind else 1.0),
                push_m=scene.agree_m if behind else 0.0,
                mirror=mirror,
            )

    def _annotate_overlay(
        self,
        target: moderngl.Framebuffer,
        scene: Scene,
        placements: list[Placement],
        viewport: tuple[int, int, int, int],
    ) -> None:
        """Skeletons, box and landmarks over the picture, where they are switched on."""
        result, view, mirror = scene.result, scene.view, scene.view.mirror
        if result is None:
            return
        scale = _mark_scale(viewport)
        if view.skeleton:
            for number, placement in enumerate(placements):
                marks = skeleton_marks(scene.bodies[number], scene.colours[number], scale, scene.fade)
                self._marks.draw(target, marks, placement.clip_from_body, viewport, mirror=mirror)
        pixels = image_pixels(result.frame.image.shape[1], result.frame.image.shape[0])
        if view.box and result.box is not None:
            self._marks.draw(
                target, box_marks(result.box, scale, scene.fade), pixels, viewport, mirror=mirror
            )
        if view.landmarks and result.person is not None:
            marks = landmark_marks(result.person.landmarks_px, result.person, scale)
            self._marks.draw(target, marks, pixels, viewport, mirror=mirror)

    def _annotate_space(
        self,
        target: moderngl.Framebuffer,
        scene: Scene,
        placements: list[Placement],
        clip_from_world: np.ndarray,
        viewport: tuple[int, int, int, int],
    ) -> None:
        """Skeletons and mediapipe's own 3D landmarks in the studio, where they are switched on."""
        scale = _mark_scale(viewport)
        if scene.view.skeleton:
            for number, placement in enumerate(placements):
                marks = skeleton_marks(scene.bodies[number], scene.colours[number], scale, scene.fade)
                self._marks.draw(target, marks, placement.clip_from_body, viewport)
        person = scene.result.person if scene.result is not None else None
        if scene.view.landmarks and person is not None and placements:
            points = (person.world_landmarks + scene.bodies[0].joints[1:3].mean(axis=0)).astype(np.float32)
            marks = landmark_marks(points, person, scale)
            self._marks.draw(target, marks, clip_from_world @ placements[0].world_from_body, viewport)


def _over_picture(camera: np.ndarray, box: Box, width: int, height: int) -> Placement:
    """A body over a picture of this size. World: OpenGL's axes at the body's own origin."""
    projection, view = overlay_projection(camera, box, width, height)
    world_from_body = np.eye(4)
    world_from_body[:3, :3] = TURN
    eye = -TURN @ camera_translation(np.asarray(camera, dtype=np.float64))
    return Placement(
        projection @ view, world_from_body, shadow_from_world(np.zeros(3)), eye, -projection[2, 3]
    )


def _extent(
    scene: Scene, placements: list[Placement], viewport: tuple[int, int, int, int], *, mirror: bool
) -> tuple[int, int, int, int]:
    """The part (x, y, width, height) of the viewport that the bodies and their outlines can touch."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for body, placement in zip(scene.bodies, placements, strict=True):
        rows = placement.clip_from_body[[0, 1, 3]].astype(np.float32)
        # Coordinates first: the reductions below then run along memory, ten times as fast.
        clip = rows[:, :3] @ body.vertices.T + rows[:, 3:]  # (3, V)
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


def _on_ground(
    scene: Scene, clip_from_world: np.ndarray, eye: np.ndarray, depth_slope: float
) -> list[Placement]:
    """All bodies of a scene in the 3D view: in one place, or side by side around the origin."""
    shadow = shadow_from_world(BODY_CENTRE, _shadow_half_side(scene))
    placements = []
    for number, body in enumerate(scene.bodies):
        floor = scene.floors[number] if number < len(scene.floors) else lowest(body)
        right = (number - (len(scene.bodies) - 1) / 2) * scene.separate
        matrix = world_from_body(body, floor, right)
        placements.append(Placement(clip_from_world @ matrix, matrix, shadow, eye, depth_slope))
    return placements


def _shadow_half_side(scene: Scene) -> float:
    """Metres around the middle that the shadow map must cover."""
    return HALF_SIDE + 0.5 * scene.separate * (len(scene.bodies) > 1)


def _mark_scale(viewport: tuple[int, int, int, int]) -> float:
    """Marks are drawn for a view 600 pixels high and grow with it."""
    return min(max(viewport[3] / 600.0, 0.6), 3.0)


def _clear(target: moderngl.Framebuffer) -> None:
    """Bind the target and fill all of it."""
    target.use()
    target.scissor = None
    target.color_mask = True, True, True, True
    target.viewport = (0, 0, *target.size)
    target.clear(*LETTERBOX, 1.0)


def _finish(target: moderngl.Framebuffer) -> None:
    """Leave the target bound and whole, for whoever draws next."""
    target.use()
    target.viewport = (0, 0, *target.size)
