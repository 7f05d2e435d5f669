"""Makes a take of a recording and a body: one shape, the pelvis's way in the world, a constant rate, a floor.

The camera's frame (y down) becomes the world's (y up) by half a turn about x. Recordings are only read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from str_live.body.skinning import Body
from str_live.export.contract import ExportError, TakeOptions
from str_live.export.floor import apply_floor, in_place
from str_live.export.kinematics import quaternions_from_matrices
from str_live.export.lens import Lens, lens_of_focal_length
from str_live.export.resample import Motion, natural_rate, resample, trim
from str_live.export.smoothing import smooth
from str_live.export.take import Mesh, Take
from str_live.files import FREE_BODY
from str_live.geometry import OPTICAL_AXIS, image_focal_length, smallest_rotation
from str_live.record.read import Recording

WORLD_FROM_CAMERA = np.diag([1.0, -1.0, -1.0])
"""(3, 3): x right, y up, z towards the camera."""
INFLUENCES = 4
"""Joints that may move a vertex: what three.js, Unity and most others take."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A body at rest, metres, its own frame."""

    joints: np.ndarray  # (24, 3)
    vertices: np.ndarray  # (V, 3)


def make_take(recording: Recording, body: Body, options: TakeOptions, *, name: str) -> Take:
    """The take that the options ask for; ExportError where the recording or the options have none."""
    usable = recording.person & (recording.boxes[:, 2] > 0) & (recording.camera[:, 0] > 0)
    if not usable.any():
        raise ExportError(f"{name} holds no frame with a person: there is nothing to export.")
    betas = recording.betas[usable].mean(axis=0)
    shape = shape_of(body, betas)
    scale = _scale(shape, options.height_m)
    motion = trim(
        _motion(recording, body, usable, None if recording.measured else options.lens), *options.trim_s
    )
    if not motion.person.any():
        raise ExportError(f"{name} shows nobody in the chosen range: choose another.")
    fps = options.fps or natural_rate(motion.times)
    motion = smooth(resample(motion, fps), fps, options.smoothing)
    take = _take(motion, body, shape, scale=scale, betas=betas, fps=fps, name=name, mesh=options.mesh)
    take = apply_floor(take, options.floor, measured=recording.measured)
    return in_place(take) if options.in_place else take


def is_free_body(body: Body) -> bool:
    """Whether the body may be given to anybody: the delivered one, which is CC0."""
    return body.name == FREE_BODY.stem and body.licence.startswith("CC0")


def shape_of(body: Body, betas: np.ndarray) -> Shape:
    """The body at rest with (10,) betas."""
    with torch.no_grad():
        coefficients = torch.from_numpy(np.asarray(betas, np.float32))[None]
        vertices = (body.template + coefficients @ body.shapedirs).view(3, -1).T
        joints = body.rest_joints + (coefficients @ body.joint_shapedirs).view(-1, 3)
    return Shape(joints.double().numpy(), vertices.double().numpy())


def _scale(shape: Shape, height_m: float | None) -> float:
    """What the body has to be multiplied by to be that tall, head to sole at rest."""
    return 1.0 if height_m is None else height_m / float(np.ptp(shape.vertices[:, 1]))


def _motion(recording: Recording, body: Body, usable: np.ndarray, lens: Lens | None) -> Motion:
    """The recording's own frames in the world."""
    held = _last_usable(usable)
    camera, boxes = recording.camera[held].astype(np.float64), recording.boxes[held].astype(np.float64)
    sizes = recording.sizes[held]
    rays, places = np.empty((len(held), 3, 3)), np.empty((len(held), 3))
    for width, height in np.unique(sizes, axis=0):
        frames = (sizes == (width, height)).all(axis=1)
        fitted = _lens_for(lens, int(width), int(height))
        rays[frames], places[frames] = _rays_and_places(camera[frames], boxes[frames], fitted)
    rotmat = recording.rotmat[held].astype(np.float64)
    rotmat[:, 0] = WORLD_FROM_CAMERA @ rays @ rotmat[:, 0]
    # The body stands with its own origin at `places`, turned about it by the ray (posing.joints_in_camera);
    # a measured one was put there without such a turn.
    pelvis_at_rest = _pelvis_at_rest(body, recording.betas[held])
    if not recording.measured:
        pelvis_at_rest = np.einsum("nij,nj->ni", rays, pelvis_at_rest)
    pelvis = places + pelvis_at_rest
    return Motion(
        times=np.asarray(recording.timestamps, np.float64),
        rotations=quaternions_from_matrices(rotmat),
        pelvis=pelvis @ WORLD_FROM_CAMERA.T,
        person=usable,
    )


