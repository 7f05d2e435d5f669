"""The camera of a recording, where it is known: from one number, or a calibration file of OpenCV's kind.

In: YAML or XML as OpenCV's FileStorage writes it, JSON, or TOML. Out: Lens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from str_live.export.contract import ExportError
from str_live.record.read import Recording

_MATRIX_NAMES = ("camera_matrix", "cameraMatrix", "intrinsic_matrix", "mtx", "matrix", "K")
_DISTORTION_NAMES = (
    "distortion_coefficients", "dist_coeffs", "distCoeffs", "distortions", "distortion", "dist", "D",
)  # fmt: skip
_SIZE_NAMES = ("size", "image_size", "img_size", "resolution")
_PER_CENT = 0.01


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole camera with OpenCV's distortion."""

    matrix: np.ndarray
    """(3, 3) float64 pixels."""
    distortion: np.ndarray
    """(K,) float64, OpenCV's order; (0,) for none."""
    size: tuple[int, int] | None
    """Width and height of the pictures it was measured on; None: not stated."""
    fisheye: bool = False

    def fitted(self, width: int, height: int) -> Lens:
        """The same lens for pictures of that size; ExportError if they are of another shape."""
        if self.size is None or self.size == (width, height):
            return self
        across, down = width / self.size[0], height / self.size[1]
        if abs(across / down - 1) > _PER_CENT:
            raise ExportError(
                f"The calibration is of pictures of {self.size[0]} x {self.size[1]}, the recording's have "
                f"{width} x {height}, another shape: give the calibration of this camera."
            )
        return Lens(
            np.diag([across, down, 1.0]) @ self.matrix, self.distortion, (width, height), self.fisheye
        )

    def straighten(self, points_px: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> (N, 2) pixels as a camera without distortion would have them."""
        if not len(self.distortion) or not len(points_px):
            return points_px
        undistort = cv2.fisheye.undistortPoints if self.fisheye else cv2.undistortPoints
        points = np.ascontiguousarray(points_px, np.float64).reshape(-1, 1, 2)
        return undistort(points, self.matrix, self.distortion, P=self.matrix).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class LensChoice:
    """The camera as a person names it: by one number, by a file, or not at all."""

    focal_px: float | None = None
    calibration: Path | None = None

    def lens_of(self, recording: Recording) -> Lens | None:
        """The camera of a recording; None where it is assumed. ExportError where the recording has none."""
        if self.focal_px is None and self.calibration is None:
            return None
        if recording.measured:
            raise ExportError(
                "The recording was measured, not seen by a camera: leave out focal length and calibration."
            )
        if self.focal_px is None:
            assert self.calibration is not None
            return read_lens(self.calibration)
        return lens_of_focal_length(self.focal_px, *map(int, recording.sizes[0]))


def lens_of_focal_length(focal_px: float, width: int, height: int) -> Lens:
    """The lens of one number, looking through the picture's centre."""
    matrix = np.array([[focal_px, 0, width / 2], [0, focal_px, height / 2], [0, 0, 1]], dtype=np.float64)
    return Lens(matrix, np.zeros(0), (width, height))


def read_lens(path: Path) -> Lens:
    """Read a calibration file, the first camera in it; or ExportError."""
    try:
        content = _read(path)
        for group in _groups(content):
            lens = _lens_of(group)
            if lens is not None:
                return lens
    except (OSError, ValueError, TypeError, cv2.error) as error:
        raise ExportError(f"The calibration {path} cannot be read ({error}): check the file.") from error
    raise ExportError(
        f"The calibration {path} holds no camera matrix: give OpenCV's YAML, XML or JSON with "
        "'camera_matrix', or a TOML file with 'matrix'."
    )


def _read(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix.lower() == ".toml":
        try:
            import tomllib as toml
        except ModuleNotFoundError:  # Python 3.10
            import tomli as toml
        return toml.loads(text)
    if path.suffix.lower() == ".json":
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("it is no table of names")
        return content
    return _read_opencv(text)


def _read_opencv(text: str) -> dict[str, Any]:
    """The known entries of a FileStorage text; its YAML has tags that other readers of YAML refuse."""
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    except SystemError as error:  # what cv2.FileStorage raises for OpenCV's error
        raise ValueError("it is neither YAML nor XML as OpenCV writes it") from error
    try:
        content: dict[str, Any] = {}
        for name in (*_MATRIX_NAMES, *_DISTORTION_NAMES):
            node = storage.getNode(name)
            if not node.empty():
                content[name] = node.mat()
        for name in ("image_width", "image_height"):
            node = storage.getNode(name)
            if node.isInt() or node.isReal():
                content[name] = node.real()
    finally:
        storage.release()
    return content


def _groups(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The file's own table and all tables in it."""
    yield content
    for value in content.values():
        if isinstance(value, Mapping):
            yield from _groups(value)


def _lens_of(group: Mapping[str, Any]) -> Lens | None:
    matrix = _first(group, _MATRIX_NAMES)
    if matrix is None:
        return None
    matrix = _numbers(matrix)
    if matrix.size != 9:
        raise ValueError(f"its camera matrix has {matrix.size} numbers, not 9")
    matrix = matrix.reshape(3, 3)
    if not (matrix[0, 0] > 0 and matrix[1, 1] > 0):
        raise ValueError("its focal length is not above 0")
    distortion = _first(group, _DISTORTION_NAMES)
    return Lens(
        matrix,
        np.zeros(0) if distortion is None else _numbers(distortion).reshape(-1),
        _size_of(group),
        bool(group.get("fisheye", False)),
    )


def _first(group: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((group[name] for name in names if group.get(name) is not None), None)


def _numbers(value: Any) -> np.ndarray:
    """Numbers of a list, a matrix, or OpenCV's JSON {"rows": 3, "cols": 3, "data": [...]}."""
    numbers = np.asarray(value["data"] if isinstance(value, Mapping) else value, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("it holds values that are no numbers")
    return numbers


def _size_of(group: Mapping[str, Any]) -> tuple[int, int] | None:
    size = _first(group, _SIZE_NAMES)
    if size is None and "image_width" in group and "image_height" in group:
        size = (group["image_width"], group["image_height"])
    if size is None:
        return None
    width, height = (int(value) for value in size)
    if width <= 0 or height <= 0:
        raise ValueError("its picture's size is not above 0")
    return width, height
