"""The door for Python programs gives what the program itself computes, as arrays."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live import BodyEstimator
from str_live.rotation import rotmat_from_axis_angle

ROOT = Path(__file__).parents[2]
FRAMES = 8


@pytest.fixture(scope="module")
def results():
    with BodyEstimator(lookahead=2) as bodies:
        found = list(islice(bodies.run("clip"), FRAMES))
        yield bodies, found


def test_a_film_gives_one_result_a_picture_in_order(results):
    _, found = results
    times = [result.time_s for result in found]
    assert len(found) == FRAMES
    assert times == sorted(set(times))
    assert all(result.person_seen and result.image.ndim == 3 for result in found)


def test_arrays_have_the_shapes_that_are_promised(results):
    bodies, found = results
    last = found[-1]
    assert last.pose.shape == (72,)
    assert last.betas.shape == (10,)
    assert last.translation.shape == (3,)
    assert last.joints_cam.shape == (24, 3)
    assert last.joints_px.shape == (24, 2)
    assert last.vertices.shape == (bodies.faces.max() + 1, 3)


def test_pose_shape_and_translation_are_smpls_and_rebuild_joints_and_vertices(results):
    bodies, found = results
    last, body = found[-1], bodies.engine.parts.body
    rotmat = rotmat_from_axis_angle(torch.from_numpy(last.pose).reshape(1, 24, 3))
    posed = body.forward(rotmat, torch.from_numpy(last.betas)[None])
    assert np.allclose(posed.joints[0].numpy() + last.translation, last.joints_cam, atol=1e-4)
    assert np.allclose(posed.vertices[0].numpy() + last.translation, last.vertices, atol=1e-4)


def test_ones_own_pictures_give_what_the_film_of_them_gives(results):
    _, found = results
    with BodyEstimator(lookahead=2) as bodies:
        own = [each for result in found for each in bodies(result.image, result.time_s)] + bodies.flush()
    assert len(own) == FRAMES
    for ours, films in zip(own[: FRAMES - 2], found, strict=False):  # the last ones wait for no more pictures
        assert ours.time_s == films.time_s
        assert np.allclose(ours.joints_cam, films.joints_cam, atol=1e-5)


def test_a_module_left_out_changes_the_body(results):
    _, found = results
    with BodyEstimator(lookahead=2, off=("self", "cross")) as bodies:
        other = list(islice(bodies.run("clip"), FRAMES))
    assert not np.allclose(other[-1].joints_cam, found[-1].joints_cam, atol=1e-4)


def test_before_anybody_is_seen_there_are_no_arrays(results):
    bodies, _ = results
    blank = np.zeros((120, 160, 3), np.uint8)
    with BodyEstimator(lookahead=0, parts=bodies.engine.parts) as empty:
        (result,) = empty(blank, 0.0)
    assert not result.person_seen
    assert result.joints_cam is None
    assert result.vertices is None
    assert result.pose is None


def test_what_is_no_picture_is_refused(results):
    bodies, _ = results
    with pytest.raises(ValueError, match=r"\(H, W, 3\) uint8 BGR, not \(4, 4\) float64"):
        bodies(np.zeros((4, 4)), 0.0)


def test_importing_the_package_alone_loads_nothing_heavy():
    code = (
        "import sys, str_live; print(str_live.__version__, [m for m in sys.modules if m in ('torch', 'cv2')])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.endswith("[]\n")


def test_the_documents_examples_run(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 2
    monkeypatch.chdir(tmp_path)
    for example in examples:
        exec(compile(example, "docs/api.md", "exec"), {"__name__": "__main__"})
