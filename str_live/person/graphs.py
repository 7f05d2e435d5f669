"""mediapipe's two pose models, each in a graph of our own: one finds regions, one sees a person in a region.

Importing this takes 1.7 s and much memory: recordings and their tests do without.

mediapipe's ready-made doors keep to themselves whom they follow: Pose follows one person, PoseLandmarker
several, without identities and in any order. Here the caller owns the regions, so everybody is followed by
his own, a distant person is looked at in full resolution, and the finder runs only when somebody is missing.
The nodes are those of mediapipe's PoseLandmarkCpu as Pose runs it, so both see the same in one region.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import mediapipe
import numpy as np
from google.protobuf import text_format
from mediapipe import packet_creator, packet_getter
from mediapipe.calculators.core import split_vector_calculator_pb2
from mediapipe.calculators.tensor import (
    image_to_tensor_calculator_pb2,
    inference_calculator_pb2,
    tensors_to_landmarks_calculator_pb2,
    tensors_to_segmentation_calculator_pb2,
)
from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
from mediapipe.framework.formats.rect_pb2 import NormalizedRect
from mediapipe.python._framework_bindings import resource_util

from str_live.messages import Box
from str_live.person.crop import box_from_landmarks
from str_live.person.detector import Detection
from str_live.person.landmark_model import DetectorError
from str_live.person.regions import Look, Region, region_around

WHEEL = Path(mediapipe.__file__).parent
OPTIONS = (
    split_vector_calculator_pb2,
    image_to_tensor_calculator_pb2,
    inference_calculator_pb2,
    tensors_to_landmarks_calculator_pb2,
    tensors_to_segmentation_calculator_pb2,
)
"""Modules that only make the options of the graphs' nodes known, by being imported."""
FINDER = """
input_stream: "image"
output_stream: "detections"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }
"""
LANDMARKS = """
input_stream: "image"
input_stream: "region"
input_side_packet: "segmentation"
output_stream: "presence"
output_stream: "landmarks"
output_stream: "world_landmarks"
output_stream: "mask"
node { calculator: "ImagePropertiesCalculator" input_stream: "IMAGE_CPU:image" output_stream: "SIZE:size" }
node {
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:image" input_stream: "NORM_RECT:region"
  output_stream: "TENSORS:input" output_stream: "MATRIX:matrix"
  options { [mediapipe.ImageToTensorCalculatorOptions.ext] {
    output_tensor_width: 256 output_tensor_height: 256 keep_aspect_ratio: true
    output_tensor_float_range { min: 0 max: 1 } } }
}
node {
  calculator: "InferenceCalculator" input_stream: "TENSORS:input" output_stream: "TENSORS:output"
  options { [mediapipe.InferenceCalculatorOptions.ext] { model_path: "%s" delegate { xnnpack {} } } }
}
node {
  calculator: "SplitTensorVectorCalculator" input_stream: "output"
  output_stream: "landmark_tensor" output_stream: "flag_tensor" output_stream: "mask_tensor"
  output_stream: "heatmap_tensor" output_stream: "world_tensor"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 1 } ranges { begin: 1 end: 2 } ranges { begin: 2 end: 3 }
    ranges { begin: 3 end: 4 } ranges { begin: 4 end: 5 } } }
}
node {
  calculator: "TensorsToFloatsCalculator"
  input_stream: "TENSORS:flag_tensor" output_stream: "FLOAT:presence"
}
node {
  calculator: "TensorsToLandmarksCalculator"
  input_stream: "TENSORS:landmark_tensor" output_stream: "NORM_LANDMARKS:raw"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] {
    num_landmarks: 39 input_image_width: 256 input_image_height: 256
    visibility_activation: SIGMOID presence_activation: SIGMOID } }
}
node {
  calculator: "RefineLandmarksFromHeatmapCalculator"
  input_stream: "NORM_LANDMARKS:raw" input_stream: "TENSORS:heatmap_tensor"
  output_stream: "NORM_LANDMARKS:refined"
}
node {
  calculator: "LandmarkProjectionCalculator"
  input_stream: "NORM_LANDMARKS:refined" input_stream: "NORM_RECT:region"
  output_stream: "NORM_LANDMARKS:landmarks"
}
node {
  calculator: "TensorsToLandmarksCalculator"
  input_stream: "TENSORS:world_tensor" output_stream: "LANDMARKS:world_raw"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] { num_landmarks: 39 } }
}
node {
  calculator: "WorldLandmarkProjectionCalculator"
  input_stream: "LANDMARKS:world_raw" input_stream: "NORM_RECT:region"
  output_stream: "LANDMARKS:world_landmarks"
}
node {
  calculator: "GateCalculator" input_stream: "mask_tensor" output_stream: "wished_mask_tensor"
  input_side_packet: "ALLOW:segmentation"
}
node {
  calculator: "TensorsToSegmentationCalculator"
  input_stream: "TENSORS:wished_mask_tensor" output_stream: "MASK:region_mask"
  options { [mediapipe.TensorsToSegmentationCalculatorOptions.ext] {
    gpu_origin: TOP_LEFT activation: SIGMOID } }
}
node { calculator: "InverseMatrixCalculator" input_stream: "MATRIX:matrix" output_stream: "MATRIX:inverse" }
node {
  calculator: "WarpAffineCalculator"
  input_stream: "IMAGE:region_mask" input_stream: "MATRIX:inverse" input_stream: "OUTPUT_SIZE:size"
  output_stream: "IMAGE:mask_image"
  options { [mediapipe.WarpAffineCalculatorOptions.ext] { border_mode: BORDER_ZERO gpu_origin: TOP_LEFT } }
}
node { calculator: "FromImageCalculator" input_stream: "IMAGE:mask_image" output_stream: "IMAGE_CPU:mask" }
"""
OWN_LANDMARKS = 33
"""Of the model's 39; the next two are the hips' middle and a point on the body's circle."""
MIN_PRESENCE = 0.5
"""Below this the landmark model sees nobody in the region, as in mediapipe's own graphs."""


