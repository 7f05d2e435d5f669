"""Joint conventions: orders against what the published data says, stand-ins against the free body."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.skinning import load_body
from str_live.datasets import joint_sets as conventions
from str_live.datasets.joint_sets import (
    COMMON_14,
    COMMON_14_HIPS,
    COMMON_14_IN_49,
    EXTRA_JOINTS,
    FROM_54,
    H36M_TO_J14,
    H36M_TO_J17,
    INSTA_25,
    MPII3D_17,
    MPII3D_17_IN_49,
    MPII3D_17_PELVIS,
    POSETRACK_17,
    SPIN_49,
    VERTEX_JOINTS,
    free_joints_49,
    free_mixture,
    regress_common_14,
    smpl_joints_49,
    to_spin_49,
)
from str_live.rotation import rotmat_from_axis_angle
from str_live.skeleton import JOINT_NAMES

ALL_54 = (*JOINT_NAMES, *VERTEX_JOINTS, *EXTRA_JOINTS)
SAME_JOINT = {
    "op_neck": "neck", "op_middle_hip": "pelvis", "right_hip": "right_hip_lsp", "left_hip": "left_hip_lsp",
    "neck": "neck_lsp", "head_top": "head_top_lsp", "pelvis": "pelvis_mpii", "thorax": "thorax_mpii",
    "spine": "spine_h36m", "jaw": "jaw_h36m", "head": "head_h36m",
}  # fmt: skip


def test_permutation_leads_to_the_joint_of_the_same_name():
    assert len(ALL_54) == 54
    for name, place in zip(SPIN_49, FROM_54, strict=True):
        assert ALL_54[place] == SAME_JOINT.get(name, name.removeprefix("op_"))


def test_index_tuples_are_those_of_the_specification():
    assert tuple(range(25, 39)) == COMMON_14_IN_49
    assert MPII3D_17_IN_49 == (38, 37, 33, 32, 31, 34, 35, 36, 27, 26, 25, 28, 29, 30, 39, 41, 43)
    assert ((2, 3), len(MPII3D_17) - 3) == (COMMON_14_HIPS, MPII3D_17_PELVIS)
    assert sorted(H36M_TO_J17) == list(range(17))
    assert H36M_TO_J14 == (6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10)


@pytest.mark.parametrize("names", [SPIN_49, COMMON_14, INSTA_25, POSETRACK_17, MPII3D_17])
def test_names_are_whole_and_known(names):
    assert len(set(names)) == len(names)
    assert set(names) <= set(SPIN_49)


def test_sides_are_told_apart_in_every_order():
    for names in (SPIN_49, COMMON_14, INSTA_25, POSETRACK_17, MPII3D_17, ALL_54):
        left = {name.replace("left", "right") for name in names if "left" in name}
        assert left == {name for name in names if "right" in name}


def test_vertex_ids_are_those_of_smplx():
    from smplx.vertex_ids import vertex_ids

    names = {"eye": "eye", "ear": "ear", "_big_toe": "BigToe", "_small_toe": "SmallToe", "_heel": "Heel"}
    for name, vertex in VERTEX_JOINTS.items():
        side, _, rest = name.partition("_")
        if name == "nose":
            key = name
        elif f"_{rest}" in names:
            key = side[0].upper() + names[f"_{rest}"]
        else:
            key = side[0] + rest
        assert vertex_ids["smplh"][key] == vertex


def test_real_smpl_joints_are_stacked_and_permuted():
    rng = torch.Generator().manual_seed(0)
    vertices, joints = torch.rand(2, 6890, 3, generator=rng), torch.rand(2, 24, 3, generator=rng)
    regressor = torch.rand(9, 6890, generator=rng) / 6890
    said = smpl_joints_49(vertices, joints, regressor)
    assert said.shape == (2, 49, 3)
    assert torch.equal(said[:, SPIN_49.index("op_left_heel")], vertices[:, 3387])
    assert torch.equal(said[:, SPIN_49.index("nose")], vertices[:, 332])
    assert torch.equal(said[:, SPIN_49.index("left_ankle")], joints[:, JOINT_NAMES.index("left_ankle")])
    torch.testing.assert_close(said[:, 43], (regressor[8][None, :, None] * vertices).sum(1))


def test_vertex_ids_are_refused_on_another_body():
    with pytest.raises(ValueError, match="free_joints_49"):
        smpl_joints_49(torch.zeros(1, 100, 3), torch.zeros(1, 24, 3), torch.zeros(9, 100))


@pytest.fixture(scope="module")
def body():
    return load_body()


def free_49(body, rotmat: torch.Tensor) -> torch.Tensor:
    betas = torch.zeros(len(rotmat), 10)
    return free_joints_49(body.joints_only(rotmat, betas), body.landmarks(rotmat, betas))


def test_stand_ins_lie_where_their_names_say(body):
    rest = torch.eye(3).expand(1, 24, 3, 3)
    vertices = body(rest, torch.zeros(1, 10)).vertices[0]
    at = dict(zip(SPIN_49, free_49(body, rest)[0], strict=True))
    assert abs(at["head_top"][1] - vertices[:, 1].max()) < 0.01
    assert at["op_left_big_toe"][2] > at["op_left_heel"][2] + 0.2
    order = [
        "head_top",
        "op_left_eye",
        "jaw",
        "neck",
        "thorax",
        "spine",
        "pelvis",
        "op_left_knee",
        "op_left_heel",
    ]
    heights = [float(at[name][1]) for name in order]
    assert heights == sorted(heights, reverse=True)
    for name in SPIN_49:
        if "left" in name:
            assert at[name][0] > 0.01
            mirrored = at[name.replace("left", "right")] * torch.tensor([-1.0, 1.0, 1.0])
            torch.testing.assert_close(at[name], mirrored, atol=1e-3, rtol=0)


def test_stand_ins_turn_and_move_with_the_body(body):
    mixture = free_mixture()
    torch.testing.assert_close(mixture.sum(1), torch.ones(49))
    turn = rotmat_from_axis_angle(torch.tensor([0.3, -1.0, 0.5]))
    rest = torch.eye(3).repeat(1, 24, 1, 1)
    turned = rest.clone()
    turned[:, 0] = turn
    pelvis = free_49(body, rest)[:, 8:9]
    expected = (free_49(body, rest) - pelvis) @ turn.T + pelvis
    torch.testing.assert_close(free_49(body, turned), expected, atol=1e-5, rtol=0)


def test_common_joints_from_vertices():
    rng = np.random.default_rng(0)
    vertices, regressor = rng.random((2, 30, 3)), rng.random((17, 30))
    said = regress_common_14(vertices, regressor)
    assert said.shape == (2, 14, 3)
    np.testing.assert_allclose(said[1, 13], regressor[10] @ vertices[1])


@pytest.mark.parametrize("names", [COMMON_14, INSTA_25, POSETRACK_17])
def test_other_orders_become_the_49_with_zero_rows_for_what_they_lack(names):
    points = np.random.default_rng(0).random((3, len(names), 3)).astype(np.float32) + 1
    before = points.copy()
    said = to_spin_49(points, names)
    assert said.shape == (3, 49, 3)
    for index, name in enumerate(SPIN_49):
        if name in names:
            assert np.array_equal(said[:, index], points[:, names.index(name)])
        else:
            assert not said[:, index].any()
    said[:] = 0
    assert np.array_equal(points, before)


def test_tuples_index_numpy_and_torch_alike():
    points = np.arange(49 * 3).reshape(1, 49, 3)
    picked = points[:, list(conventions.MPII3D_17_IN_49)]
    assert np.array_equal(torch.from_numpy(points)[:, list(conventions.MPII3D_17_IN_49)].numpy(), picked)
