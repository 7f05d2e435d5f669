"""Draws a scene into any framebuffer: over the camera's picture, or in a studio seen by an orbit camera.

A renderer holds nothing that cannot be made again: when the context goes, make a new one. GUI thread only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import moderngl
import numpy as np

from str_live.files import SHADERS
from str_live.view.annotations import Annotations
from str_live.view.buffers import MeshBuffers
from str_live.view.cameras import OrbitCamera, letterbox
from str_live.view.passes.background import BackgroundPass
from str_live.view.passes.full_screen import FullScreenPass, outline_radius_px
from str_live.view.passes.ground import GroundPass
from str_live.view.passes.mesh import MeshPass, Placement
from str_live.view.passes.shadow import ShadowPass
from str_live.view.placing import extent, ground_shadow, on_ground, over_picture
from str_live.view.programs import Programs, ShaderError
from str_live.view.quality import HIGH, Quality
from str_live.view.scene import Figure, Scene
from str_live.view.targets import Layer

logger = logging.getLogger(__name__)

SEE_THROUGH = 0.62
"""Opacity of body B where it stands in the same place as A."""
OUTLINE = 0.9
"""Strength of the silhouette over the picture."""
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
        self._annotations = Annotations(ctx, programs)

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
        placements = over_picture(scene.figures, width, height)
        bodies = _visible(scene, scene.figures, placements)
        if bodies:
            layer = self._begin(target.size, viewport)
            strongest = max(body.figure.fade for body in bodies)
            self._draw_bodies(layer, scene, bodies, alpha=1 / strongest, mirror=mirror)
            opacity = scene.view.opacity * strongest
            part = extent(
                [body.figure for body in bodies], [body.placement for body in bodies], viewport, mirror=mirror
            )
            strength = min(OUTLINE * opacity, 1.0)
            self._show(target, layer, part, view_height=viewport[3], opacity=opacity, strength=strength)
        self._annotations.over_picture(target, scene, placements, viewport)
        _finish(target)

    def render_space(self, target: moderngl.Framebuffer, scene: Scene, camera: OrbitCamera) -> None:
        """The bodies on a grid, seen by the orbit camera: one over the origin, several around it."""
        _clear(target)
        if 0 in target.size:
            return
        viewport = (0, 0, *target.size)
        self._background.draw(target, None)
        projection = camera.projection(target.width / target.height)
        clip_from_world = projection @ camera.view()
        placed, eye = scene.placed, camera.eye()
        placements = on_ground(placed, clip_from_world, eye, -projection[2, 3], scene.reach)
        bodies = _visible(scene, placed, placements)
        self._cast_shadows(scene, bodies)
        shadow = ground_shadow(scene.reach)
        target.viewport = viewport
        self._ground.draw(target, clip_from_world, shadow, self._shadow.texture, eye_height=float(eye[1]))
        if bodies:
            layer = self._begin(target.size, viewport)
            self._draw_bodies(layer, scene, bodies, in_space=True)
            part = extent(
                [body.figure for body in bodies], [body.placement for body in bodies], viewport, mirror=False
            )
            self._show(target, layer, part, view_height=viewport[3])
        self._annotations.in_space(target, scene, placements, clip_from_world, viewport)
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
        passes += (self._present_quick, self._annotations)
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

    def _upload(self, scene: Scene, bodies: list[_Body]) -> list[MeshBuffers]:
        """The bodies on the GPU, in their order."""
        while len(self._meshes) < len(bodies):
            self._meshes.append(MeshBuffers(self._ctx))
        for buffers, body in zip(self._meshes, bodies, strict=False):
            pose = body.figure.body
            buffers.upload(
                pose.vertices, pose.normals, scene.faces, parts=scene.parts, speeds=body.figure.speeds
            )
        return self._meshes[: len(bodies)]

    def _cast_shadows(self, scene: Scene, bodies: list[_Body]) -> None:
        """Draw these bodies into the shadow map."""
        meshes = self._upload(scene, bodies)
        self._shadow.draw(zip(meshes, (body.shadow_from_body for body in bodies), strict=True))

    def _draw_bodies(
        self,
        layer: Layer,
        scene: Scene,
        bodies: list[_Body],
        *,
        alpha: float = 1.0,
        mirror: bool = False,
        in_space: bool = False,
    ) -> None:
        """Solid ones first; B over A: see-through, unless the 3D view sets them apart."""
        apart = in_space and scene.side_by_side
        compared = any(body.figure.variant == "B" for body in bodies)
        drawn = [
            (buffers, body, SEE_THROUGH if body.figure.variant == "B" and not apart else 1.0)
            for buffers, body in zip(self._upload(scene, bodies), bodies, strict=True)
        ]
        drawn.sort(key=lambda each: -each[2] * each[1].figure.fade)  # stable: what is behind comes first
        for buffers, body, cover in drawn:
            # Where bodies share a place, or have worlds of their own, each shadows itself only: else they
            # would speckle each other.
            if compared or not in_space:
                self._shadow.draw([(buffers, body.shadow_from_body)])
            self._mesh.draw(
                layer.framebuffer,
                buffers,
                body.placement,
                self._shadow.texture,
                colour=body.figure.colour,
                mode=body.figure.colour_mode or scene.view.colour_mode,
                alpha=min(alpha * body.figure.fade, 1.0) * cover,
                push_m=body.figure.agree_m if cover < 1.0 else 0.0,
                mirror=mirror,
            )


class _Body(NamedTuple):
    """A figure and where it is drawn."""

    figure: Figure
    placement: Placement

    @property
    def shadow_from_body(self) -> np.ndarray:
        """(4, 4) body frame to the shadow map's clip space."""
        return self.placement.shadow_from_world @ self.placement.world_from_body


def _visible(scene: Scene, figures: Sequence[Figure], placements: Sequence[Placement]) -> list[_Body]:
    """The bodies whose surface is to be drawn."""
    bodies = [_Body(*each) for each in zip(figures, placements, strict=True)]
    return [body for body in bodies if scene.view.mesh and body.figure.fade > 0.0]


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