class PoseGraphs:
    """Both models. Used and closed on one thread; slow the first time.

    `landmark_model`: a .tflite of mediapipe's lite, full or heavy landmarks; None: the wheel's own (full).
    """

    def __init__(self, landmark_model: Path | None = None, *, segmentation: bool = False) -> None:
        self.segmentation = segmentation
        """Whether detections get a mask; a change makes the graph anew with the next picture."""
        self._segmented = segmentation
        self._landmark_model = landmark_model
        self._finder: _Graph | None = None
        self._landmarks: _Graph | None = None

    def tried(self, name: str) -> PoseGraphs:
        """Itself, if the landmark model runs; else DetectorError, which names where it came from."""
        try:
            self.look(np.zeros((64, 64, 3), np.uint8), [Region(32, 32, 64, 0.0)])
        except (RuntimeError, ValueError, KeyError) as error:
            raise DetectorError(
                f"{Path(name).name} holds no landmark model that mediapipe can run: give one of its"
                " pose_landmarker .task files"
            ) from error
        return self

    def find(self, image: np.ndarray, tile: Box | None = None) -> list[Region]:
        """(H, W, 3) uint8 BGR -> regions of the people in it, or in a tile of it, the surest first."""
        if self._finder is None:
            resource_util.set_resource_dir(str(WHEEL.parent))  # where the node's own graph has its model
            self._finder = _Graph(FINDER, ("detections",), {})
        left, top, part = _cut(image, tile)
        if not part.size:
            return []
        height, width = part.shape[:2]
        packets = self._finder.run([{"image": _image_packet(part)}])[0]
        if "detections" not in packets:
            return []
        found = packet_getter.get_proto_list(packets["detections"])
        circles = [
            np.array([(p.x, p.y) for p in one.location_data.relative_keypoints[:2]]) * [width, height]
            for one in sorted(found, key=lambda one: -one.score[0])
        ]
        corner = np.array([left, top])
        return [region_around(circle + corner) for circle in circles]

    def look(self, image: np.ndarray, regions: Sequence[Region]) -> list[Look | None]:
        """(H, W, 3) uint8 BGR -> for each region whom the landmark model sees there; None: nobody."""
        if not regions:
            return []
        if self._segmented != self.segmentation:
            self._close_landmarks()
        if self._landmarks is None:
            self._landmarks = self._make_landmarks()
        height, width = image.shape[:2]
        picture = _image_packet(image)
        inputs = [{"image": picture, "region": _region_packet(one, width, height)} for one in regions]
        return [_look(packets, width, height) for packets in self._landmarks.run(inputs)]

    def _make_landmarks(self) -> _Graph:
        self._segmented = self.segmentation
        model = self._landmark_model or WHEEL / "modules/pose_landmark/pose_landmark_full.tflite"
        outputs = ("presence", "landmarks", "world_landmarks", *(("mask",) if self.segmentation else ()))
        side = {"segmentation": packet_creator.create_bool(self.segmentation)}
        return _Graph(LANDMARKS % model.as_posix().replace('"', '\\"'), outputs, side)

    def _close_landmarks(self) -> None:
        if self._landmarks is not None:
            self._landmarks.close()
            self._landmarks = None

    def close(self) -> None:
        """Free the graphs."""
        self._close_landmarks()
        if self._finder is not None:
            self._finder.close()
            self._finder = None


