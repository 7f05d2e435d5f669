# SPDX-License-Identifier: MIT
"""STR-Live for Blender: moves an armature with the body that STR-Live sends as VMC (`--stream vmc`).

One file, Blender 4.2 or newer, nothing else to install: Edit > Preferences > Add-ons > Install from Disk.
Then 3D view > N > STR-Live: "Start listening", and "Make a body", or select an armature in T-pose and press
"Move the selected armature". In: OSC over UDP, in Unity's frame. Out: pose bones, with keyframes on demand.
"""

import socket
import struct

import bpy
from mathutils import Matrix, Quaternion, Vector

bl_info = {
    "name": "STR-Live",
    "author": "The STR-Live authors",
    "version": (1, 0, 0),
    "blender": (4, 2, 0),
    "location": "3D view > N > STR-Live",
    "description": "A person's body, live from a webcam, by VMC",
    "category": "Animation",
}

BONES = (
    "Hips", "LeftUpperLeg", "RightUpperLeg", "Spine", "LeftLowerLeg", "RightLowerLeg", "Chest",
    "LeftFoot", "RightFoot", "UpperChest", "LeftToes", "RightToes", "Neck", "LeftShoulder",
    "RightShoulder", "Head", "LeftUpperArm", "RightUpperArm", "LeftLowerArm", "RightLowerArm",
    "LeftHand", "RightHand",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
OTHER_NAMES = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot "
    "right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist",
    "hips leftUpperLeg rightUpperLeg spine leftLowerLeg rightLowerLeg chest leftFoot rightFoot upperChest "
    "leftToes rightToes neck leftShoulder rightShoulder head leftUpperArm rightUpperArm leftLowerArm "
    "rightLowerArm leftHand rightHand",
    "mixamorig:Hips mixamorig:LeftUpLeg mixamorig:RightUpLeg mixamorig:Spine mixamorig:LeftLeg "
    "mixamorig:RightLeg mixamorig:Spine1 mixamorig:LeftFoot mixamorig:RightFoot mixamorig:Spine2 "
    "mixamorig:LeftToeBase mixamorig:RightToeBase mixamorig:Neck mixamorig:LeftShoulder "
    "mixamorig:RightShoulder mixamorig:Head mixamorig:LeftArm mixamorig:RightArm mixamorig:LeftForeArm "
    "mixamorig:RightForeArm mixamorig:LeftHand mixamorig:RightHand",
    "pelvis thigh_l thigh_r spine_01 calf_l calf_r spine_02 foot_l foot_r spine_03 ball_l ball_r neck_01 "
    "clavicle_l clavicle_r head upperarm_l upperarm_r lowerarm_l lowerarm_r hand_l hand_r",
    "spine thigh.L thigh.R spine.001 shin.L shin.R spine.002 foot.L foot.R spine.003 toe.L toe.R spine.004 "
    "shoulder.L shoulder.R spine.006 upper_arm.L upper_arm.R forearm.L forearm.R hand.L hand.R",
)
"""The same bones as SMPL, VRM, Mixamo, Unreal and Rigify call them."""
PORT = 39539
INTERVAL_S = 1 / 60


def osc_messages(packet):
    """The (address, values) of a packet, whether it is a bundle or one message. ValueError if it is none."""
    if not packet.startswith(b"#bundle\0"):
        yield osc_message(packet)
        return
    place = 16
    while place + 4 <= len(packet):
        (size,) = struct.unpack_from(">i", packet, place)
        if not 0 < size <= len(packet) - place - 4:
            raise ValueError("cut short")
        yield from osc_messages(packet[place + 4 : place + 4 + size])
        place += 4 + size


def osc_message(packet):
    """(address, values) of one message."""

    def text(place):
        end = packet.index(b"\0", place)
        return packet[place:end].decode("utf-8", "replace"), (end + 4) // 4 * 4

    address, place = text(0)
    tags, place = text(place)
    values = []
    for tag in tags[1:]:
        if tag == "s":
            value, place = text(place)
        elif tag in "if":
            if place + 4 > len(packet):
                raise ValueError("cut short")
            (value,) = struct.unpack_from(">" + tag, packet, place)
            place += 4
        else:
            raise ValueError(f"type {tag}")
        values.append(value)
    return address, values


