"""The body model: skinning against a naive twin and smplx, and what the free body is like."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from str_live.body.skinning import Body, BodyOutput, load_body
from str_live.body.smpl_files import BodyArrays
from str_live.files import FREE_BODY
from str_live.skeleton import JOINT, JOINT_NAMES, PARENTS
from tests.body.mesh_normals import normals_agree

SIDES = [(name, name.replace("left", "right")) for name in JOINT_NAMES if name.startswith("left")]


@pytest.fixture(scope="module")
def free_body() -> Body:
    return load_body()


@pytest.fixture(scope="module")
def free_arrays() -> dict[str, np.ndarray]:
    with np.load(FREE_BODY) as archive:
        return {key: archive[key] for key in archive.files if key != "posedirs"}


def tiny_arrays(*, pose_blend: bool, vertices: int = 30, seed: int = 0) -> BodyArrays:
    rng = np.random.default_rng(seed)
    weights = rng.random((vertices, 24)).astype(np.float32) ** 4
    regressor = rng.random((24, vertices)).astype(np.float32)
    landmarks = rng.random((33, vertices)).astype(np.float32)
    return BodyArrays(
        name="tiny",
        v_template=rng.normal(size=(vertices, 3)).astype(np.float32),
        shapedirs=(0.1 * rng.normal(size=(vertices, 3, 10))).astype(np.float32),
        posedirs=(0.01 * rng.normal(size=(vertices, 3, 207))).astype(np.float32) if pose_blend else None,
        joint_regressor=regressor / regressor.sum(1, keepdims=True),
        weights=weights / weights.sum(1, keepdims=True),
        faces=rng.integers(0, vertices, (50, 3)).astype(np.int32),
        landmark_regressor=None if pose_blend else landmarks / landmarks.sum(1, keepdims=True),
        vertex_part=weights.argmax(1),
        part_names=JOINT_NAMES,
        licence="none",
    )


def random_pose(batch: int, seed: int = 0, angle: float = 3.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    rotmat = Rotation.from_rotvec(rng.uniform(-angle, angle, (batch * 24, 3)) / 1.8).as_matrix()
    betas = rng.normal(size=(batch, 10))
    return torch.tensor(rotmat, dtype=torch.float32).view(batch, 24, 3, 3), torch.tensor(
        betas, dtype=torch.float32
    )


def naive_skinning(
    arrays: BodyArrays, rotmat: np.ndarray, betas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One person with 4x4 matrices and plain loops in double precision: vertices (V, 3), joints (24, 3)."""
    shaped = arrays.v_template.astype(float) + arrays.shapedirs.astype(float) @ betas
    rest = arrays.joint_regressor.astype(float) @ shaped
    if arrays.posedirs is not None:
        shaped = shaped + arrays.posedirs.astype(float) @ (rotmat[1:] - np.eye(3)).ravel()
    world = []
    for joint, parent in enumerate(PARENTS):
        local = np.eye(4)
        local[:3, :3] = rotmat[joint]
        local[:3, 3] = rest[joint] - (rest[parent] if parent >= 0 else 0)
        world.append(local if parent < 0 else world[parent] @ local)
    vertices = np.zeros_like(shaped)
    for index, point in enumerate(shaped):
        for joint in range(24):
            moved = world[joint] @ np.append(point - rest[joint], 1.0)
            vertices[index] += arrays.weights[index, joint] * moved[:3]
    return vertices, np.array([matrix[:3, 3] for matrix in world])


def rotations_of(local: dict[str, tuple[float, float, float]]) -> torch.Tensor:
    """rotmat (1, 24, 3, 3) from degrees about x, y, z per joint name."""
    angles = np.zeros((24, 3))
    for name, values in local.items():
        angles[JOINT[name]] = values
    matrices = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return torch.tensor(matrices, dtype=torch.float32)[None]


REST = torch.eye(3).expand(1, 24, 3, 3)
MEAN = torch.zeros(1, 10)


@pytest.mark.parametrize("pose_blend", [False, True])
@pytest.mark.parametrize("batch", [1, 3])
def test_skinning_equals_the_naive_twin(pose_blend, batch):
    arrays = tiny_arrays(pose_blend=pose_blend)
    rotmat, betas = random_pose(batch)
    body = Body(arrays)
    for found in (body.vertices_and_joints(rotmat, betas), body.skin(rotmat, betas)):  # smplx's, ours
        for person in range(batch):
            matrices, shape = rotmat[person].numpy().astype(float), betas[person].numpy()
            vertices, joints = naive_skinning(arrays, matrices, shape)
            assert np.allclose(found[0][person], vertices, atol=2e-5)
            assert np.allclose(found[1][person], joints, atol=2e-5)


