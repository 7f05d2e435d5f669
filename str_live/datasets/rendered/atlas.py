"""Draws scenes with OpenGL, without a window: one tile per picture, all in one column.

First the people as the key light sees them (the shadow map), then rooms, furniture, people, things before the
lens.
The column is laid out so that its bytes are the pictures one after another: nothing is flipped or cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
import torch
from torch import Tensor

from str_live.datasets.rendered.columns import PERSON_COLUMNS, TILE_COLUMNS, as_glsl, starts, width
from str_live.datasets.rendered.figure import Figure, Mesh
from str_live.datasets.rendered.scenes import Scenes
from str_live.files import SHADERS
from str_live.view.headless import create_context
from str_live.view.programs import source

SHADOW_SIZE = 160
"""Pixels, side of a picture's square in the shadow map: 18 mm each."""
CLIP_DISTANCE = 0x3000  # GL_CLIP_DISTANCE0, which moderngl has no name for
VERTEX_LAYOUT = "4f 3f 1x4 4f 4f 4f 4f 4f 4f 4f 4f 4f 4f"
VERTEX_NAMES = ("in_rest", "in_normal", "in_joint", "in_weight", *(f"in_shape_{i}" for i in range(8)))
PROGRAMS = {
    "room": ("room", "room"),
    "backdrop": ("room", "backdrop"),
    "box": ("box", "box"),
    "person": ("person", "person"),
    "shadow": ("person", "shadow"),
    "flat": ("flat", "flat"),
}
"""Name -> its shaders, `<name>.vert` and `.frag`."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One mesh of people, ready to draw."""

    shell: int
    array: moderngl.VertexArray
    shadow: moderngl.VertexArray
    rows: moderngl.Buffer


