"""In: Predictions of a crop. Out: BodyPoses, posed, projected into the picture, placed before the camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from str_live.body import Body
from str_live.geometry import crop_to_image, image_translation, project, ray_rotation
from str_live.messages import BodyPose, Box
from str_live.model import Prediction


def pose_bodies(
    body: Body, predictions: Sequence[Prediction], box: Box, size: tuple[int, int]
) -> list[BodyPose]:
    """Predictions of the crop `box` of a picture of `size` (width, height) -> their bodies, in one pass."""
    with torch.inference_mode():
        rotmat, betas = _tensors(body, predictions)
        output = body.forward(rotmat, betas)
        vertices, joints, normals = (
            _array(part) for part in (output.vertices, output.joints, output.normals)
        )
    return [
        BodyPose(
            rotmat=prediction.rotmat,
            betas=prediction.betas,
            camera=prediction.camera,
            vertices=vertices[index],
            normals=normals[index],
            joints=joints[index],
            joints_px=crop_to_image(project(joints[index], prediction.camera), box).astype(np.float32),
            joints_cam=joints_in_camera(joints[index], prediction.camera, box, size),
        )
        for index, prediction in enumerate(predictions)
    ]


def place_joints(body: Body, prediction: Prediction, box: Box, size: tuple[int, int]) -> np.ndarray:
    """(24, 3) joints in the picture's camera frame, without the vertices."""
    with torch.inference_mode():
        joints = _array(body.joints_only(*_tensors(body, [prediction])))[0]
    return joints_in_camera(joints, prediction.camera, box, size)


def joints_in_camera(joints: np.ndarray, camera: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """(24, 3) joints in the body frame -> metres in the picture's camera frame, turned along the ray."""
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