class _Graph:
    """A running mediapipe graph: packets in, the packets that it made of them out."""

    def __init__(self, text: str, outputs: Sequence[str], side_packets: dict[str, Any]) -> None:
        config = text_format.Parse(text, CalculatorGraphConfig())
        self._graph = mediapipe.CalculatorGraph(graph_config=config)
        self._made: dict[int, dict[str, Any]] = {}
        self._next = 0
        for name in outputs:
            self._graph.observe_output_stream(name, self._take, False)
        self._graph.start_run(side_packets)

    def _take(self, name: str, packet: Any) -> None:
        """On a thread of mediapipe."""
        self._made.setdefault(packet.timestamp.value, {})[name] = packet

    def run(self, inputs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Packets by input stream, several times -> as often the packets by output stream, where any came."""
        self._made = {}
        first = self._next
        self._next += len(inputs)
        for stamp, packets in enumerate(inputs, first):
            for name, packet in packets.items():
                self._graph.add_packet_to_input_stream(name, packet.at(stamp))
        self._graph.wait_until_idle()
        return [self._made.get(stamp, {}) for stamp in range(first, self._next)]

    def close(self) -> None:
        self._graph.close()


def _cut(image: np.ndarray, tile: Box | None) -> tuple[int, int, np.ndarray]:
    """Left and top edge in pixels, and the part of the picture within the tile."""
    if tile is None:
        return 0, 0, image
    height, width = image.shape[:2]
    left, right = (int(np.clip(tile.cx + sign * tile.side / 2, 0, width)) for sign in (-1, 1))
    top, bottom = (int(np.clip(tile.cy + sign * tile.side / 2, 0, height)) for sign in (-1, 1))
    return left, top, image[top:bottom, left:right]


def _image_packet(image: np.ndarray) -> Any:
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return packet_creator.create_image_frame(image_format=mediapipe.ImageFormat.SRGB, data=rgb)


def _region_packet(region: Region, width: int, height: int) -> Any:
    return packet_creator.create_proto(
        NormalizedRect(
            x_center=region.cx / width,
            y_center=region.cy / height,
            width=region.side / width,
            height=region.side / height,
            rotation=region.angle,
        )
    )


def _look(packets: dict[str, Any], width: int, height: int) -> Look | None:
    """What the landmark graph gave for one region."""
    presence = float(packet_getter.get_float(packets["presence"]))
    if not presence >= MIN_PRESENCE:
        return None
    landmarks = packet_getter.get_proto(packets["landmarks"]).landmark
    points = np.array([(point.x * width, point.y * height, point.visibility) for point in landmarks])
    world = packet_getter.get_proto(packets["world_landmarks"]).landmark[:OWN_LANDMARKS]
    if not np.isfinite(points).all() or not math.isfinite(presence):
        return None
    own = points[:OWN_LANDMARKS]
    detection = Detection(
        box=box_from_landmarks(own[:, :2], width, height),
        landmarks_px=own[:, :2].astype(np.float32),
        visibility=own[:, 2].astype(np.float32),
        world_landmarks=np.array([(point.x, point.y, point.z) for point in world], dtype=np.float32),
        mask=packet_getter.get_image_frame(packets["mask"]).numpy_view().copy()
        if "mask" in packets
        else None,
    )
    return Look(detection, points[OWN_LANDMARKS : OWN_LANDMARKS + 2, :2], presence)
