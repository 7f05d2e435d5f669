"""Results of a made-up person who walks and turns every joint, as the live pipeline hands them on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from str_live.body.posing import pose_bodies
from str_live.messages import BodyResult, Box, Frame, PersonBody, Prediction, Replay, ReplayPose
from tests.export.made_up import SIZE, made_up_body, made_up_recording

BODY = made_up_body()


def make_results(frames: int = 3, *, fps: float = 25.0, epoch: int = 1) -> list[BodyResult]:
    """One result a frame; each has its person."""
    recording = made_up_recording(frames, fps=fps)
    results = []
    for number in range(frames):
        box = Box(*map(float, recording.boxes[number]))
        parts = recording.rotmat[number], recording.betas[number], recording.camera[number]
        [pose] = pose_bodies(BODY, [Prediction(*parts, attention={})], box, SIZE)
        results.append(
            BodyResult(
                frame=Frame(
                    image=np.zeros((SIZE[1], SIZE[0], 3), np.uint8),
                    index=number,
                    time_s=float(recording.timestamps[number]),
                    captured_ns=0,
                    epoch=epoch,
                    replay=Replay((ReplayPose(*parts, box=box, person=True),)),
                ),
                person=None,
                bodies=(pose,),
                box=box,
                held_s=0.0,
                crops=(),
                lookahead=2,
                stages_ms={},
                acceleration=None,
                attention={},
                number=1,
            )
        )
    return results


def with_others(result: BodyResult, *numbers: int) -> BodyResult:
    """The same with others, a metre to the right of each other before the camera."""
    assert result.frame.replay is not None
    (own,) = result.frame.replay.people
    replay = Replay((own, *(replace(own, number=number) for number in numbers)))
    others = []
    for step, number in enumerate(numbers, start=1):
        (pose,) = result.bodies
        moved = replace(pose, joints_cam=pose.joints_cam + np.float32([step, 0, 0]))
        others.append(PersonBody(number, None, (moved,), None, result.box, 0.0, None))
    return replace(result, frame=replace(result.frame, replay=replay), others=tuple(others))


def without_person(result: BodyResult) -> BodyResult:
    """The same with the last body held."""
    assert result.frame.replay is not None
    (one,) = result.frame.replay.people
    frame = replace(result.frame, replay=Replay((replace(one, person=False),)))
    return replace(result, frame=frame)
