"""In: Predictions of a crop. Out: BodyPoses, posed, projected into the picture, placed before the camera."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from str_live.body.skinning import Body
from str_live.geometry import crop_to_image, image_translation, project, ray_rotation
from str_live.messages import BodyPose, Box, Posed, Prediction


def pose_bodies(
    body: Body, predictions: Sequence[Prediction], box: Box, size: tuple[int, int]
) -> list[BodyPose]:
    """Predictions for the crop `box` of a picture of `size` (width, height), pixels -> their bodies, in one
    pass of the body model.
    """
    return pose_people(body, predictions, [box] * len(predictions), size)


def pose_people(
    body: Body, predictions: Sequence[Prediction], boxes: Sequence[Box], size: tuple[int, int]
) -> list[BodyPose]:
    """The same for several people of one picture: each prediction is of the crop in its place."""
    return [
        BodyPose(
            rotmat=prediction.rotmat,
            betas=prediction.betas,
            camera=prediction.camera,
            vertices=posed.vertices,
            normals=posed.normals,
            joints=posed.joints,
            joints_px=crop_to_image(project(posed.joints, prediction.camera), box).astype(np.float32),
            joints_cam=joints_in_camera(posed.joints, prediction.camera, box, size),
        )
        for prediction, posed, box in zip(predictions, _pose(body, predictions), boxes, strict=True)
    ]


def _pose(body: Body, predictions: Sequence[Prediction]) -> list[Posed]:
    """The bodies of the predictions; those that are posed already are taken as they are."""
    new = [prediction for prediction in predictions if prediction.posed is None]
    found: Iterator[Posed] = iter(())
    if new:
        with torch.inference_mode():
            output = body.forward(*_tensors(body, new))
            parts = (_array(part) for part in (output.vertices, output.joints, output.normals))
        found = (Posed(*each) for each in zip(*parts, strict=True))
    return [prediction.posed or next(found) for prediction in predictions]


def place_joints(
    body: Body, predictions: Sequence[Prediction], boxes: Sequence[Box], size: tuple[int, int]
) -> list[np.ndarray]:
    """For each prediction (24, 3) joints, metres, in the full picture's camera frame; the vertices are not
    computed.
    """
    new = [prediction for prediction in predictions if prediction.posed is None]
    found: Iterator[np.ndarray] = iter(())
    if new:
        with torch.inference_mode():
            found = iter(_array(body.joints_only(*_tensors(body, new))))
    joints = [next(found) if each.posed is None else each.posed.joints for each in predictions]
    return [
        joints_in_camera(own, prediction.camera, box, size)
        for own, prediction, box in zip(joints, predictions, boxes, strict=True)
    ]


def joints_in_camera(joints: np.ndarray, camera: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """(24, 3) metres in the body frame -> the full picture's camera frame, rotated along the viewing ray.

    `camera` is (3,) s, tx, ty of the crop `box`; `size` is (width, height) in pixels.
    """
    turned = joints @ ray_rotation(box, *size).T
    return (turned + image_translation(camera, box, *size)).astype(np.float32)


def _tensors(body: Body, predictions: Sequence[Prediction]) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, 24, 3, 3) rotations and (B, 10) betas on the body's device."""
    device = body.template.device
    rotmat = torch.from_numpy(np.stack([prediction.rotmat for prediction in predictions]))
    betas = torch.from_numpy(np.stack([prediction.betas for prediction in predictions]))
    return rotmat.to(device), betas.to(device)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """Contiguous float32 on the CPU: what the view can hand to OpenGL as it is."""
    return tensor.to("cpu", torch.float32).contiguous().numpy()
