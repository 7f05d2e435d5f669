"""VMC as python-osc, somebody else's reader, finds it; flipped back, it is what our own kinematics say."""

from __future__ import annotations

import socket
from dataclasses import replace

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from scipy.spatial.transform import Rotation

from str_live.export.names import NAMES
from str_live.settings import MOST_PEOPLE
from str_live.skeleton import PARENTS
from str_live.stream.contract import StreamError
from str_live.stream.placing import Placing
from str_live.stream.vmc import BONES, VmcOptions, VmcStream
from str_live.stream.vrm import read_avatar
from tests.stream.avatars import avatar_joints, write_vrm
from tests.stream.results import BODY, make_results

UNITY = NAMES["unity"]
LARGEST_PACKET = 1500


def placed(frames: int = 3):
    placing = Placing(BODY)
    return [placing.place(result) for result in make_results(frames)][-1]


def messages_of(packets: list[bytes]) -> list[OscMessage]:
    found = []
    for packet in packets:
        found += list(OscBundle(packet)) if OscBundle.dgram_is_bundle(packet) else [OscMessage(packet)]
    return found


def bones_of(messages: list[OscMessage]) -> dict[str, tuple[np.ndarray, Rotation]]:
    """Name -> its place and rotation in its parent, flipped from Unity's frame to ours."""
    bones = {}
    for message in messages:
        if message.address == "/VMC/Ext/Bone/Pos":
            name, *numbers = message.params
            assert len(numbers) == 7
            assert all(isinstance(number, float) for number in numbers)
            place, turn = np.array(numbers[:3]), np.array(numbers[3:])
            bones[name] = place * [-1, 1, 1], Rotation.from_quat(turn * [1, -1, -1, 1])
    return bones


def forward_kinematics(
    bones: dict[str, tuple[np.ndarray, Rotation]],
) -> dict[str, tuple[np.ndarray, Rotation]]:
    """Name -> place and rotation in the world; bones that are left out hand on their parent's."""
    world: dict[int, tuple[np.ndarray, Rotation]] = {}
    for joint, name in enumerate(UNITY):
        place, turn = world.get(PARENTS[joint], (np.zeros(3), Rotation.identity()))
        if name in bones:
            place, turn = place + turn.apply(bones[name][0]), turn * bones[name][1]
        world[joint] = place, turn
    return {UNITY[joint]: found for joint, found in world.items()}


def test_the_joints_are_where_our_kinematics_have_them():
    body = placed()
    world = forward_kinematics(bones_of(messages_of(VmcStream("127.0.0.1").packets(body, 0.0))))
    found = np.stack([world[name][0] for name in UNITY])
    np.testing.assert_allclose(found, body.joints[:BONES], atol=1e-5)


def test_two_bundles_hold_all_bones_hips_first_and_end_with_what_receivers_wait_for():
    packets = VmcStream("127.0.0.1").packets(placed(), 1.5)
    assert len(packets) == 2
    assert max(map(len, packets)) <= LARGEST_PACKET
    messages = messages_of(packets)
    addresses = [message.address for message in messages]
    assert addresses[0] == "/VMC/Ext/Root/Pos"
    assert messages[0].params == ["root", 0, 0, 0, 0, 0, 0, 1]
    assert addresses[-3:] == ["/VMC/Ext/Blend/Apply", "/VMC/Ext/OK", "/VMC/Ext/T"]
    assert (messages[-2].params, messages[-1].params) == ([1], [1.5])
    assert [message.params[0] for message in messages[1:-3]] == list(UNITY)


def test_no_bone_but_the_hips_lies_at_its_parent_s_place():
    bones = bones_of(messages_of(VmcStream("127.0.0.1").packets(placed(), 0.0)))
    assert all(np.linalg.norm(place) > 0.01 for name, (place, _) in bones.items() if name != "Hips")


def test_single_messages_say_the_same_as_bundles():
    body = placed()
    bundled = messages_of(VmcStream("h").packets(body, 2.0))
    single = VmcStream("h", options=VmcOptions(bundles=False)).packets(body, 2.0)
    assert [one.dgram for one in bundled] == single


def test_turned_around_everything_turns_half_about_the_vertical():
    body = placed()
    stream = VmcStream("h", options=VmcOptions(turn_around=True))
    world = forward_kinematics(bones_of(messages_of(stream.packets(body, 0.0))))
    found = np.stack([world[name][0] for name in UNITY])
    np.testing.assert_allclose(found, body.joints[:BONES] * [-1, 1, -1], atol=1e-5)


