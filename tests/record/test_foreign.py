"""Motions of other programs: their writers' names are understood, what lacks or is left out is said."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from str_live.camera.kinds import kind_of
from str_live.geometry import ray_rotation
from str_live.messages import Box
from str_live.record.read import AMASS_SIZE, Recording, RecordingError, load_recording
from str_live.rotation import rotmat_from_axis_angle

FRAMES = 30
UPRIGHT = {
    "z up": Rotation.from_rotvec([np.pi / 2, 0, 0]),
    "y up": Rotation.identity(),
    "y down": Rotation.from_rotvec([np.pi, 0, 0]),
    "z down": Rotation.from_rotvec([-np.pi / 2, 0, 0]),
    "x up": Rotation.from_rotvec([0, 0, -np.pi / 2]),
    "x down": Rotation.from_rotvec([0, 0, np.pi / 2]),
}
"""Axes -> what turns the rest pose into them."""


def walking(columns: int = 156, axes: str = "z up", lean: float = 0.1) -> np.ndarray:
    """(N, columns) of somebody who walks, leaning a little."""
    poses = np.zeros((FRAMES, columns))
    leaning = Rotation.from_rotvec(np.linspace(0, lean, FRAMES)[:, None] * [1.0, 0.3, 0.0])
    poses[:, :3] = (UPRIGHT[axes] * leaning).as_rotvec()
    poses[:, 3] = 0.5 * np.sin(np.arange(FRAMES))
    poses[:, 50] = -1.2
    return poses


def arrays(columns: int = 156, axes: str = "z up", **changes: object) -> dict[str, object]:
    """AMASS's arrays; None takes one away."""
    trans = UPRIGHT[axes].apply(np.linspace([-1, 0.9, 0], [1, 0.9, 2], FRAMES))
    found: dict[str, object] = {"poses": walking(columns, axes), "trans": trans, "betas": np.full(16, 0.5)}
    found |= {"gender": np.array("female"), "mocap_framerate": 60.0, **changes}
    return {name: array for name, array in found.items() if array is not None}


def load(path: Path, **content: object) -> Recording:
    np.savez(path / "walk.npz", **content)
    return load_recording(path / "walk.npz")


def in_camera(recording: Recording) -> np.ndarray:
    """(N, 3, 3) global orientations in the camera's axes."""
    boxes = recording.boxes
    turns = [
        ray_rotation(Box(*box), *AMASS_SIZE) @ own[0]
        for box, own in zip(boxes, recording.rotmat, strict=True)
    ]
    return np.stack(turns)


@pytest.mark.parametrize("axes", UPRIGHT)
@pytest.mark.parametrize("amass", [True, False], ids=["AMASS's names", "smplx's names"])
def test_it_stands_upright_and_faces_the_camera_whatever_its_axes(tmp_path, axes, amass):
    content = arrays(axes=axes)
    if not amass:
        poses = content.pop("poses")
        del content["mocap_framerate"]
        content |= {"global_orient": poses[:, :3], "body_pose": poses[:, 3:66], "fps": 60}
    recording = load(tmp_path, **content)
    assert f"taken as {axes}" in recording.notice
    first = in_camera(recording)[0]
    np.testing.assert_allclose(first @ [0, 1, 0], [0, -1, 0], atol=1e-5)
    if axes in ("z up", "y up"):
        np.testing.assert_allclose(first @ [0, 0, 1], [0, 0, -1], atol=1e-5)


def test_who_crawls_is_not_stood_up(tmp_path):
    flat = np.linspace([0, 0, 0.4], [0, 4, 0.4], FRAMES)
    poses = walking()
    poses[:, :3] = 0.0  # the trunk along +y, the way that is gone
    recording = load(tmp_path, **arrays(poses=poses, trans=flat))
    assert "taken as z up" in recording.notice


def rotmats(poses: np.ndarray) -> np.ndarray:
    """(N, 72) -> (N, 24, 3, 3)."""
    return rotmat_from_axis_angle(torch.from_numpy(poses.reshape(len(poses), -1, 3))).numpy()


SAME_POSE = {
    "poses of SMPL-X": {"poses": walking(165)},
    "poses of 22 joints": {"poses": walking(66)},
    "joints apart": {"poses": walking(72).reshape(FRAMES, 24, 3)},
    "52 joints apart": {"poses": walking(156).reshape(FRAMES, 52, 3)},
    "rotation matrices": {"poses": rotmats(walking(72))},
    "matrices in a row": {"poses": rotmats(walking(72)).reshape(FRAMES, -1)},
    "root and body": {"root_orient": walking()[:, :3], "pose_body": walking()[:, 3:66]},
    "root and poses": {"root_orient": walking()[:, :3], "poses": walking()[:, 3:66]},
    "smplx's names": {"global_orient": walking()[:, :3], "body_pose": walking()[:, 3:72]},
    "root of three dimensions": {"global_orient": walking()[:, None, :3], "body_pose": walking()[:, 3:66]},
    "matrices by smplx's names": {
        "global_orient": rotmats(walking(72))[:, :1],
        "body_pose": rotmats(walking(72))[:, 1:],
    },
    "WHAM's": {
        "pose_world": walking(72),
        "pose": walking(72, "y down"),
        "trans_world": np.zeros((FRAMES, 3)),
    },
    "a batch of one": {"poses": walking(72)[None]},
    "float32": {"poses": walking().astype(np.float32)},
    "the other byte order": {"poses": walking().astype(">f8")},
}