class Receiver:
    """A socket that is looked at and never waited for."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind(("0.0.0.0", port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.coming = {}
        self.newest = {}

    def poll(self):
        """Take in what has arrived; True where a whole body was among it, which is then `newest`."""
        arrived = False
        while True:
            try:
                packet = self.socket.recv(4096)
            except OSError:
                return arrived
            try:
                messages = list(osc_messages(packet))
            except (ValueError, struct.error, RecursionError):
                continue  # somebody else's packet
            for address, values in messages:
                if address == "/VMC/Ext/Bone/Pos" and len(values) == 8 and values[0] in BONES:
                    self.coming[values[0]] = tuple(values[1:4]), tuple(values[4:8])
                elif address == "/VMC/Ext/T" and "Hips" in self.coming:
                    self.newest, arrived = dict(self.coming), True

    def close(self):
        self.socket.close()


def blender_place(place):
    """Unity's frame (left-handed, y up, facing +z) -> Blender's (right-handed, z up, facing -y)."""
    x, y, z = place
    return Vector((-x, -z, y))


def blender_turn(turn):
    x, y, z, w = turn
    return Quaternion((w, x, z, -y))


def bones_of(armature):
    """Our name -> pose bone, by whichever names most of the armature's bones have."""
    pose = armature.pose.bones

    def found(names):
        pairs = zip(BONES, names, strict=True)
        return {ours: pose[theirs] for ours, theirs in pairs if theirs in pose}

    choices = [found(BONES), *(found(names.split()) for names in OTHER_NAMES)]
    choices.append(found([name.replace("mixamorig:", "") for name in OTHER_NAMES[2].split()]))
    return max(choices, key=len)


def apply(armature, body, keyframe=None):
    """Pose the armature as the body; `keyframe`: the frame to keep it in, None for none."""
    for name, bone in bones_of(armature).items():
        if name not in body:
            continue
        place, turn = body[name]
        rest = bone.bone.matrix_local.to_quaternion()
        bone.rotation_mode = "QUATERNION"
        turned = rest.inverted() @ blender_turn(turn) @ rest
        if turned.dot(bone.rotation_quaternion) < 0:
            turned.negate()
        bone.rotation_quaternion = turned
        if name == "Hips":
            bone.location = rest.inverted() @ (blender_place(place) - bone.bone.head_local)
        if keyframe is not None:
            bone.keyframe_insert("rotation_quaternion", frame=keyframe)
            if name == "Hips":
                bone.keyframe_insert("location", frame=keyframe)


def rest_joints(body):
    """Our name -> place at rest, the lowest joint on the floor."""
    joints = {}
    for name, parent in zip(BONES, PARENTS, strict=True):
        above = joints[BONES[parent]] if parent >= 0 else Vector()
        joints[name] = above + blender_place(body[name][0]) if parent >= 0 else Vector()
    lowest = min(joint.z for joint in joints.values())
    return {name: joint - Vector((0, 0, lowest)) for name, joint in joints.items()}


def make_body(context, body):
    """An armature with the sender's bones, and a simple skin on it; gives the armature."""
    joints = rest_joints(body)
    data = bpy.data.armatures.new("STR-Live")
    armature = bpy.data.objects.new("STR-Live", data)
    context.collection.objects.link(armature)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    made = {}
    for name, parent in zip(BONES, PARENTS, strict=True):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = joints[name], tail_of(name, joints)
        if parent >= 0:
            bone.parent = made[BONES[parent]]
        made[name] = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    skin_of(context, armature)
    return armature


def tail_of(name, joints):
    """Where a bone ends: at its child, or a way on in its parent's direction."""
    index = BONES.index(name)
    children = [BONES[child] for child, parent in enumerate(PARENTS) if parent == index]
    straight = {"Hips": "Spine", "UpperChest": "Neck"}.get(name, children[0] if children else None)
    if straight:
        return joints[straight]
    return joints[name] + 0.5 * (joints[name] - joints[BONES[PARENTS[index]]])


def skin_of(context, armature):
    """One spindle a bone, in a single mesh that the armature moves."""
    points, faces, owners = [], [], []
    for bone in armature.data.bones:
        along = bone.tail_local - bone.head_local
        side = along.orthogonal().normalized() * max(0.18 * along.length, 0.015)
        ring = [Matrix.Rotation(step * 1.5708, 3, along) @ side for step in range(4)]
        first = len(points)
        points += [
            bone.head_local,
            *(bone.head_local + 0.25 * along + each for each in ring),
            bone.tail_local,
        ]
        for step in range(4):
            one, two = first + 1 + step, first + 1 + (step + 1) % 4
            faces += [(first, two, one), (first + 5, one, two)]
        owners.append((bone.name, range(first, first + 6)))
    mesh = bpy.data.meshes.new("STR-Live skin")
    mesh.from_pydata(points, [], faces)
    skin = bpy.data.objects.new("STR-Live skin", mesh)
    skin.parent = armature
    for name, vertices in owners:
        skin.vertex_groups.new(name=name).add(list(vertices), 1.0, "REPLACE")
    skin.modifiers.new("STR-Live", "ARMATURE").object = armature
    context.collection.objects.link(skin)
    return skin


