"""SMPL's relatives: SMPL-H and SMPL-X become SMPL bodies, the others are named."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.skinning import load_body
from str_live.body.smpl_files import BodyFileError, read_body
from str_live.rotation import rotmat_from_axis_angle
from str_live.skeleton import PARENTS
from tests.body.test_smpl_files import VERTICES, dense, smpl_arrays, write_pickle

FINGERS = (0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14)
"""Of each finger joint its place in the hand's chain; 0: it hangs on the wrist."""


def parents_of(joints: int) -> list[int]:
    """The tree of SMPL-H (52) or SMPL-X (55)."""
    tree = list(PARENTS[:22]) + ([15, 15, 15] if joints == 55 else [])
    for wrist in (20, 21):
        start = len(tree)
        tree += [wrist if index % 3 == 0 else start + index - 1 for index in range(15)]
    return tree


def relative(joints: int, components: int = 16) -> dict[str, object]:
    """A made-up body in the layout of SMPL-H or SMPL-X."""
    rng = np.random.default_rng(joints)
    weights = rng.random((VERTICES, joints)) ** 8
    regressor = rng.random((joints, VERTICES)) ** 4
    return {
        **dense(smpl_arrays()),
        "shapedirs": rng.normal(size=(VERTICES, 3, components)) * 0.01,
        "posedirs": rng.normal(size=(VERTICES, 3, 9 * (joints - 1))) * 0.001,
        "J_regressor": regressor / regressor.sum(1, keepdims=True),
        "weights": weights / weights.sum(1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, *parents_of(joints)[1:]], range(joints)], np.uint32),
        "hands_meanl": np.zeros(45),
        "hands_componentsl": np.zeros((45, 45)),
    }


def posed(arrays: dict[str, np.ndarray], rotmat: np.ndarray) -> np.ndarray:
    """(V, 3): linear blend skinning of all its joints, written out."""
    joints, parents = arrays["J_regressor"] @ arrays["v_template"], parents_of(len(rotmat))
    feature = (rotmat[1:] - np.eye(3)).reshape(-1)
    shaped = arrays["v_template"] + arrays["posedirs"] @ feature
    turned, placed = [rotmat[0]], [joints[0]]
    for joint in range(1, len(rotmat)):
        parent = parents[joint]
        turned.append(turned[parent] @ rotmat[joint])
        placed.append(placed[parent] + turned[parent] @ (joints[joint] - joints[parent]))
    moved = [
        weight[:, None] * ((shaped - joints[joint]) @ turned[joint].T + placed[joint])
        for joint, weight in enumerate(arrays["weights"].T)
    ]
    return np.sum(moved, axis=0)


@pytest.mark.parametrize("joints", [52, 55], ids=["SMPL-H", "SMPL-X"])
@pytest.mark.parametrize("suffix", ["npz", "pkl"])
def test_it_moves_as_the_whole_model_does_with_fingers_and_face_at_rest(tmp_path, joints, suffix):
    arrays = relative(joints)
    path = tmp_path / f"model.{suffix}"
    np.savez(path, **arrays) if suffix == "npz" else write_pickle(path, arrays)
    axis_angle = torch.zeros(1, 24, 3, dtype=torch.float64)
    axis_angle[:, :22] = torch.randn(1, 22, 3, generator=torch.manual_seed(0), dtype=torch.float64) * 0.5
    rotmat = rotmat_from_axis_angle(axis_angle)
    whole = np.tile(np.eye(3), (joints, 1, 1))
    whole[:22] = rotmat[0, :22].numpy()
    found = load_body(path)(rotmat.float(), torch.zeros(1, 10))
    np.testing.assert_allclose(found.vertices[0].numpy(), posed(arrays, whole), atol=1e-4)
    assert found.joints.shape == (1, 24, 3)


def test_fingers_follow_the_hand_joint_and_the_face_the_head(tmp_path):
    arrays = relative(55)
    np.savez(tmp_path / "SMPLX_NEUTRAL.npz", **arrays)
    body = read_body(tmp_path / "SMPLX_NEUTRAL.npz")
    weights = arrays["weights"]
    np.testing.assert_allclose(body.weights[:, 22], weights[:, 25:40].sum(1), atol=1e-6)
    np.testing.assert_allclose(body.weights[:, 23], weights[:, 40:55].sum(1), atol=1e-6)
    np.testing.assert_allclose(body.weights[:, 15], weights[:, [15, 22, 23, 24]].sum(1), atol=1e-6)
    np.testing.assert_allclose(body.joint_regressor[22], arrays["J_regressor"][28], atol=1e-6)


STAR = {"posedirs": np.zeros((VERTICES, 3, 93))}
SKEL = {"skin_template_v": np.zeros((VERTICES, 3)), "skel_template_v": np.zeros((VERTICES, 3))}
MANO = {"weights": np.zeros((VERTICES, 16)), "J_regressor": np.zeros((16, VERTICES))}
FLAME = {"weights": np.zeros((VERTICES, 5)), "J_regressor": np.zeros((5, VERTICES))}
MEAN = {"pose": np.zeros(144), "shape": np.zeros(10), "cam": np.zeros(3)}
MOTION = {"poses": np.zeros((3, 156)), "trans": np.zeros((3, 3))}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (dense(smpl_arrays()) | STAR, "STAR"),
        (SKEL, "SKEL"),
        (dense(smpl_arrays()) | MANO, "MANO"),
        (dense(smpl_arrays()) | FLAME, "FLAME"),
        (MEAN, "smpl_mean_params"),
        (MOTION, "a motion"),
    ],
    ids=["STAR", "SKEL", "MANO", "FLAME", "mean parameters", "motion"],
)
def test_models_that_cannot_run_are_named(tmp_path, arrays, words):
    np.savez(tmp_path / "model.npz", **arrays)
    for path in (tmp_path / "model.npz", write_pickle(tmp_path / "model.pkl", arrays)):
        with pytest.raises(BodyFileError, match=rf"{path.name} cannot be used: it is {words}.* mend it, "):
            read_body(path)