@pytest.mark.parametrize("content", SAME_POSE.values(), ids=SAME_POSE)
def test_a_pose_is_understood_in_every_layout(tmp_path, content):
    (tmp_path / "reference").mkdir()
    reference = load(tmp_path / "reference", **arrays(columns=72))
    recording = load(tmp_path, **(arrays(poses=None) | content))
    np.testing.assert_allclose(recording.rotmat[:, 1:22], reference.rotmat[:, 1:22], atol=1e-5)
    np.testing.assert_allclose(in_camera(recording), in_camera(reference), atol=1e-4)
    assert "taken as z up" in recording.notice


@pytest.mark.parametrize(
    "rate",
    [60.0, np.array([60.0]), np.array([[60]]), "60", np.array(["60.0"]), np.array(b"60"), "60 fps"],
    ids=lambda rate: f"{type(rate).__name__}{np.shape(rate)}",
)
@pytest.mark.parametrize("name", ["mocap_framerate", "mocap_frame_rate", "fps"])
def test_the_rate_is_read_under_every_name_and_in_every_form(tmp_path, name, rate):
    assert load(tmp_path, **arrays(mocap_framerate=None), **{name: rate}).rate == pytest.approx(60)


def test_what_lacks_is_assumed_and_said(tmp_path):
    recording = load(tmp_path, poses=walking(66))
    assert recording.rate == pytest.approx(30)
    assert not recording.betas.any()
    for words in ("no frame rate: 30 frames a second assumed", "no betas: the mean shape", "no trans"):
        assert words in recording.notice
    length = load(tmp_path, **arrays(mocap_framerate=None, mocap_time_length=FRAMES / 25))
    assert length.rate == pytest.approx(25)


def test_what_is_left_out_is_said(tmp_path):
    content = arrays(surface_model_type="smplx", pose_jaw=np.zeros((FRAMES, 3)), dmpls=np.zeros((FRAMES, 8)))
    notice = load(tmp_path, **content).notice
    for words in ("body model SMPL-X", "gender female", "fingers", "the face", "soft tissue"):
        assert words in notice
    assert "not shown" not in load(tmp_path, **arrays(columns=72, gender="neutral")).notice


def test_betas_may_be_one_body_s_or_each_frame_s_of_any_length(tmp_path):
    for betas in (np.full(16, 0.5), np.full((1, 300), 0.5), np.full((FRAMES, 10), 0.5)):
        assert (load(tmp_path, **arrays(betas=betas)).betas == 0.5).all()
    few = load(tmp_path, **arrays(betas=np.full(3, 0.5))).betas
    assert few[:, :3].all()
    assert not few[:, 3:].any()


def test_pickled_dictionaries_beside_the_arrays_are_not_touched(tmp_path):
    class Unknown:
        pass

    Unknown.__module__, Unknown.__qualname__ = "builtins", "eval"
    assert load(tmp_path, **arrays(), markers_latent_vids=np.array({"C7": 1, "x": {1}}, object)).person.all()


def test_arrays_within_pickled_dictionaries_are_found(tmp_path):
    inner = {"pose": walking(72), "trans": np.zeros((FRAMES, 3)), "betas": np.zeros(10)}
    assert len(load(tmp_path, wham=np.array({0: inner}, object)).rotmat) == FRAMES
    seen = {"global_orient": walking(axes="y down")[:, :3], "body_pose": walking()[:, 3:66]}
    in_world = {"global_orient": walking(axes="y up")[:, :3], "body_pose": walking()[:, 3:66]}
    both = {"smpl_params_incam": seen, "smpl_params_global": in_world}
    assert "taken as y up" in load(tmp_path, **both).notice


def test_frames_without_numbers_are_named_and_show_nobody(tmp_path):
    content = arrays()
    content["poses"][7, 5] = np.nan
    content["trans"][[9, 10]] = np.inf
    recording = load(tmp_path, **content)
    assert np.flatnonzero(~recording.person).tolist() == [7, 9, 10]
    assert "frames 7, 9, 10 of 30: no numbers" in recording.notice
    assert np.isfinite(recording.rotmat).all()
    assert np.isfinite(recording.boxes).all()


