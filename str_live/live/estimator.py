"""The door for Python programs (`from str_live import BodyEstimator`): pictures in, bodies out, in numpy.

    with BodyEstimator(lookahead=2, off=("ttr",)) as bodies:
        for result in bodies.run("film.mp4"):
            print(result.time_s, result.joints_cam)

Behind it stands the very Engine that the window and the headless mode run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType

import numpy as np

from str_live.camera import frames, open_source
from str_live.geometry import image_translation, ray_rotation
from str_live.live.engine import Engine
from str_live.live.ticks import overlapped_ticks
from str_live.messages import BodyPose, BodyResult, Frame
from str_live.record.content import axis_angle_poses
from str_live.record.rows import rotmat_in_camera
from str_live.settings import NetworkSettings, Settings, SourceSettings, VariantSettings
from str_live.stats import StageTimer
from str_live.weights.choose import choose_front_end
from str_live.weights.load import Parts, load_parts


class BodyEstimate:
    """The body in one picture. Every array is None until a person has been seen.

    Lengths are metres in the camera's frame: x right, y down, z away from the camera. Its focal length is
    assumed to be the picture's diagonal, so distances are as metric as that guess.
    """

    def __init__(self, result: BodyResult) -> None:
        self.result = result
        """The message that the program itself passes on: crops, boxes, accelerations, stage times."""

    @property
    def time_s(self) -> float:
        """The picture's time on its source's clock, seconds."""
        return self.result.frame.time_s

    @property
    def image(self) -> np.ndarray:
        """(H, W, 3) uint8 BGR: the picture that the body belongs to."""
        return self.result.frame.image

    @property
    def person_seen(self) -> bool:
        """Whether a person was found in this very picture; else the last body is held."""
        return self.result.person_seen

    @property
    def pose(self) -> np.ndarray | None:
        """(72,) float32 radians: SMPL's axis-angle vectors, the first one the orientation to the camera."""
        body, box = self._body, self.result.box
        if body is None or box is None:
            return None
        height, width = self.image.shape[:2]
        return axis_angle_poses(rotmat_in_camera(body, box, width, height)[None])[0]

    @property
    def betas(self) -> np.ndarray | None:
        """(10,) float32 shape coefficients of the body model that runs."""
        return None if self._body is None else self._body.betas

    @property
    def translation(self) -> np.ndarray | None:
        """(3,) metres: SMPL's `trans`, added to the body that `pose` and `betas` give."""
        return None if self._body is None else self._body.joints_cam[0] - self._body.joints[0]

    @property
    def joints_cam(self) -> np.ndarray | None:
        """(24, 3) float32 metres: SMPL's joints."""
        return None if self._body is None else self._body.joints_cam

    @property
    def joints_px(self) -> np.ndarray | None:
        """(24, 2) float32: the same in the picture's pixels."""
        return None if self._body is None else self._body.joints_px

    @property
    def vertices(self) -> np.ndarray | None:
        """(V, 3) float32 metres: the mesh, whose triangles are `BodyEstimator.faces`."""
        body, box = self._body, self.result.box
        if body is None or box is None:
            return None
        height, width = self.image.shape[:2]
        turned = body.vertices @ ray_rotation(box, width, height).T
        return (turned + image_translation(body.camera, box, width, height)).astype(np.float32)

    @property
    def _body(self) -> BodyPose | None:
        """Variant A's, never smoothed for display."""
        bodies = self.result.bodies if self.result.raw_bodies is None else self.result.raw_bodies
        return bodies[0] if bodies else None


class BodyEstimator:
    """Follows one person through pictures that come in order. One thread; a context manager."""

    def __init__(
        self,
        *,
        lookahead: int = 2,
        off: Sequence[str] = (),
        temporal: str = "str",
        front_end: str = "auto",
        weights: Sequence[str | Path] = (),
        backbone: str | Path = "",
        body: str | Path = "",
        device: str = "",
        settings: Settings | None = None,
        parts: Parts | None = None,
    ) -> None:
        """Load network and body; the choices are those of `python main.py --help`.

        lookahead: thirtieths of a second that each result waits for, 0 to 7. off: names of settings.SWITCHES.
        `settings` takes the place of all choices before it; `parts` are a network and body loaded already.
        Raises WeightsError, BodyFileError or DeviceError, each with one sentence that says what to do.
        """
        network = NetworkSettings(temporal=temporal).without(*off)
        chosen = settings or Settings(
            lookahead=lookahead,
            front_end=front_end,
            weights=tuple(map(str, weights)),
            backbone=str(backbone),
            body=str(body),
            device=device,
            variant_a=VariantSettings(network=network),
        )
        self.front_end = choose_front_end(chosen)
        """What the front end's choice fell on, and why."""
        chosen = self.front_end.into(chosen)
        self.engine = Engine(chosen, load_parts(chosen) if parts is None else parts)
        self.engine.warm_up()
        self._indices = count()

    @property
    def faces(self) -> np.ndarray:
        """(F, 3) int32: triangles of the mesh, counter-clockwise seen from outside."""
        assert self.engine.parts.body is not None
        return self.engine.parts.body.faces

    def __call__(self, image: np.ndarray, time_s: float) -> list[BodyEstimate]:
        """The next picture, (H, W, 3) uint8 BGR, at `time_s` seconds -> estimates that it completes.

        They are of pictures up to the look-ahead ago, oldest first: mostly one, none at the beginning. Times
        must rise; where they fall back, another film begins.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"a picture is (H, W, 3) uint8 BGR, not {image.shape} {image.dtype}")
        frame = Frame(image, next(self._indices), float(time_s), time.perf_counter_ns(), epoch=0)
        return [BodyEstimate(result) for result in self.engine.process(frame)]

    def flush(self) -> list[BodyEstimate]:
        """Estimates of the last pictures, which still wait for their look-ahead: no more will come."""
        return [BodyEstimate(result) for result in self.engine.flush()]

    def run(self, source: str | Path) -> Iterator[BodyEstimate]:
        """Every picture of a film, a folder, a camera ('0') or an address, one estimate each, in order.

        Raises SourceError with one sentence where it cannot be opened or read.
        """
        opened = open_source(SourceSettings(spec=str(source), loop=False, realtime=False))
        for _, results in self.ticks(frames(opened), StageTimer()):
            yield from map(BodyEstimate, results)

    def ticks(
        self, pictures: Iterator[Frame], timer: StageTimer
    ) -> Iterator[tuple[Frame | None, list[BodyResult]]]:
        """Each frame with the results that it completes, in the end those still owed, with None.

        What the stages took goes to `timer`. Headless runs go this way.
        """
        yield from overlapped_ticks(self.engine, pictures, timer)
        yield None, self.engine.flush()

    def close(self) -> None:
        """Free the detector."""
        self.engine.close()

    def __enter__(self) -> BodyEstimator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
