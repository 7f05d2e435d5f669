"""What a run adds up to: figures that say what they were measured against, or why against nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from str_live.joint_angles import joint_angles
from str_live.live.summary import Summary
from str_live.messages import AccelerationSample
from tests.record.synthetic_results import result

REASON = "no reference: too few pictures, under 18 a second"


def acceleration_of(*samples: AccelerationSample, reason: str = "") -> dict:
    summary = Summary()
    summary.add([replace(result(index), acceleration=sample) for index, sample in enumerate(samples)])
    return summary.figures(reason)["acceleration"]


def test_too_few_pictures_give_magnitudes_and_no_reference_with_the_reason():
    figures = acceleration_of(*(AccelerationSample(t, {}, {"A": t + 1.0}, "", REASON) for t in (0.0, 1.0)))
    assert figures == {
        "error": {},
        "magnitude": {"A": 1.5},
        "reference": None,
        "reference_reason": REASON,
        "seconds": 1.0,
    }


def test_errors_are_never_given_without_what_they_were_measured_against():
    figures = acceleration_of(
        AccelerationSample(0.0, {"A": 3.0}, {"A": 1.0}, "mediapipe 6 Hz"),
        AccelerationSample(1.0, {}, {"A": 1.0}, "", REASON),
    )
    assert (figures["error"], figures["reference"], figures["reference_reason"]) == (
        {"A": 3.0},
        "mediapipe 6 Hz",
        None,
    )


def test_a_source_that_is_too_slow_for_any_figure_says_so():
    assert acceleration_of(reason="5 pictures a second are too few")["reference_reason"] == (
        "5 pictures a second are too few"
    )
    assert acceleration_of()["reference_reason"] is None


def test_angles_are_those_of_what_is_recorded_in_frames_with_a_person():
    summary = Summary()
    results = [result(index, person=index < 3) for index in range(4)]
    for each in results:
        summary.add([replace(each, bodies=results[3].bodies, raw_bodies=each.bodies)])
    seen = np.stack([each.bodies[0].rotmat for each in results[:3]])
    knees = joint_angles(seen)["knee_angle_r"]
    figures = summary.figures()["angles"]["knee"]["right"]
    assert (figures["min"], figures["max"]) == (round(knees.min(), 1), round(knees.max(), 1))