def test_our_skinning_of_the_free_body_equals_smplx(free_body, free_arrays):
    lbs = pytest.importorskip("smplx.lbs").lbs
    rotmat, betas = random_pose(2)
    tensors = [
        torch.from_numpy(free_arrays[k].astype(np.float32))
        for k in ("v_template", "shapedirs", "J_regressor")
    ]
    template, shapedirs, regressor = tensors
    no_blend = torch.zeros(207, template.numel())
    weights = torch.from_numpy(free_arrays["weights"])
    vertices, joints = lbs(
        betas,
        rotmat,
        template,
        shapedirs,
        no_blend,
        regressor,
        torch.tensor(PARENTS),
        weights,
        pose2rot=False,
    )
    output = free_body(rotmat, betas)
    assert torch.allclose(output.vertices, vertices, atol=1e-5)
    assert torch.allclose(output.joints, joints, atol=1e-5)


@pytest.mark.parametrize("pose_blend", [False, True])
def test_joints_only_equals_the_joints_of_forward(pose_blend):
    body = Body(tiny_arrays(pose_blend=pose_blend))
    rotmat, betas = random_pose(4)
    assert torch.allclose(body.joints_only(rotmat, betas), body(rotmat, betas).joints, atol=1e-5)


def test_landmarks_equal_the_regressor_on_the_posed_vertices(free_body, free_arrays):
    rotmat, betas = random_pose(3)
    expected = torch.from_numpy(free_arrays["landmark_regressor"]) @ free_body(rotmat, betas).vertices
    assert torch.allclose(free_body.landmarks(rotmat, betas), expected, atol=2e-6)


def test_a_batch_is_independent_people(free_body):
    rotmat, betas = random_pose(3)
    together = free_body(rotmat, betas)
    alone = free_body(rotmat[1:2], betas[1:2])
    assert torch.allclose(together.vertices[1], alone.vertices[0], atol=1e-6)
    assert torch.allclose(together.joints[1], alone.joints[0], atol=1e-6)
    second = BodyOutput(together.vertices[1:2], together.joints[1:2], together.normals[1:2])
    assert normals_agree(free_body, second, alone)


def test_the_global_orientation_turns_everything_about_the_pelvis_joint(free_body):
    rotmat, betas = random_pose(1)
    turn = torch.tensor(Rotation.from_rotvec([0.3, 2.0, -1.0]).as_matrix(), dtype=torch.float32)
    turned = rotmat.clone()
    turned[:, 0] = turn @ rotmat[:, 0]
    before, after = free_body(rotmat, betas), free_body(turned, betas)
    pelvis = before.joints[:, :1]
    assert torch.allclose(after.joints[:, :1], pelvis, atol=1e-6)
    expected = (before.vertices - pelvis) @ turn.T + pelvis
    assert torch.allclose(after.vertices, expected, atol=1e-5)
    assert normals_agree(free_body, after, BodyOutput(expected, after.joints, before.normals @ turn.T))


def test_a_bone_keeps_its_length_in_every_pose(free_body):
    rotmat, betas = random_pose(4)
    rest = free_body.joints_only(REST.expand(4, -1, -1, -1), betas)
    posed = free_body.joints_only(rotmat, betas)
    parents = list(PARENTS[1:])
    lengths = [(joints[:, 1:] - joints[:, parents]).norm(dim=-1) for joints in (rest, posed)]
    assert torch.allclose(*lengths, atol=1e-5)


def test_normals_equal_the_naive_sum_over_faces():
    body = Body(tiny_arrays(pose_blend=False))
    output = body(*random_pose(2))
    naive = []
    for points in output.vertices.double().numpy():
        total = np.zeros_like(points)
        for a, b, c in body.faces:
            total[[a, b, c]] += np.cross(points[b] - points[a], points[c] - points[a])
        naive.append(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-30))
    expected = BodyOutput(output.vertices, output.joints, torch.from_numpy(np.stack(naive)))
    assert normals_agree(body, output, expected)


def test_normals_have_unit_length_and_point_outwards(free_body):
    output = free_body(*random_pose(2, angle=0.8))
    assert torch.allclose(output.normals.norm(dim=-1), torch.ones(output.normals.shape[:2]), atol=1e-4)
    rest = free_body(REST, MEAN)
    corners = rest.vertices[0, torch.from_numpy(free_body.faces.astype(np.int64))]
    volume = (
        torch.linalg.det(corners.double()).sum() / 6
    )  # the divergence theorem: positive if faces look out
    assert 0.05 < volume < 0.09  # cubic metres of an adult
    joint = rest.joints[0, torch.from_numpy(free_body.vertex_joint)]
    outwards = ((rest.vertices[0] - joint) * rest.normals[0]).sum(-1) > 0
    assert outwards.float().mean() > 0.85


