"""STR-Live: a person's 3D body, live from a webcam, by Spatio-Temporal tendency Reasoning (STR, BMVC 2022).

The data's way through the package, one folder a station::

    camera/     a source of pictures                                  -> Frame
    person/     detector.py finds, tracker.py follows     Frame       -> Person
                crop.py cuts the square that networks see             -> Crop
    features/   landmarks.py or pixels.py, encoded        Person,Crop -> (C,) feature
    temporal/   window.py: ring of timestamped features               -> (16, C) window
                str.py, tcmr.py, vibe.py or per frame                 -> (C,) feature of one frame
    body/       regressor.py                              (C,)        -> pose, shape, camera
                skinning.py, posing.py                                -> BodyPose: vertices, joints
    record/, export/, film/, view/, ui/                   BodyResult  -> files, pictures, the window
    stream/      sender.py, on a thread of its own        BodyResult  -> VMC by UDP, JSON by a WebSocket

One Frame: live/inference_thread.py hands the newest to live/engine.py, which calls every station in turn and
answers with a BodyResult (messages.py) to live/session.py, and that to the window and the recorders;
live/headless.py goes through live/ticks.py instead. In both the detector is one frame ahead, on a thread of
its own (live/detector_thread.py). One toggle: ui/panels/network.py writes it into settings.py's
NetworkSettings, engine.py reads them at each frame, and temporal/str.py leaves the module out.

network/ joins the stations to one nn.Module, which a Runner (runner.py; on GPUs cuda_graph.py) runs for all
people of a frame at once; weights/ makes it of files, before an Engine is made.

Offline: datasets/ makes people to learn from, train/ learns, evaluate/ measures errors, benchmark/ compares
methods, speed/ measures times, build_assets/ made what lies in assets/. One training sample: train/loop.py
takes it from the recipe of train/default/trainer.py; a take of datasets/motion/ is drawn and changed by
datasets/simulated/poses.py, seen by datasets/simulated/views.py, and compared with the prediction by
train/losses.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from str_live.live.estimator import BodyEstimate, BodyEstimator

__version__ = "0.1.0"
__all__ = ["BodyEstimate", "BodyEstimator", "__version__"]


def __getattr__(name: str) -> object:
    """The door for Python programs, imported when it is used: `import str_live` alone costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from str_live.live import estimator

    return getattr(estimator, name)