@pytest.mark.parametrize("version", ["0.x", "1.0"])
def test_an_avatar_of_other_build_turns_its_limbs_as_the_body_does_and_keeps_its_own_lengths(
    tmp_path, version
):
    rest_turns = write_vrm(tmp_path / "a.vrm", version)
    body, avatar = placed(), read_avatar(tmp_path / "a.vrm")
    stream = VmcStream("h", options=VmcOptions(avatar=avatar))
    world = forward_kinematics(bones_of(messages_of(stream.packets(body, 0.0))))
    # Truth: the body's own rotations in the world, on the avatar's joints.
    ours = {name: Rotation.identity() for name in UNITY}
    joints, at_rest = np.zeros((BONES, 3)), avatar_joints()
    hips_scale = at_rest[0, 1] / body.rest[0, 1]
    for joint, name in enumerate(UNITY):
        parent = PARENTS[joint]
        turn = Rotation.from_quat(body.rotations[joint])
        ours[name] = turn if parent < 0 else ours[UNITY[parent]] * turn
        bone = at_rest[joint] - at_rest[parent]
        joints[joint] = (
            body.pelvis * hips_scale if parent < 0 else joints[parent] + ours[UNITY[parent]].apply(bone)
        )
        expected = ours[name] * rest_turns[NAMES["vrm"][joint]]
        assert (world[name][1].inv() * expected).magnitude() < 1e-5, name
    np.testing.assert_allclose([world[name][0] for name in UNITY], joints, atol=1e-4)


def test_what_a_missing_bone_would_turn_its_children_do(tmp_path):
    write_vrm(tmp_path / "a.vrm", "0.x", without=("upperChest", "leftToes"))
    body = placed()
    stream = VmcStream("h", options=VmcOptions(avatar=read_avatar(tmp_path / "a.vrm")))
    bones = bones_of(messages_of(stream.packets(body, 0.0)))
    assert "UpperChest" not in bones
    full = forward_kinematics(bones_of(messages_of(VmcStream("h").packets(body, 0.0))))
    found = forward_kinematics(bones)
    for name in ("Neck", "Head", "LeftUpperArm", "RightHand"):
        assert (found[name][1].inv() * full[name][1]).magnitude() < 1e-5, name


def test_packets_arrive_by_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        stream = VmcStream("127.0.0.1", receiver.getsockname()[1])
        stream.start()
        stream.send(placed())
        packets = [receiver.recv(2048) for _ in range(2)]
        stream.stop()
        stream.stop()
    assert [message.address for message in messages_of(packets)][-1] == "/VMC/Ext/T"


def test_nobody_listening_is_no_error():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stream = VmcStream("127.0.0.1", port)
    stream.start()
    for _ in range(3):
        stream.send(placed())
    stream.stop()


def test_an_address_that_is_none_ends_in_a_sentence():
    with pytest.raises(StreamError, match="check the address"):
        VmcStream("no such host!").start()


@pytest.fixture
def ports():
    """Sockets on ports that follow each other, as many as there may be people."""
    for _ in range(50):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(MOST_PEOPLE)]
        try:
            sockets[0].bind(("127.0.0.1", 0))
            first = sockets[0].getsockname()[1]
            for step, each in enumerate(sockets[1:], start=1):
                each.bind(("127.0.0.1", first + step))
        except (OSError, OverflowError):
            continue  # somebody has one of them
        else:
            for each in sockets:
                each.settimeout(20)
            yield sockets
            return
        finally:
            for each in sockets:
                each.close()
    pytest.skip("there are not so many free ports side by side")


def hips_at(receiver: socket.socket) -> np.ndarray:
    """(3,) metres, of the body that arrives."""
    return bones_of(messages_of([receiver.recv(2048), receiver.recv(2048)]))["Hips"][0]


def test_everybody_has_a_port_of_his_own_and_keeps_it(ports):
    one = placed()
    two, three = (replace(one, number=n, pelvis=one.pelvis + np.array([n, 0, 0])) for n in (2, 3))
    stream = VmcStream("127.0.0.1", ports[0].getsockname()[1], VmcOptions(everybody=True))
    stream.start()
    stream.send(one, [two, three])
    for receiver, body in zip(ports, (one, two, three), strict=False):
        np.testing.assert_allclose(hips_at(receiver), body.pelvis, atol=1e-5)
    stream.send(three, [one])  # the second has left, the third is followed
    np.testing.assert_allclose(hips_at(ports[2]), three.pelvis, atol=1e-5)
    np.testing.assert_allclose(hips_at(ports[0]), one.pelvis, atol=1e-5)
    four = replace(two, number=4)
    stream.send(three, [one, four])  # who comes takes what is free
    np.testing.assert_allclose(hips_at(ports[1]), four.pelvis, atol=1e-5)
    stream.stop()


def test_without_that_the_followed_one_alone_is_sent_to_the_given_port(ports):
    one = placed()
    two = replace(one, number=2, pelvis=one.pelvis + np.array([1, 0, 0]))
    stream = VmcStream("127.0.0.1", ports[0].getsockname()[1])
    stream.start()
    for followed, other in ((one, two), (two, one)):
        stream.send(followed, [other])
        np.testing.assert_allclose(hips_at(ports[0]), followed.pelvis, atol=1e-5)
    ports[1].setblocking(False)
    with pytest.raises(BlockingIOError):
        ports[1].recv(2048)
    stream.stop()


def test_ports_that_do_not_suffice_for_everybody_are_refused():
    with pytest.raises(StreamError, match="ports"):
        VmcStream("127.0.0.1", 65533, VmcOptions(everybody=True)).start()
