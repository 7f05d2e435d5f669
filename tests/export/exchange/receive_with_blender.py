"""Run by a Python with bpy: what the add-on makes of a stream. usage: receive_with_blender.py JOBS OUT

A job: {"bodies": [[packet as hex, ...], ...], "file": a .glb whose armature is moved, "" for the add-on's own
body}. An answer: joints by VMC's names for each body, in metres with y up, and the seconds of one body.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import time
from pathlib import Path
from types import ModuleType

import bpy

ADD_ON = Path(__file__).parents[3] / "extras" / "blender" / "str_live_live.py"
PATIENCE_S = 10.0


def load_add_on() -> ModuleType:
    spec = importlib.util.spec_from_file_location("str_live_live", ADD_ON)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.register()
    return module


def receive(add_on: ModuleType, job: dict) -> dict:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.str_live_port = free_port()
    scene.str_live_record = True
    assert bpy.ops.strlive.start() == {"FINISHED"}
    bodies = [[bytes.fromhex(packet) for packet in packets] for packets in job["bodies"]]
    if job["file"]:
        bpy.ops.import_scene.gltf(filepath=job["file"])
        armature = next(each for each in scene.objects if each.type == "ARMATURE")
        armature.animation_data_clear()
        bpy.context.view_layer.objects.active = armature
        assert bpy.ops.strlive.move_selected() == {"FINISHED"}
    else:
        send_until(add_on, scene.str_live_port, bodies[0])
        assert bpy.ops.strlive.make_body() == {"FINISHED"}
        armature = bpy.data.objects[add_on.Listening.armature_name]
        assert len(bpy.data.objects["STR-Live skin"].data.polygons) == 8 * len(add_on.BONES)
    joints: dict[str, list] = {name: [] for name in add_on.BONES}
    seconds = []
    for frame, packets in enumerate(bodies):
        scene.frame_set(frame)
        seconds.append(send_until(add_on, scene.str_live_port, packets))
    for frame in range(len(bodies)):  # as it was kept
        scene.frame_set(frame)
        for name, bone in add_on.bones_of(armature).items():
            x, y, z = armature.matrix_world @ bone.head
            joints[name].append([x, z, -y])
    add_on.Listening.stop()
    return {"joints": joints, "seconds": sorted(seconds)[len(seconds) // 2]}


def send_until(add_on: ModuleType, port: int, packets: list[bytes]) -> float:
    """Send the packets of a body and let the timer's function run until it has them; its seconds."""
    junk = [b"", b"#bundle\0", b"/x\0\0", bytes(16) + b"\x7f\xff\xff\xff", b"\xff" * 40]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in [*junk, *packets]:
            sender.sendto(packet, ("127.0.0.1", port))
    receiver, deadline = add_on.Listening.receiver, time.monotonic() + PATIENCE_S
    receiver.newest = {}
    while not receiver.newest:
        assert time.monotonic() < deadline
        begun = time.perf_counter()
        assert add_on.Listening.tick() > 0
        seconds = time.perf_counter() - begun
    return seconds


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def main() -> None:
    jobs, out = map(Path, sys.argv[1:])
    add_on = load_add_on()
    out.write_text(json.dumps([receive(add_on, job) for job in json.loads(jobs.read_text())]))
    add_on.unregister()
    os._exit(0)  # bpy's own clean-up at a process's end can wait for ever


if __name__ == "__main__":
    main()
