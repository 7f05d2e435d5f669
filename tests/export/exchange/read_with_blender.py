"""Run by a Python with bpy: what Blender finds in exported files. usage: read_with_blender.py JOBS OUT

A job: {"file": path, "reader": one of READERS, "fps": rate, "frames": how many}. An answer: joints by
name and every 100th vertex for each frame, in metres with y up again, and the frames between first and last.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import bpy
import numpy as np

READERS = {
    "glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    "bvh": lambda path: bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01, update_scene_fps=True),
    "fbx (Python)": lambda path: bpy.ops.import_scene.fbx(filepath=path, automatic_bone_orientation=False),
    "fbx (ufbx)": lambda path: bpy.ops.wm.fbx_import(filepath=path),
    "usd": lambda path: bpy.ops.wm.usd_import(filepath=path),
}


def read(job: dict) -> dict:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(job["fps"]), round(job["fps"]) / job["fps"]
    begun = time.perf_counter()
    READERS[job["reader"]](job["file"])
    seconds = time.perf_counter() - begun
    armature = next(each for each in scene.objects if each.type == "ARMATURE")
    skins = [each for each in scene.objects if each.type == "MESH" and moved_by(each, armature)]
    first, last = armature.animation_data.action.frame_range
    joints: dict[str, list] = {bone.name: [] for bone in armature.pose.bones}
    vertices = []
    for frame in range(job["frames"]):
        scene.frame_set(int(first) + frame)
        for bone in armature.pose.bones:
            joints[bone.name].append(y_up(armature.matrix_world @ bone.head))
        vertices.append([point for skin in skins for point in every_hundredth(skin)])
    return {
        "joints": joints,
        "vertices": vertices,
        "steps": last - first,
        "fps": scene.render.fps / scene.render.fps_base,
        "seconds": seconds,
    }


def moved_by(mesh: bpy.types.Object, armature: bpy.types.Object) -> bool:
    return any(each.type == "ARMATURE" and each.object == armature for each in mesh.modifiers)


def every_hundredth(mesh: bpy.types.Object) -> list[list[float]]:
    posed = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    shape = posed.to_mesh()
    points = np.empty(3 * len(shape.vertices))
    shape.vertices.foreach_get("co", points)
    world = np.array(posed.matrix_world)
    points = points.reshape(-1, 3)[::100] @ world[:3, :3].T + world[:3, 3]
    posed.to_mesh_clear()
    return [y_up(point) for point in points]


def y_up(point) -> list[float]:
    return [float(point[0]), float(point[2]), -float(point[1])]


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps([read(job) for job in jobs]))
