from __future__ import annotations

import tarfile

import numpy as np
import pytest

from str_live.datasets.motion.cmu_bvh import NAMINGS, parse_bvh, read_cmu_bvh, target_globals
from str_live.datasets.motion.retarget import retarget
from str_live.datasets.motion.skeleton import forward_kinematics
from str_live.skeleton import JOINT, JOINT_NAMES, PARENTS

ROOT_CHANNELS = "CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation"
CHANNELS = "CHANNELS 3 Zrotation Yrotation Xrotation"


def bvh_text(joints: np.ndarray, naming: str, frames: np.ndarray) -> str:
    """Write a tree over the bones of a naming (hands share the wrist's bone), offsets in centimetres."""
    bones, lines = NAMINGS[naming], ["HIERARCHY"]

    def write(index: int, depth: int) -> None:
        pad = "\t" * depth
        offset = 100 * (joints[index] - joints[PARENTS[index]]) if index else np.zeros(3)
        lines.append(f"{pad}{'JOINT' if index else 'ROOT'} {bones[JOINT_NAMES[index]]}")
        lines.append(f"{pad}{{")
        lines.append(f"{pad}\tOFFSET {offset[0]:.6f} {offset[1]:.6f} {offset[2]:.6f}")
        lines.append(f"{pad}\t{CHANNELS if index else ROOT_CHANNELS}")
        children = [c for c in order if PARENTS[c] == index]
        for child in children:
            write(child, depth + 1)
        if not children:
            lines.extend([f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET 0 0 1", f"{pad}\t}}"])
        lines.append(f"{pad}}}")

    order = [index for index in range(24) if "hand" not in JOINT_NAMES[index]]
    write(0, 0)
    rows = [" ".join(f"{value:.6f}" for value in row) for row in frames]
    return "\n".join([*lines, "MOTION", f"Frames: {len(frames)}", "Frame Time: 0.016667", *rows, ""])


def channel(text: str, bone: str) -> int:
    """Column of the first rotation of a bone."""
    bvh = parse_bvh("file", text)
    index = bvh.joints.index(bone)
    return sum(map(len, bvh.channels[:index])) + (3 if index == 0 else 0)


@pytest.fixture
def walking_forward(rest_joints):
    frames = np.zeros((61, 3 + 3 * 22))
    frames[1:, 1] = 95.0
    frames[1:, 2] = np.arange(60)
    return frames


@pytest.mark.parametrize("naming", NAMINGS)
def test_a_t_pose_that_slides_forward_becomes_one(rest_joints, walking_forward, naming, tmp_path):
    (tmp_path / "slide.bvh").write_text(bvh_text(rest_joints, naming, walking_forward))
    (motion,) = read_cmu_bvh(tmp_path)
    clip = retarget(motion, rest_joints)
    assert (clip.name, clip.source, len(clip)) == ("slide", "cmu_bvh", 30)
    keep = [index for index in range(24) if JOINT_NAMES[index] not in ("neck", "head")]
    np.testing.assert_allclose(clip.rotmat[:, keep], np.tile(np.eye(3), (30, len(keep), 1, 1)), atol=1e-6)
    np.testing.assert_allclose(np.diff(clip.root[:, 2]), 0.02, rtol=1e-3)


def test_intrinsic_angles_and_offsets_agree_with_the_target_kinematics(rest_joints, walking_forward):
    walking_forward[:, 3:] = np.random.default_rng(0).uniform(-40, 40, size=walking_forward[:, 3:].shape)
    text = bvh_text(rest_joints, "cmu", walking_forward)
    rotmat, positions = target_globals(parse_bvh("file", text))
    local = rotmat.copy()
    local[:, 1:] = np.swapaxes(rotmat[:, list(PARENTS[1:])], -1, -2) @ rotmat[:, 1:]
    _, expected = forward_kinematics(local, positions[:, 0], 100 * rest_joints)
    keep = [index for index in range(24) if "hand" not in JOINT_NAMES[index]]
    np.testing.assert_allclose(positions[:, keep], expected[:, keep], atol=1e-3)
    column = channel(text, NAMINGS["cmu"]["left_knee"])
    z, y, x = np.radians(walking_forward[7, column : column + 3])
    assert local[7, JOINT["left_knee"], 2, 0] == pytest.approx(-np.sin(y))
    assert local[7, JOINT["left_knee"], 1, 0] == pytest.approx(np.sin(z) * np.cos(y))
    assert local[7, JOINT["left_knee"], 2, 1] == pytest.approx(np.cos(y) * np.sin(x))


def test_archives_are_read_in_place_and_lend_their_t_pose(rest_joints, walking_forward, tmp_path):
    t_pose = bvh_text(rest_joints, "iclone", walking_forward)
    arms_down = walking_forward.copy()
    for bone, angle in (("left_shoulder", -80), ("right_shoulder", 80)):
        arms_down[:, channel(t_pose, NAMINGS["iclone"][bone])] = angle
    texts = {"b_rest": t_pose, "a_moves": bvh_text(rest_joints, "iclone", arms_down)}
    with tarfile.open(tmp_path / "motion.tar.xz", "w:xz") as archive:
        for name, text in texts.items():
            (tmp_path / "text").write_text(text)
            archive.add(tmp_path / "text", f"cmu/{name}.bvh")
    moving, resting = read_cmu_bvh(tmp_path)
    assert (moving.name, len(moving.times_s)) == ("a_moves", 61)  # no T-pose of its own to drop
    assert (resting.name, len(resting.times_s)) == ("b_rest", 60)
    clip = retarget(moving, rest_joints)
    _, positions = forward_kinematics(clip.rotmat, clip.root, rest_joints)
    arm = positions[0, JOINT["left_elbow"]] - positions[0, JOINT["left_shoulder"]]
    np.testing.assert_allclose(arm[:2] / np.linalg.norm(arm), [np.cos(1.396), -np.sin(1.396)], atol=1e-3)


def test_bad_files_are_named(rest_joints, walking_forward, tmp_path):
    with pytest.raises(ValueError, match="odd: not a BVH"):
        parse_bvh("odd", "HIERARCHY")
    text = bvh_text(rest_joints, "cmu", walking_forward)
    with pytest.raises(ValueError, match="do not fill"):
        parse_bvh("cut", text[:-200])
    with pytest.raises(ValueError, match="fit none of"):
        target_globals(parse_bvh("foreign", text.replace("Hips", "Bip01")))
    walking_forward[:, channel(text, "LeftArm")] = -80
    (tmp_path / "no_rest.bvh").write_text(bvh_text(rest_joints, "cmu", walking_forward))
    with pytest.raises(ValueError, match="T-pose"):
        list(read_cmu_bvh(tmp_path))