def results(kind: type) -> dict:
    """What WHAM (arrays) and GVHMR (tensors) write."""
    pose, zeros = walking(72).astype(np.float32), np.zeros((FRAMES, 3), np.float32)
    if kind is np.ndarray:
        one = {"pose": pose[:, ::-1].copy(), "pose_world": pose, "trans_world": zeros}
        return {0: one | {"betas": np.zeros((FRAMES, 10), np.float32)}}
    pose, zeros = torch.from_numpy(pose), torch.from_numpy(zeros)
    in_world = {"global_orient": pose[:, :3], "body_pose": pose[:, 3:66], "transl": zeros}
    return {"smpl_params_incam": {}, "smpl_params_global": in_world, "K_fullimg": torch.eye(3)}


def test_results_of_wham_and_gvhmr_open_as_they_are(tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    joblib.dump(results(np.ndarray), tmp_path / "wham_output.pkl")
    torch.save(results(torch.Tensor), tmp_path / "hmr4d_results.pt")
    (tmp_path / "plain.pkl").write_bytes(pickle.dumps(results(np.ndarray)))
    for name in ("wham_output.pkl", "hmr4d_results.pt", "plain.pkl"):
        recording = load_recording(tmp_path / name)
        assert kind_of(str(tmp_path / name)) == "recording"
        assert len(recording.rotmat) == FRAMES
        np.testing.assert_allclose(in_camera(recording)[0] @ [0, 1, 0], [0, -1, 0], atol=1e-5)
        assert "no frame rate: 30" in recording.notice


def test_of_several_people_the_first_is_shown_and_it_is_said(tmp_path):
    people = {number: {"pose": walking(72), "trans": np.zeros((FRAMES, 3))} for number in (0, 1, 2)}
    people[3] = people  # a file may hold itself
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(people))
    assert "the first of its 3 people" in load_recording(tmp_path / "a.pkl").notice


def test_hostile_and_other_pickles_are_refused(tmp_path):
    class Hostile:
        def __reduce__(self):
            return print, ("a pickle ran code",)

    (tmp_path / "evil.pkl").write_bytes(pickle.dumps({"poses": Hostile()}))
    with pytest.raises(RecordingError, match=r"evil\.pkl asks to load builtins\.print"):
        load_recording(tmp_path / "evil.pkl")
    (tmp_path / "other.pkl").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(RecordingError, match=r"other\.pkl holds pickled objects without poses"):
        load_recording(tmp_path / "other.pkl")


REFUSED = {
    "ROMP's": ({"results": {"smpl_thetas": walking()[:1, :72]}}, "ROMP's result for a single picture"),
    "pickled, no pose": ({"results": {"a": 1}}, "pickled objects .results. without poses"),
    "no pose": ({"a": np.zeros(3), "trans": np.zeros((3, 3))}, "holds no poses .a, trans."),
    "no root": (arrays(poses=walking()[:, 3:66]), "lacks the root's orientation"),
    "quaternions": (arrays(poses=np.zeros((FRAMES, 24, 4))), "axis-angle"),
    "six numbers a joint": (arrays(poses=np.zeros((FRAMES, 24, 6))), "axis-angle"),
    "no rotations": (arrays(poses=np.ones((FRAMES, 24, 3, 3))), "no rotations"),
    "text": (arrays(poses=np.full((FRAMES, 72), "a")), "no array of numbers"),
    "no frames": (arrays(poses=np.zeros((0, 72)), trans=np.zeros((0, 3))), "no frame"),
    "no numbers": (arrays(trans=np.full((FRAMES, 3), np.nan)), "no frame holds numbers only"),
    "trans too short": (arrays(trans=np.zeros((3, 3))), "trans has the shape"),
    "betas of other frames": (arrays(betas=np.zeros((3, 10))), "betas has the shape"),
    "a rate in words": (arrays(mocap_framerate="fast"), "mocap_framerate is no single number"),
    "two rates": (arrays(mocap_framerate=np.array([30, 60])), "no single number"),
    "no rate": (arrays(mocap_framerate=0.0), "0 frames a second cannot be"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_in_one_sentence(tmp_path, content, words):
    with pytest.raises(RecordingError, match=rf"walk\.npz .*{words}") as refused:
        load(tmp_path, **content)
    assert "\n" not in str(refused.value)


def test_a_lone_array_is_told_how_to_be_saved(tmp_path):
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, walking(72))
    with pytest.raises(RecordingError, match=r"array\.npz is a single array without a name: .*numpy\.savez"):
        load_recording(tmp_path / "array.npz")


def test_a_single_frame_is_shown(tmp_path):
    assert len(load(tmp_path, **arrays(poses=walking(72)[0], trans=np.zeros((1, 3)))).rotmat) == 1
