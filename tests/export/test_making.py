"""A take is the recorded body in the world: upright, in metres, at a constant rate, with its gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from str_live.body.posing import joints_in_camera
from str_live.body.skinning import Body
from str_live.export import ExportError, Smoothing, TakeOptions, make_take
from str_live.export.contract import FormatOptions
from str_live.export.kinematics import skinned_vertices, steady_euler_degrees
from str_live.export.lens import Lens, lens_of_focal_length
from str_live.export.rig import make_rig
from str_live.geometry import image_focal_length, image_translation, ray_rotation
from str_live.messages import Box
from str_live.skeleton import JOINT
from tests.export.made_up import SIZE, made_up_arrays, made_up_body, made_up_recording, made_up_take

RAW = TakeOptions(floor="none")
UP = np.array([1.0, -1.0, -1.0])
"""From the camera's axes to the world's."""


def recorded_points(recording, body: Body) -> tuple[np.ndarray, np.ndarray]:
    """(N, 24, 3) joints and (N, V, 3) vertices in the world, by the way of the live program."""
    joints, vertices = [], []
    posed, skin = body.vertices_and_joints(
        torch.from_numpy(recording.rotmat), torch.from_numpy(recording.betas)
    )
    for frame, box in enumerate(recording.boxes):
        for points, found in ((skin, joints), (posed, vertices)):
            placed = joints_in_camera(
                points[frame].numpy(), recording.camera[frame], Box(*map(float, box)), SIZE
            )
            found.append(placed * UP)
    return np.stack(joints), np.stack(vertices)


def test_joints_are_where_the_live_program_shows_them():
    recording, body = made_up_recording(6), made_up_body()
    take = make_take(recording, body, RAW, name="walk")
    np.testing.assert_allclose(take.joints(), recorded_points(recording, body)[0], atol=2e-6)
    assert take.fps == 25
    assert take.person.all()


def test_the_skin_is_where_the_live_program_shows_it():
    recording, body = made_up_recording(3), made_up_body()
    take = make_take(recording, body, RAW, name="walk")
    mesh = take.mesh
    vertices = skinned_vertices(
        take.world_rotations(), take.joints(), take.rest, mesh.vertices, mesh.joints, mesh.weights
    )
    np.testing.assert_allclose(vertices, recorded_points(recording, body)[1], atol=3e-6)


def test_the_rest_pose_stands_on_the_floor_over_the_origin_facing_forwards():
    take = made_up_take()
    assert take.rest[0, 0] == 0
    assert take.rest[0, 2] == 0
    assert take.mesh.vertices[:, 1].min() == pytest.approx(0)
    assert take.rest[JOINT["left_wrist"], 0] > 0.5
    assert take.rest[JOINT["left_foot"], 2] > take.rest[JOINT["left_ankle"], 2]


def test_bones_keep_their_length_though_the_recorded_shape_wavers():
    recording = made_up_recording(5)
    wavering = recording.betas + np.random.default_rng(0).normal(size=(5, 1)).astype(np.float32)
    take = make_take(replace(recording, betas=wavering), made_up_body(), RAW, name="walk")
    joints = take.joints()
    lengths = np.linalg.norm(joints[:, 4] - joints[:, 1], axis=1)
    np.testing.assert_allclose(lengths, lengths[0], atol=1e-12)


def test_the_raised_left_arm_is_left_and_raised():
    joints = made_up_take(options=RAW).joints()
    assert (joints[:, JOINT["left_wrist"], 1] > joints[:, JOINT["left_shoulder"], 1] + 0.2).all()
    assert (joints[:, JOINT["right_wrist"], 1] < joints[:, JOINT["right_shoulder"], 1] - 0.2).all()


def test_height_scales_everything():
    small, tall = (made_up_take(options=TakeOptions(floor="none", height_m=h)) for h in (1.0, 2.0))
    assert np.ptp(tall.mesh.vertices[:, 1]) == pytest.approx(2.0)
    np.testing.assert_allclose(tall.joints(), 2 * small.joints(), atol=1e-12)


def test_a_known_focal_length_changes_the_depth_in_proportion():
    recording, body = made_up_recording(), made_up_body()
    guess = image_focal_length(*SIZE)
    longer = TakeOptions(floor="none", lens=lens_of_focal_length(2 * guess, *SIZE))
    box, camera = Box(*map(float, recording.boxes[1])), recording.camera[1]
    place = image_translation(camera, box, *SIZE)
    far = make_take(recording, body, longer, name="far")
    expected = place * [1, 1, 2]
    middle = np.array([box.cx - SIZE[0] / 2, box.cy - SIZE[1] / 2, 2 * guess])
    ray = Rotation.align_vectors(middle / np.linalg.norm(middle), [0, 0, 1])[0].as_matrix()
    pelvis = body.transforms(torch.eye(3).expand(1, 24, 3, 3), torch.from_numpy(recording.betas[1:2]))[1]
    np.testing.assert_allclose(far.pelvis[1], (expected + ray @ pelvis[0, 0].numpy()) * UP, atol=1e-5)


def test_the_guessed_lens_given_by_hand_changes_nothing():
    options = TakeOptions(floor="none", lens=lens_of_focal_length(image_focal_length(*SIZE), *SIZE))
    np.testing.assert_allclose(made_up_take(options=options).pelvis, made_up_take(options=RAW).pelvis)


def test_distortion_is_taken_out_of_where_the_person_stands():
    """The same camera with and without distortion: the box of one is where the other's is distorted to."""
    import cv2

    matrix, bent = np.array([[500.0, 0, 330], [0, 510, 235], [0, 0, 1]]), np.array([-0.2, 0.05, 0, 0])
    recording = made_up_recording()
    slopes = (recording.boxes[:, :2] - matrix[:2, 2]) / [500, 510]
    points = np.concatenate([slopes, np.ones((3, 1))], axis=1)
    seen = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, bent)[0].reshape(-1, 2)
    boxes = recording.boxes.copy()
    boxes[:, :2] = seen
    straight = TakeOptions(floor="none", lens=Lens(matrix, np.zeros(0), SIZE))
    curved = TakeOptions(floor="none", lens=Lens(matrix, bent, SIZE))
    first = make_take(recording, made_up_body(), straight, name="a").joints()
    second = make_take(replace(recording, boxes=boxes), made_up_body(), curved, name="b").joints()
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_a_calibration_of_pictures_of_another_shape_is_refused():
    options = TakeOptions(lens=lens_of_focal_length(500, 1000, 500))
    with pytest.raises(ExportError, match="1000 x 500"):
        made_up_take(options=options)


