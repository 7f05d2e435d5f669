"""Packs of motion: what is read is what was written; real ones are people the right way round."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from str_live.datasets.motion import load_motion
from str_live.datasets.motion.catalogue import FIRST, RULES
from str_live.datasets.motion.packs import Pack, clip_of_pack, read_pack, read_packs
from str_live.datasets.motion.retarget import retarget
from str_live.datasets.motion.skeleton import LIMB_CHILD, forward_kinematics, load_rest_joints
from str_live.skeleton import JOINT, PARENTS
from tests.datasets.motion.small_pack import small_pack, write

SHARED_PACKS = Path(__file__).parents[4] / "shared" / "data" / "motion" / "more"
NAMES = ["Walking_wd2_u-turn", "Balancing_wd2_1_kick"]
FRAMES = 40


@pytest.fixture
def turns() -> list[Rotation]:
    """Of two clips: every joint turns smoothly, by up to half a radian."""
    rng = np.random.default_rng(0)
    time = np.linspace(0, 2, FRAMES)[:, None, None]
    return [
        Rotation.from_rotvec((0.3 * np.sin(time + rng.normal(size=(1, 24, 3)))).reshape(-1, 3)) for _ in NAMES
    ]


@pytest.fixture
def root() -> list[np.ndarray]:
    return [np.linspace((0, 0.9, 0), (speed, 0.9, 1), FRAMES) for speed in (0.5, 1.0)]


@pytest.fixture
def arrays(rest_joints, turns, root) -> dict[str, np.ndarray]:
    return small_pack(rest_joints, turns, root, names=NAMES, fps=60.0)


def test_clips_come_back_as_they_were_written(tmp_path, arrays, turns, root):
    write(tmp_path, arrays)
    found = list(read_packs(tmp_path, ["snu_woody"]))
    assert [(clip.name, clip.source, clip.licence) for clip in found] == [
        (name, "snu_woody", "made up") for name in NAMES
    ]
    for clip, written, places in zip(found, turns, root, strict=True):
        local = written.as_matrix().reshape(FRAMES, 24, 3, 3)
        wanted = local.copy()
        for joint, parent in enumerate(PARENTS[1:], start=1):
            wanted[:, joint] = wanted[:, parent] @ local[:, joint]
        # nine turns, each kept to half a step of 1/8192 in four numbers: 9 * 2 * 2 * half a step
        np.testing.assert_allclose(clip.turns, wanted, atol=9 * 2 / 8192)
        np.testing.assert_allclose(clip.root, places, atol=1e-4)
        np.testing.assert_allclose(np.diff(clip.times_s), 1 / 60)


def test_a_pack_of_the_target_s_own_body_is_retargeted_to_itself(tmp_path, arrays, rest_joints, turns):
    write(tmp_path, arrays)
    clip = retarget(next(read_packs(tmp_path, ["snu_woody"])), rest_joints)
    # A clip of 60 fps loses every second frame; hands are stiff beyond the wrist in nobody but basketball.
    wanted = turns[0].as_matrix().reshape(FRAMES, 24, 3, 3)[::2]
    np.testing.assert_allclose(clip.rotmat, wanted, atol=9 * 2 / 8192)


def test_packs_are_left_out_unless_asked_for(tmp_path, arrays, rest_joints):
    write(tmp_path, arrays)
    write(tmp_path, arrays | {"clip_names": np.array(["m01_s01_e01", "m01_s01_e02"])}, "uiprmd_50fps")
    assert load_motion(tmp_path, rest_joints) == []
    assert {clip.source for clip in load_motion(tmp_path, rest_joints, ["snu"])} == {"uiprmd_50fps"}
    assert len(load_motion(tmp_path, rest_joints, ["none"])) == 4


def test_an_unknown_source_to_leave_out_is_named_with_the_known_ones(tmp_path, rest_joints):
    with pytest.raises(ValueError, match=r"called snow: give one of none, packs, snu, cmu_expmap"):
        load_motion(tmp_path, rest_joints, ["snow"])


def test_a_pack_that_the_catalogue_does_not_know_is_named(tmp_path, arrays):
    write(tmp_path, arrays, "somebody")
    with pytest.raises(ValueError, match=r"somebody\.npz is unknown"):
        list(read_packs(tmp_path, ["snu_woody"]))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clip_first", np.array([0, 30, 10**6])),
        ("clip_first", np.array([0, 0, 80])),
        ("clip_fps", np.array([60.0, 0.0])),
        ("clip_fps", np.array([60.0, np.nan])),
        ("target", np.full(24, 24)),
        ("parents", np.arange(24)),
        ("quat_steps", np.zeros((24, 4, 3), np.int16)),
        ("quat_steps", np.zeros((24, 4, 2 * FRAMES), np.int16)),
        ("offsets", np.full((1, 24, 3), np.inf)),
        ("offsets", np.zeros((1, 24, 3), complex)),
        ("about", np.array("no json")),
        ("about", np.array("[]")),
    ],
)
def test_a_damaged_pack_ends_in_a_sentence_that_names_it(tmp_path, arrays, key, value):
    write(tmp_path, arrays | {key: value})
    with pytest.raises(ValueError, match=r"snu_woody\.npz"):
        list(read_packs(tmp_path, ["snu_woody"]))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_a_file_that_is_no_archive_is_named(tmp_path, arrays, content):
    write(tmp_path, arrays).write_bytes(content)
    with pytest.raises(ValueError, match=r"snu_woody\.npz is no pack"):
        list(read_packs(tmp_path, ["snu_woody"]))


def test_a_pack_without_a_key_names_it(tmp_path, arrays):
    del arrays["clip_fps"]
    write(tmp_path, arrays)
    with pytest.raises(ValueError, match="clip_fps"):
        list(read_packs(tmp_path, ["snu_woody"]))


def part_of(pack: Pack) -> list[int]:
    """Numbers of four clips, from the shortest on."""
    return np.argsort(np.diff(pack.first))[::2][:4].tolist()


@pytest.mark.shared_data
@pytest.mark.parametrize("source", [source for source in RULES if source not in FIRST])
def test_the_people_of_a_real_pack_stand_upright_left_is_left_and_bones_point_as_recorded(source):
    path = SHARED_PACKS / f"{source}.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    pack, rest_joints = read_pack(path), load_rest_joints()
    clips = [clip_of_pack(pack, number) for number in part_of(pack)]
    for motion in clips:
        clip = retarget(motion, rest_joints)
        seconds = motion.times_s[-1]
        assert len(clip) == pytest.approx(30 * seconds + 1, abs=1)
        assert 0.7 < motion.leg_length < 1.0  # metres
        turned, joints = forward_kinematics(clip.rotmat, clip.root, rest_joints)
        across = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
        assert (np.einsum("nc,nc->n", across, turned[:, 0, :, 0]) > 0.1).all()
        # The directions of limbs are those of the source, wherever no frame was made up in between.
        if float(pack.fps[0]) in (30.0, 60.0):
            step = round(float(pack.fps[0]) / 30)
            for joint, child in LIMB_CHILD.items():
                said = joints[:, child] - joints[:, joint]
                true = np.einsum("nij,j->ni", motion.turns[::step, joint], motion.rest_bones[joint])
                said, true = (bone / np.linalg.norm(bone, axis=1, keepdims=True) for bone in (said, true))
                count = min(len(said), len(true))
                cosine = np.einsum("nc,nc->n", said[:count], true[:count])
                assert np.median(cosine) > np.cos(np.radians(0.2))
    upright = [
        retarget(motion, rest_joints).rotmat[:, 0, 1, 1] for motion in clips
    ]  # of the pelvis' own up axis, how much points up
    assert np.median(np.concatenate(upright)) > 0.8