class Atlas:
    """A GL context of its own, programs and buffers for up to `tiles` pictures. Use from one thread."""

    def __init__(
        self,
        figure: Figure,
        photographs: np.ndarray,
        *,
        size: int,
        tiles: int,
        samples: int = 4,
        shadows: bool = True,
    ) -> None:
        self.size = size
        self._ctx = ctx = create_context()
        limit = min(ctx.info["GL_MAX_VIEWPORT_DIMS"][1], ctx.info["GL_MAX_TEXTURE_SIZE"])
        self.tiles = min(tiles, limit // max(size, SHADOW_SIZE if shadows else 0))
        """Pictures at once."""
        self._shadows = shadows
        self._programs = {name: _program(ctx, *stages, shadows) for name, stages in PROGRAMS.items()}
        people = (figure.body, figure.skirt, figure.long_hair)
        self._layers = [self._layer(shell, mesh) for shell, mesh in enumerate(people)]
        self._plain = {name: ctx.vertex_array(self._programs[name], []) for name in ("box", "flat")}
        self._behind = {name: self._backgrounds(name) for name in ("room", "backdrop")}
        self._tables = {
            "u_people": self._table(width(PERSON_COLUMNS), 2 * self.tiles),
            "u_tiles": self._table(width(TILE_COLUMNS), self.tiles),
            "u_boxes": self._table(4, 8 * self.tiles),
            "u_flats": self._table(4, 8 * self.tiles),
        }
        shape = (size, size * self.tiles)
        samples = min(samples, ctx.max_samples)
        self._target = ctx.framebuffer(
            [ctx.renderbuffer(shape, 4, samples=samples)], ctx.depth_renderbuffer(shape, samples=samples)
        )
        self._resolved = ctx.framebuffer([ctx.texture(shape, 4)]) if samples else self._target
        self._shadow_map = ctx.depth_texture((SHADOW_SIZE, SHADOW_SIZE * self.tiles))
        self._shadow_map.compare_func = "<="
        self._shadow_target = ctx.framebuffer([], self._shadow_map)
        self._bind(photographs)
        for distance in range(4):
            ctx.enable_direct(CLIP_DISTANCE + distance)

    def draw(self, scenes: Scenes) -> Tensor:
        """(N, size, size, 4) uint8: red, green, blue, and how much of the pixel is the labelled person."""
        count = len(scenes.tiles)
        assert count <= self.tiles, f"{count} pictures for {self.tiles} tiles"
        with self._ctx:  # other renderers may have been current since
            self._write(scenes)
            if self._shadows:
                self._draw_shadows(scenes)
            self._draw_pictures(scenes)
            return self._read(count)

    def _write(self, scenes: Scenes) -> None:
        """The scenes' tables and lists to the graphics card."""
        tables = (scenes.people, scenes.tiles, scenes.boxes, scenes.flats)
        for texture, rows in zip(self._tables.values(), tables, strict=True):
            if len(rows):
                texture.write(rows.contiguous().numpy(), (0, 0, rows.shape[1], len(rows)))
        for layer, rows in zip(self._layers, _rows(scenes), strict=True):
            if len(rows):
                layer.rows.write(rows.numpy())

    def _draw_shadows(self, scenes: Scenes) -> None:
        self._shadow_target.use()
        self._shadow_target.clear(depth=1.0)
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        self._programs["shadow"]["u_for_shadow"] = True
        for layer, rows in zip(self._layers, _rows(scenes), strict=True):
            self._programs["shadow"]["u_shell"] = layer.shell
            layer.shadow.render(moderngl.TRIANGLES, instances=len(rows))

    def _draw_pictures(self, scenes: Scenes) -> None:
        self._target.use()
        self._target.clear()
        self._draw_backgrounds(scenes)
        # The picture's y points down, so what is counter-clockwise outside is clockwise here.
        self._ctx.front_face = "cw"
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._plain["box"].render(moderngl.TRIANGLES, vertices=36, instances=len(scenes.boxes))
        self._programs["person"]["u_for_shadow"] = False
        for layer, rows in zip(self._layers, _rows(scenes), strict=True):
            # Shells are seen from both sides.
            self._ctx.enable_only(moderngl.DEPTH_TEST | (0 if layer.shell else moderngl.CULL_FACE))
            self._programs["person"]["u_shell"] = layer.shell
            layer.array.render(moderngl.TRIANGLES, instances=len(rows))
        self._ctx.enable_only(moderngl.NOTHING)
        self._plain["flat"].render(moderngl.TRIANGLE_STRIP, vertices=4, instances=len(scenes.flats))

    def _draw_backgrounds(self, scenes: Scenes) -> None:
        self._ctx.enable_only(moderngl.NOTHING)
        rooms = scenes.tiles[:, starts(TILE_COLUMNS)["BACKGROUND"], 0] == 0
        numbers = torch.arange(len(rooms), dtype=torch.int32)
        for name, chosen in (("room", rooms), ("backdrop", ~rooms)):
            array, rows = self._behind[name]
            if chosen.any():
                rows.write(numbers[chosen].numpy())
                array.render(moderngl.TRIANGLE_STRIP, vertices=4, instances=int(chosen.sum()))

    def _read(self, count: int) -> Tensor:
        if self._resolved is not self._target:
            self._ctx.copy_framebuffer(self._resolved, self._target)
        pixels = torch.empty(count, self.size, self.size, 4, dtype=torch.uint8)
        self._resolved.read_into(
            pixels.numpy(), (0, 0, self.size, self.size * count), components=4, alignment=1
        )
        return pixels

    def _layer(self, shell: int, mesh: Mesh) -> _Layer:
        ctx = self._ctx
        index, rows = ctx.buffer(mesh.faces), ctx.buffer(reserve=2 * self.tiles * 4, dynamic=True)
        vertices = (ctx.buffer(np.ascontiguousarray(mesh.vertices)), VERTEX_LAYOUT, *VERTEX_NAMES)
        arrays = [
            ctx.vertex_array(self._programs[name], [vertices, (rows, "1i /i", "in_row")], index)
            for name in ("person", "shadow")
        ]
        return _Layer(shell, arrays[0], arrays[1], rows)

    def _backgrounds(self, name: str) -> tuple[moderngl.VertexArray, moderngl.Buffer]:
        """One rectangle, and the numbers of the pictures that it is drawn for."""
        rows = self._ctx.buffer(reserve=self.tiles * 4, dynamic=True)
        return self._ctx.vertex_array(self._programs[name], [(rows, "1i /i", "in_row")]), rows

    def _table(self, columns: int, rows: int) -> moderngl.Texture:
        texture = self._ctx.texture((columns, rows), 4, dtype="f4")
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        return texture

    def _bind(self, photographs: np.ndarray) -> None:
        """Textures to units, and the units to the programs that have them."""
        textures = {
            **self._tables,
            "u_noise": _noise_texture(self._ctx),
            "u_photos": _photograph_texture(self._ctx, photographs),
            "u_shadow_map": self._shadow_map,
        }
        for unit, (name, texture) in enumerate(textures.items()):
            texture.use(unit)
            for program in self._programs.values():
                if name in program:
                    program[name] = unit
        for program in self._programs.values():
            program["u_tile_count"] = float(self.tiles)

    def release(self) -> None:
        """Free everything."""
        self._ctx.release()

    def __enter__(self) -> Atlas:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _rows(scenes: Scenes) -> tuple[Tensor, Tensor, Tensor]:
    """The people of each layer: all, those with a skirt, those with long hair."""
    return torch.arange(len(scenes.people), dtype=torch.int32), scenes.skirts, scenes.long_hair


def _program(ctx: moderngl.Context, vertex: str, fragment: str, shadows: bool) -> moderngl.Program:
    """`shadows`: whether what is drawn looks into the shadow map."""
    columns = {"columns": ("#define SHADOWS\n" if shadows else "") + as_glsl()}
    folder = SHADERS / "synthetic"
    return ctx.program(
        vertex_shader=source(folder / f"{vertex}.vert", columns),
        fragment_shader=source(folder / f"{fragment}.frag", columns),
    )


def _noise_texture(ctx: moderngl.Context, side: int = 32) -> moderngl.Texture3D:
    """Four smooth noises over a repeating cube, each filling 0 to 1."""
    noise = np.random.default_rng(0).normal(size=(side, side, side, 4))
    spectrum = np.fft.fftn(noise, axes=(0, 1, 2))
    frequency = np.fft.fftfreq(side, 1 / side)
    radius = np.sqrt((np.stack(np.meshgrid(frequency, frequency, frequency)) ** 2).sum(0))
    smooth = np.fft.ifftn(spectrum * np.exp(-((radius / 7.0) ** 2))[..., None], axes=(0, 1, 2)).real
    smooth = 0.5 + smooth / (5 * smooth.std())
    texture = ctx.texture3d((side, side, side), 4, (smooth.clip(0, 1) * 255).astype(np.uint8).tobytes())
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)  # smooth enough to do without smaller copies
    return texture


def _photograph_texture(ctx: moderngl.Context, photographs: np.ndarray) -> moderngl.TextureArray:
    """(K, H, W, 3) uint8 RGB pictures, one grey one where there are none."""
    if not len(photographs):
        photographs = np.full((1, 8, 8, 3), 128, np.uint8)
    count, height, wide, _ = photographs.shape
    texture = ctx.texture_array((wide, height, count), 3, np.ascontiguousarray(photographs).tobytes())
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    return texture
