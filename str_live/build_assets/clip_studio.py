"""Renders the dressed person in the room without a window. World: metres, y up, camera at +z."""

from __future__ import annotations

import math
from dataclasses import dataclass

import moderngl
import numpy as np

from str_live.build_assets.clip_wardrobe import Outfit
from str_live.files import SHADERS
from str_live.geometry import camera_matrix
from str_live.view.headless import create_context
from str_live.view.programs import source

LIGHT = np.array([-0.62, 0.66, 0.44]) / np.linalg.norm([-0.62, 0.66, 0.44])
"""Unit vector towards the sun behind the window: left of the camera, high."""
SHADOW_SIZE = 2048
SHADOW_HALF_SIDE = 2.2
"""Metres around the spot that the shadow map covers."""


@dataclass(frozen=True, slots=True)
class StudioCamera:
    """A webcam on a tripod: eye height and distance in metres, pitch downwards in degrees."""

    width: int = 960
    height: int = 720
    eye: tuple[float, float, float] = (0.0, 1.35, 4.35)
    pitch_deg: float = 5.5

    def matrix(self) -> np.ndarray:
        """(3, 3) K, pixels."""
        return camera_matrix(self.width, self.height)

    def cam_from_world(self) -> np.ndarray:
        """(4, 4): world to the camera frame (x right, y down, z away)."""
        pitch = math.radians(self.pitch_deg)
        down = np.array(
            [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
        )
        matrix = np.eye(4)
        matrix[:3, :3] = down @ np.diag([1.0, -1.0, -1.0])
        matrix[:3, 3] = -matrix[:3, :3] @ np.array(self.eye)
        return matrix

    def clip_from_world(self) -> np.ndarray:
        """(4, 4): world to OpenGL's clip space, the same pinhole as `matrix`."""
        focal, centre_x, centre_y = self.matrix()[[0, 0, 1], [0, 2, 2]]
        near, far = 0.5, 20.0
        projection = np.array(
            [
                [2 * focal / self.width, 0, 2 * centre_x / self.width - 1, 0],
                [0, -2 * focal / self.height, 1 - 2 * centre_y / self.height, 0],
                [0, 0, (far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, 1, 0],
            ]
        )
        return projection @ self.cam_from_world()


class Studio:
    """GL context, buffers and programs for one person and one room. Use as a context manager."""

    def __init__(self, camera: StudioCamera, outfit: Outfit, faces: np.ndarray) -> None:
        self.camera = camera
        self._ctx = ctx = create_context()
        n_vertices = len(outfit.rest)
        self._positions = ctx.buffer(reserve=n_vertices * 12, dynamic=True)
        self._normals = ctx.buffer(reserve=n_vertices * 12, dynamic=True)
        fixed = [ctx.buffer(np.ascontiguousarray(a)) for a in (outfit.rest, outfit.garments, outfit.face)]
        index = ctx.buffer(np.ascontiguousarray(faces, dtype=np.int32))
        self._person, self._room, self._depth = (
            _program(ctx, name) for name in ("clip_person", "clip_room", "depth")
        )
        layout = [(self._positions, "3f", "in_position"), (self._normals, "3f", "in_normal")]
        layout += [(fixed[0], "3f", "in_rest"), (fixed[1], "4f", "in_garments"), (fixed[2], "4f", "in_face")]
        self._person_array = ctx.vertex_array(self._person, layout, index)
        self._depth_array = ctx.vertex_array(self._depth, layout[:1], index)
        self._room_array = ctx.vertex_array(self._room, [])
        self._shadow = ctx.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
        self._shadow.compare_func = "<="
        self._shadow_target = ctx.framebuffer([], self._shadow)
        size = (camera.width, camera.height)
        samples = min(4, ctx.max_samples)
        self._target = ctx.framebuffer(
            [ctx.renderbuffer(size, 4, samples=samples)], ctx.depth_renderbuffer(size, samples=samples)
        )
        self._resolved = ctx.framebuffer([ctx.texture(size, 4)])
        self._set_the_scene()

    def _set_the_scene(self) -> None:
        """All uniforms that never change."""
        clip, shadow = self.camera.clip_from_world(), _shadow_from_world()
        for program in (self._person, self._room):
            program["u_eye"] = self.camera.eye
            program["u_light"] = tuple(LIGHT)
            program["u_shadow_from_world"].write(_bytes(shadow))
            program["u_shadow_map"] = 1
        self._person["u_clip_from_world"].write(_bytes(clip))
        self._room["u_world_from_clip"].write(_bytes(np.linalg.inv(clip)))
        self._depth["u_clip_from_body"].write(_bytes(shadow))

    def render(self, vertices: np.ndarray, normals: np.ndarray, feet: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 BGR of a person: vertices and normals (V, 3), soles (2, 3), world."""
        ctx = self._ctx
        self._positions.write(np.ascontiguousarray(vertices, dtype=np.float32))
        self._normals.write(np.ascontiguousarray(normals, dtype=np.float32))
        self._room["u_feet"].write(np.ascontiguousarray(feet, dtype=np.float32))
        self._shadow_target.use()
        self._shadow_target.clear(depth=1.0)
        ctx.enable_only(moderngl.DEPTH_TEST)
        self._depth_array.render(moderngl.TRIANGLES)
        self._target.use()
        self._target.clear(depth=1.0)
        self._shadow.use(1)
        ctx.enable_only(moderngl.NOTHING)
        self._room_array.render(moderngl.TRIANGLES, vertices=3)
        ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._person_array.render(moderngl.TRIANGLES)
        ctx.copy_framebuffer(self._resolved, self._target)
        flat = np.frombuffer(self._resolved.read(components=3, alignment=1), dtype=np.uint8)
        picture = flat.reshape(self.camera.height, self.camera.width, 3)
        return np.ascontiguousarray(picture[::-1, :, ::-1])

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self._ctx.release()


def _program(ctx: moderngl.Context, name: str) -> moderngl.Program:
    """One pair of `shaders/`."""
    return ctx.program(
        vertex_shader=source(SHADERS / f"{name}.vert"), fragment_shader=source(SHADERS / f"{name}.frag")
    )


def _shadow_from_world() -> np.ndarray:
    """(4, 4): an orthographic look from the sun at the spot."""
    right = np.cross([0.0, 1.0, 0.0], LIGHT)
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[:3, :3] = np.stack([right, np.cross(LIGHT, right), LIGHT])
    view[:3, 3] = -view[:3, :3] @ (np.array([0.0, 0.9, -0.3]) + 5.0 * LIGHT)
    projection = np.diag([1 / SHADOW_HALF_SIDE, 1 / SHADOW_HALF_SIDE, -2 / 9.8, 1.0])
    projection[2, 3] = -(10.0 + 0.2) / 9.8
    return projection @ view


def _bytes(matrix: np.ndarray) -> bytes:
    """A matrix as GL wants it: float32, by columns."""
    return matrix.T.astype(np.float32).tobytes()