class Listening:
    """What runs between Start and Stop, at most once."""

    receiver = None
    armature_name = ""

    @classmethod
    def tick(cls):
        """Called by Blender's timer: apply the newest body; the seconds until the next call, None to end."""
        if cls.receiver is None:
            return None
        if cls.receiver.poll():
            armature = bpy.data.objects.get(cls.armature_name)
            if armature is not None and armature.type == "ARMATURE":
                scene = bpy.context.scene
                apply(armature, cls.receiver.newest, scene.frame_current if scene.str_live_record else None)
        return INTERVAL_S

    @classmethod
    def stop(cls):
        if bpy.app.timers.is_registered(cls.tick):
            bpy.app.timers.unregister(cls.tick)
        if cls.receiver is not None:
            cls.receiver.close()
            cls.receiver = None


class StartListening(bpy.types.Operator):
    bl_idname = "strlive.start"
    bl_label = "Start listening"
    bl_description = "Receive the body that STR-Live sends to this machine"

    def execute(self, context):
        Listening.stop()
        try:
            Listening.receiver = Receiver(context.scene.str_live_port)
        except OSError as error:
            self.report({"ERROR"}, f"Port {context.scene.str_live_port} cannot be used: {error.strerror}")
            return {"CANCELLED"}
        bpy.app.timers.register(Listening.tick, persistent=True)
        return {"FINISHED"}


class StopListening(bpy.types.Operator):
    bl_idname = "strlive.stop"
    bl_label = "Stop"

    def execute(self, context):
        Listening.stop()
        return {"FINISHED"}


class MakeBody(bpy.types.Operator):
    bl_idname = "strlive.make_body"
    bl_label = "Make a body"
    bl_description = "A skeleton with a simple skin, in the proportions that are received"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context):
        if Listening.receiver is not None:
            Listening.receiver.poll()
        body = Listening.receiver.newest if Listening.receiver is not None else {}
        if any(name not in body for name in BONES):
            self.report({"ERROR"}, "No whole body has come yet: start STR-Live with --stream vmc")
            return {"CANCELLED"}
        Listening.armature_name = make_body(context, body).name
        return {"FINISHED"}


class MoveSelected(bpy.types.Operator):
    bl_idname = "strlive.move_selected"
    bl_label = "Move the selected armature"
    bl_description = "One in T-pose with the bone names of SMPL, VRM, Unity, Mixamo, Unreal or Rigify"

    def execute(self, context):
        armature = context.object
        if armature is None or armature.type != "ARMATURE" or "Hips" not in bones_of(armature):
            self.report({"ERROR"}, "Select an armature whose bones have names that are known")
            return {"CANCELLED"}
        Listening.armature_name = armature.name
        return {"FINISHED"}


class Panel(bpy.types.Panel):
    bl_label = "STR-Live"
    bl_idname = "VIEW3D_PT_str_live"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "STR-Live"

    def draw(self, context):
        layout, scene = self.layout, context.scene
        layout.prop(scene, "str_live_port")
        listening = Listening.receiver is not None
        layout.operator("strlive.stop" if listening else "strlive.start")
        if listening:
            layout.label(text="receiving" if Listening.receiver.newest else "nothing has come yet")
        layout.operator("strlive.make_body")
        layout.operator("strlive.move_selected")
        layout.prop(scene, "str_live_record")


CLASSES = (StartListening, StopListening, MakeBody, MoveSelected, Panel)


def register():
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.str_live_port = bpy.props.IntProperty(name="Port", default=PORT, min=1, max=65535)
    bpy.types.Scene.str_live_record = bpy.props.BoolProperty(
        name="Record", description="Keep each pose as keyframes: press play while it is on"
    )


def unregister():
    Listening.stop()
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
    del bpy.types.Scene.str_live_port, bpy.types.Scene.str_live_record


if __name__ == "__main__":
    register()