def test_the_ray_is_the_live_program_s_own():
    from str_live.export.making import _rays_and_places

    box, camera = Box(100.0, 400.0, 150.0), np.array([0.8, 0.1, -0.2])
    lens = lens_of_focal_length(image_focal_length(*SIZE), *SIZE)
    turn, place = _rays_and_places(camera[None], np.array([[box.cx, box.cy, box.side]]), lens)
    np.testing.assert_allclose(turn[0], ray_rotation(box, *SIZE), atol=1e-6)
    np.testing.assert_allclose(place[0], image_translation(camera, box, *SIZE), atol=1e-6)


def test_frames_without_a_person_hold_the_last_pose_and_are_marked():
    take = made_up_take(4, person=np.array([False, True, False, True]), options=RAW)
    assert take.person.tolist() == [False, True, False, True]
    np.testing.assert_array_equal(take.rotations[0], take.rotations[1])
    np.testing.assert_array_equal(take.pelvis[2], take.pelvis[1])


def test_a_recording_of_nobody_has_nothing_to_export():
    with pytest.raises(ExportError, match="no frame with a person"):
        made_up_take(3, person=np.zeros(3, bool))


def test_a_range_outside_the_recording_is_refused_with_its_length():
    with pytest.raises(ExportError, match=r"0\.08 seconds long"):
        made_up_take(3, options=TakeOptions(trim_s=(5.0, 6.0)))


def test_a_rate_that_would_fill_the_memory_is_refused():
    with pytest.raises(ExportError, match="too many"):
        made_up_take(3, options=TakeOptions(fps=1e9))


def test_trimming_keeps_what_lies_in_the_range():
    whole = made_up_take(20, options=RAW)
    part = made_up_take(20, options=TakeOptions(floor="none", trim_s=(0.2, 0.4)))
    np.testing.assert_allclose(part.joints(), whole.joints()[5:11], atol=1e-12)


def test_one_frame_is_a_take():
    take = made_up_take(1, options=TakeOptions(floor="lock", smoothing=Smoothing("butterworth")))
    assert take.frames == 1
    assert np.isfinite(take.joints()).all()