def test_vertices_are_contiguous_for_the_view(free_body):
    output = free_body(*random_pose(1))
    assert output.vertices.is_contiguous()
    assert output.normals.is_contiguous()


@pytest.mark.parametrize("method", ["joints_only", "landmarks", "vertices_and_joints"])
def test_gradients_equal_finite_differences(method):
    body = Body(tiny_arrays(pose_blend=False, vertices=4)).double()
    rotmat, betas = (tensor.double().requires_grad_() for tensor in random_pose(1))
    weight = torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def value(r: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        result = getattr(body, method)(r, b)
        return ((result[0] if isinstance(result, tuple) else result) * weight).sum()

    assert torch.autograd.gradcheck(value, (rotmat, betas))


def test_nothing_of_the_body_lands_in_a_checkpoint(free_body):
    assert not free_body.state_dict()
    assert not Body(tiny_arrays(pose_blend=True)).state_dict()
    assert not list(free_body.parameters())


def test_wrong_shapes_are_named(free_body):
    with pytest.raises(AssertionError, match="rotmat"):
        free_body(torch.eye(3).expand(1, 23, 3, 3), MEAN)
    with pytest.raises(AssertionError, match="betas"):
        free_body(REST, torch.zeros(1, 11))


def test_a_body_without_landmarks_says_so():
    body = Body(tiny_arrays(pose_blend=True))
    assert not body.has_landmarks
    with pytest.raises(ValueError, match="tiny has no landmark regressor"):
        body.landmarks(REST, MEAN)


def test_the_free_body_runs_without_smplx(monkeypatch):
    monkeypatch.setitem(sys.modules, "smplx", None)
    monkeypatch.setitem(sys.modules, "smplx.lbs", None)
    assert load_body()(REST, MEAN).vertices.shape[0] == 1


def test_the_free_body_has_smpls_format(free_body, free_arrays):
    vertices = len(free_arrays["v_template"])
    assert vertices <= 14_000
    assert free_body.faces.shape[1] == 3
    assert free_body.faces.dtype == np.int32
    assert free_arrays["shapedirs"].shape == (vertices, 3, 10)
    assert tuple(free_arrays["kintree_table"][0, 1:]) == PARENTS[1:]
    assert free_arrays["kintree_table"][0, 0] == 2**32 - 1
    assert np.isin(np.arange(vertices), free_body.faces).all()
    assert "CC0" in free_body.licence
    for key in ("J_regressor", "landmark_regressor", "weights"):
        assert (free_arrays[key] >= 0).all()
        assert np.allclose(free_arrays[key].sum(1), 1, atol=1e-5)
    assert FREE_BODY.stat().st_size < 6e6


def test_the_free_body_is_as_tall_as_adults(free_body):
    statures = []
    for beta in (-2.0, 0.0, 2.0):
        betas = MEAN.clone()
        betas[0, 0] = beta
        statures.append(float(np.ptp(free_body(REST, betas).vertices[0, :, 1].numpy())))
    assert 1.45 < statures[0] < 1.56
    assert 1.66 < statures[1] < 1.76
    assert 1.86 < statures[2] < 2.00
    generator = torch.Generator().manual_seed(0)
    betas = torch.randn(200, 10, generator=generator)
    heights = np.ptp(
        free_body.vertices_and_joints(REST.expand(200, -1, -1, -1), betas)[0][..., 1].numpy(), axis=1
    )
    assert 0.08 < heights.std() < 0.13


def test_the_free_body_has_human_hips_and_parallel_legs(free_body):
    joints = free_body.joints_only(REST, MEAN)[0]
    assert joints[0].norm() < 0.01
    assert 0.18 <= float((joints[1] - joints[2]).norm()) <= 0.20
    assert 0.18 <= float((joints[7] - joints[8]).norm()) <= 0.20
    for chain in (("left_hip", "left_knee", "left_ankle"), ("right_hip", "right_knee", "right_ankle")):
        sideways = joints[[JOINT[name] for name in chain], 0]
        assert float(sideways.max() - sideways.min()) < 0.01
    arm = joints[[JOINT[f"left_{name}"] for name in ("shoulder", "elbow", "wrist", "hand")]]
    assert torch.all(arm[1:, 0] > arm[:-1, 0] + 0.05)
    assert float(np.ptp(arm[:, 1:].numpy(), axis=0).max()) < 0.01


def test_the_free_body_is_symmetric(free_body, free_arrays):
    twin = free_arrays["mirror_vertex"]
    assert np.array_equal(twin[twin], np.arange(len(twin)))
    flip = np.array([-1.0, 1.0, 1.0])
    template = free_arrays["v_template"]
    assert np.abs(template[twin] * flip - template).max() < 1e-4
    names = list(JOINT_NAMES)
    partner = [
        names.index(n.replace("left", "@").replace("right", "left").replace("@", "right")) for n in names
    ]
    assert np.allclose(free_arrays["weights"][twin][:, partner], free_arrays["weights"], atol=1e-6)
    assert np.allclose(free_arrays["J_regressor"][partner][:, twin], free_arrays["J_regressor"], atol=1e-6)
    joints = free_body.joints_only(REST, MEAN)[0].numpy()
    for left, right in SIDES:
        assert np.allclose(joints[JOINT[left]] * flip, joints[JOINT[right]], atol=1e-4)


def test_each_landmark_lies_where_it_should(free_body, free_arrays):
    names = list(free_arrays["landmark_names"])
    points = dict(zip(names, free_body.landmarks(REST, MEAN)[0].numpy(), strict=True))
    joints = free_body.joints_only(REST, MEAN)[0].numpy()
    for name, point in points.items():
        if "left" in name:
            assert point[0] > 0.01, name
            assert np.allclose(points[name.replace("left", "right")], point * [-1, 1, 1], atol=1e-4)
    assert abs(points["nose"][0]) < 1e-4
    assert all(
        points["nose"][2] > point[2]
        for name, point in points.items()
        if "foot_index" not in name and name != "nose"
    )
    assert points["left_foot_index"][2] - points["left_heel"][2] > 0.2
    assert (
        points["left_eye_inner"][0]
        < points["left_eye"][0]
        < points["left_eye_outer"][0]
        < points["left_ear"][0]
    )
    order = (
        "left_eye",
        "nose",
        "mouth_left",
        "left_shoulder",
        "left_hip",
        "left_knee",
        "left_ankle",
        "left_heel",
    )
    heights = [points[name][1] for name in order]
    assert heights == sorted(heights, reverse=True)
    for landmark, joint, limit in (
        ("left_shoulder", "left_shoulder", 0.025),
        ("left_hip", "left_hip", 0.02),
        ("left_elbow", "left_elbow", 0.01),
        ("left_wrist", "left_wrist", 0.01),
        ("left_knee", "left_knee", 0.02),
        ("left_ankle", "left_ankle", 0.01),
    ):
        assert np.linalg.norm(points[landmark] - joints[JOINT[joint]]) < limit, landmark


def test_landmarks_have_the_proportions_that_mediapipe_shows(free_body, free_arrays):
    """Lengths over the trunk's, against real detections (data-and-training study): within four per cent."""
    names = list(free_arrays["landmark_names"])
    points = dict(zip(names, free_body.landmarks(REST, MEAN)[0].numpy(), strict=True))

    def gap(first: str, second: str) -> float:
        return float(np.linalg.norm(points[first] - points[second]))

    trunk = (
        points["left_shoulder"] + points["right_shoulder"] - points["left_hip"] - points["right_hip"]
    ) / 2
    leg = gap("left_hip", "left_knee") + gap("left_knee", "left_ankle")
    found = [
        gap("left_shoulder", "right_shoulder"),
        gap("left_hip", "right_hip"),
        gap("left_shoulder", "left_elbow"),
        gap("left_elbow", "left_wrist"),
        leg,
    ]
    ratios = np.array(found) / np.linalg.norm(trunk)
    assert np.allclose(ratios, [0.668, 0.379, 0.577, 0.499, 1.698], rtol=0.04)


@pytest.mark.parametrize(
    ("pose", "landmark", "joint"),
    [
        ({"left_hip": (-90, 0, 0)}, "left_hip", "left_hip"),
        ({"left_shoulder": (0, 0, -80)}, "left_shoulder", "left_shoulder"),
        ({"left_shoulder": (0, 0, 80)}, "left_shoulder", "left_shoulder"),
        ({"left_knee": (110, 0, 0)}, "left_knee", "left_knee"),
        ({"left_elbow": (0, -110, 0)}, "left_elbow", "left_elbow"),
    ],
)
def test_landmarks_stay_at_their_joint_when_the_limb_bends(free_body, free_arrays, pose, landmark, joint):
    index = list(free_arrays["landmark_names"]).index(landmark)
    rotmat = rotations_of(pose)
    here = free_body.landmarks(rotmat, MEAN)[0, index]
    assert float((here - free_body.joints_only(rotmat, MEAN)[0, JOINT[joint]]).norm()) < 0.04


def test_parts_say_what_to_colour(free_body):
    place = {
        name: free_body(REST, MEAN).vertices[0, free_body.vertex_part == i].mean(0)
        for i, name in enumerate(free_body.part_names)
    }
    assert free_body.vertex_part.shape == (len(free_body.vertex_joint),)
    assert place["hair"][1] > place["face"][1] > place["torso"][1] > place["hips"][1] > place["left_foot"][1]
    assert place["iris"][2] > place["eye_white"][2]
    assert place["left_hand"][0] > 0.6
    assert place["right_hand"][0] < -0.6