def _lens_for(lens: Lens | None, width: int, height: int) -> Lens:
    """The known lens, or the guessed one, for pictures of that size."""
    if lens is not None:
        return lens.fitted(width, height)
    return lens_of_focal_length(image_focal_length(width, height), width, height)


def _last_usable(usable: np.ndarray) -> np.ndarray:
    """(N,) bool -> (N,) the frame that each one shows: itself or the last usable one, at first the first."""
    frames = np.where(usable, np.arange(len(usable)), -1)
    held = np.maximum.accumulate(frames)
    return np.where(held < 0, int(usable.argmax()), held)


def _pelvis_at_rest(body: Body, betas: np.ndarray) -> np.ndarray:
    """(N, 10) -> (N, 3) metres: where each frame's own shape had the pelvis."""
    with torch.no_grad():
        shifts = torch.from_numpy(np.asarray(betas, np.float32)) @ body.joint_shapedirs[:, :3]
        return (body.rest_joints[0] + shifts).double().numpy()


def _rays_and_places(camera: np.ndarray, boxes: np.ndarray, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) crop cameras (s, tx, ty) and (N, 3) boxes -> (N, 3, 3) turns onto the rays, (N, 3) metres.

    As geometry.ray_rotation and geometry.image_translation, for any lens.
    """
    across, down = lens.matrix[0, 0], lens.matrix[1, 1]
    centre = lens.straighten(boxes[:, :2]) - lens.matrix[:2, 2]
    slope = centre / [across, down]  # (N, 2) x/z and y/z of the ray
    depth = 2 * np.sqrt(across * down) / (camera[:, 0] * boxes[:, 2])
    places = np.concatenate([camera[:, 1:] + slope * depth[:, None], depth[:, None]], axis=1)
    ray = np.concatenate([slope, np.ones((len(slope), 1))], axis=1)
    return smallest_rotation(OPTICAL_AXIS, ray), places


def _take(
    motion: Motion,
    body: Body,
    shape: Shape,
    *,
    scale: float,
    betas: np.ndarray,
    fps: float,
    name: str,
    mesh: str,
) -> Take:
    pelvis, sole = shape.joints[0], shape.vertices[:, 1].min()
    stand = np.array([pelvis[0], sole, pelvis[2]])
    free = is_free_body(body)
    return Take(
        name=" ".join(name.split()) or "take",
        fps=fps,
        rotations=motion.rotations,
        pelvis=motion.pelvis * scale,
        person=motion.person,
        rest=(shape.joints - stand) * scale,
        mesh=_mesh(body, shape, stand, scale) if mesh == "any" or (mesh == "free" and free) else None,
        body=body.name,
        free_body=free,
        betas=np.asarray(betas, np.float64),
        origin=pelvis,
        scale=scale,
    )


def _mesh(body: Body, shape: Shape, stand: np.ndarray, scale: float) -> Mesh:
    """The body's skin with at most four joints a vertex; pose blend shapes, where there are any, stay out."""
    with torch.no_grad():
        normals = body.normals(torch.from_numpy(shape.vertices[None].astype(np.float32)))[0]
    weights = body.weights.T.double().numpy()
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    chosen = np.take_along_axis(weights, joints, axis=1)
    return Mesh(
        vertices=(shape.vertices - stand) * scale,
        normals=normals.double().numpy(),
        faces=body.faces,
        joints=np.where(chosen > 0, joints, 0),
        weights=chosen / chosen.sum(axis=1, keepdims=True),
    )