def test_uneven_times_become_a_whole_rate_and_keep_their_ends():
    recording = made_up_recording(40)
    times = recording.timestamps + np.random.default_rng(5).uniform(-0.004, 0.004, 40)
    take = make_take(replace(recording, timestamps=times), made_up_body(), RAW, name="webcam")
    assert take.fps == round(take.fps)
    assert take.times[-1] == pytest.approx(times[-1] - times[0], abs=1 / take.fps)


def test_twice_the_rate_keeps_every_frame_and_puts_one_half_way_between():
    whole = made_up_take(5, options=RAW)
    double = made_up_take(5, options=TakeOptions(floor="none", fps=50))
    assert double.frames == 9
    np.testing.assert_allclose(double.joints()[::2], whole.joints(), atol=1e-9)
    before, after, middle = (Rotation.from_quat(q) for q in (*whole.rotations[:2, 5], double.rotations[1, 5]))
    half = before * Rotation.from_rotvec(0.5 * (before.inv() * after).as_rotvec())
    np.testing.assert_allclose((middle.inv() * half).magnitude(), 0, atol=1e-9)


def test_a_gap_stays_a_gap_at_another_rate():
    person = np.array([True, True, False, True, True])
    take = made_up_take(5, person=person, options=TakeOptions(floor="none", fps=50))
    assert take.person.tolist() == [True, True, True, False, False, False, True, True, True]


def test_quaternions_do_not_jump_in_sign():
    rotations = made_up_take(200, options=RAW).rotations
    assert ((rotations[1:] * rotations[:-1]).sum(-1) > 0).all()


@pytest.mark.parametrize("order", ["ZXY", "xyz"])
def test_euler_angles_go_on_steadily_through_full_turns(order):
    turn = np.linspace(0, 4 * np.pi, 200)
    truth = Rotation.from_rotvec(turn[:, None] * [0.36, 0.48, 0.8]).as_matrix()[:, None]
    angles = steady_euler_degrees(truth, order)
    assert np.abs(np.diff(angles, axis=0)).max() < 40
    again = Rotation.from_euler(order, angles[:, 0], degrees=True).as_matrix()
    np.testing.assert_allclose(again, truth[:, 0], atol=1e-9)


def test_at_most_four_joints_move_a_vertex_and_their_weights_sum_to_one():
    arrays = made_up_arrays("free_body", "CC0")
    weights = np.random.default_rng(0).random(arrays.weights.shape).astype(np.float32)
    body = Body(replace(arrays, weights=weights / weights.sum(axis=1, keepdims=True)))
    mesh = make_take(made_up_recording(), body, RAW, name="a").mesh
    assert mesh.joints.shape == (len(weights), 4)
    np.testing.assert_allclose(mesh.weights.sum(axis=1), 1, atol=1e-12)
    assert (mesh.joints[:, 0] == weights.argmax(axis=1)).all()


@pytest.mark.parametrize(("mesh", "free", "licensed"), [("free", 1, 0), ("none", 0, 0), ("any", 1, 1)])
def test_a_licensed_body_gives_its_mesh_only_where_it_is_asked_for(mesh, free, licensed):
    for body, expected in ((made_up_body(), free), (made_up_body(free=False), licensed)):
        take = make_take(made_up_recording(), body, TakeOptions(mesh=mesh), name="a")
        assert (take.mesh is not None) == bool(expected)


def test_a_licensed_body_that_calls_itself_free_is_none():
    body = Body(made_up_arrays("free_body", "SMPL's own licence"))
    assert make_take(made_up_recording(), body, TakeOptions(), name="a").mesh is None


def test_a_root_bone_carries_the_way_and_changes_no_joint():
    take = made_up_take()
    rig, rooted = (make_rig(take, FormatOptions(root_bone=root)) for root in (False, True))
    np.testing.assert_allclose(rooted.joints()[:, 1:], rig.joints(), atol=1e-12)
    assert rooted.names[0] == "root"
    assert (rooted.joints()[:, 0, 1] == 0).all()


def test_the_rest_pose_comes_first_where_asked():
    take = made_up_take()
    rig = make_rig(take, FormatOptions(t_pose_first=True))
    assert rig.frames == take.frames + 1
    np.testing.assert_allclose(rig.joints()[0], take.rest + rig.places[0] * [1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(rig.joints()[1:], take.joints(), atol=1e-12)
