"""FBX binary: skeleton, skin and animation for Unity, Unreal, Maya, MotionBuilder, Blender, without an SDK.

Centimetres, y up. Unreal takes an animation for the first time only with a mesh, so the mesh stays in where
there is one.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np

from str_live import __version__
from str_live.export.contract import FormatOptions
from str_live.export.fbx_nodes import CREATION_TIME, FILE_ID, VERSION, Long, Node, encode
from str_live.export.kinematics import matrices_from_quaternions, steady_euler_degrees
from str_live.export.rig import Rig, make_rig
from str_live.export.take import Take

TICKS = 46_186_158_000
"""Of FBX's clock, a second."""
_CM = 100.0
_CREATOR = f"STR-Live {__version__}"
_DOCUMENT = Long(1)
_LINEAR_KEY = 1 << 2 | 1 << 8 | 1 << 13 | 1 << 14
"""Attributes of a key: linear, tangents as Blender and MotionBuilder write them."""
_FORWARD, _FORWARD_PLACE = "root_forward", np.array([0.0, 0.0, 0.2])
"""A second bone on the root: Blender ties an only child to its parent, so that the pelvis could not rise."""
_KEY_DATA = np.array([0.0, 0.0, 9.419963346924634e-30, 0.0], dtype=np.float32)


def write_fbx(take: Take, path: Path, options: FormatOptions) -> None:
    """Write skeleton, mesh where the take has one, and animation."""
    path.write_bytes(encode(_Scene(make_rig(take, options)).nodes()))


class _Scene:
    """The objects of the file and their connections, built up one by one."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.objects = Node("Objects")
        self.connections = Node("Connections")
        self._ids = count(1_000_001)
        self.bones: list[Long] = []
        for name, place, parent in zip(rig.names, rig.offsets(), rig.parents, strict=True):
            self.bones.append(self._add_bone(name, place, self.bones[parent] if parent >= 0 else Long(0)))
        if rig.places.shape[1] > 1:
            self._add_bone(_FORWARD, _FORWARD_PLACE, self.bones[0])
        if rig.mesh is not None:
            self._add_mesh()
        self._add_animation()

    def nodes(self) -> list[Node]:
        """The whole file."""
        return [
            _header(),
            Node("FileId", (FILE_ID,)),
            Node("CreationTime", (CREATION_TIME,)),
            Node("Creator", (_CREATOR,)),
            _global_settings(self.rig),
            _documents(self.rig.name),
            Node("References", closed=True),
            self._definitions(),
            self.objects,
            self.connections,
            _takes(self.rig),
        ]

    def _object(self, kind: str, name: str, label: str, sort: str) -> tuple[Node, Long]:
        """A new object: its node, and its id."""
        number = Long(next(self._ids))
        return self.objects.add(kind, number, f"{name}\0\1{label}", sort, closed=True), number

    def _connect(self, child: Long, parent: Long, place: str = "") -> None:
        if place:
            self.connections.add("C", "OP", child, parent, place)
        else:
            self.connections.add("C", "OO", child, parent)

    def _add_bone(self, name: str, place: np.ndarray, parent: Long) -> Long:
        attribute, attribute_id = self._object("NodeAttribute", name, "NodeAttribute", "LimbNode")
        _properties(attribute, ("Size", "double", "Number", "", 3.0))
        attribute.add("TypeFlags", "Skeleton")
        bone, bone_id = self._object("Model", name, "Model", "LimbNode")
        _model(bone, place * _CM)
        self._connect(attribute_id, bone_id)
        self._connect(bone_id, parent)
        return bone_id

    def _add_mesh(self) -> None:
        mesh = self.rig.mesh
        assert mesh is not None
        geometry, geometry_id = self._object("Geometry", "body", "Geometry", "Mesh")
        _properties(geometry)
        geometry.add("GeometryVersion", 124)
        geometry.add("Vertices", (mesh.vertices * _CM).reshape(-1))
        corners = mesh.faces.astype(np.int32)
        corners[:, -1] = ~corners[:, -1]  # marks a polygon's last corner
        geometry.add("PolygonVertexIndex", corners.reshape(-1))
        _layers(geometry, mesh.normals)
        model, model_id = self._object("Model", "body", "Model", "Mesh")
        _model(model, np.zeros(3))
        material, material_id = self._object("Material", "skin", "Material", "")
        material.add("Version", 102)
        material.add("ShadingModel", "Phong")
        material.add("MultiLayer", 0)
        _properties(material, ("DiffuseColor", "Color", "", "A", 0.72, 0.62, 0.56))
        self._connect(model_id, Long(0))
        self._connect(geometry_id, model_id)
        self._connect(material_id, model_id)
        self._add_skin(geometry_id)
        self._add_bind_pose(model_id)

    def _add_skin(self, geometry_id: Long) -> None:
        """A cluster a bone: which vertices it moves, and where bone and mesh were when they were joined."""
        mesh = self.rig.mesh
        assert mesh is not None
        skin, skin_id = self._object("Deformer", "body", "Deformer", "Skin")
        skin.add("Version", 101)
        skin.add("Link_DeformAcuracy", 50.0)
        self._connect(skin_id, geometry_id)
        for joint, bone_id in enumerate(self.bones):
            moved = (mesh.joints == joint) & (mesh.weights > 0)
            vertices = np.flatnonzero(moved.any(axis=1))
            cluster, cluster_id = self._object("Deformer", self.rig.names[joint], "SubDeformer", "Cluster")
            cluster.add("Version", 100)
            cluster.add("UserData", "", "")
            if len(vertices):
                cluster.add("Indexes", vertices.astype(np.int32))
                cluster.add("Weights", (mesh.weights * moved).sum(axis=1)[vertices])
            cluster.add("Transform", _moved_by(-self.rig.rest[joint] * _CM))
            cluster.add("TransformLink", _moved_by(self.rig.rest[joint] * _CM))
            self._connect(cluster_id, skin_id)
            self._connect(bone_id, cluster_id)

    def _add_bind_pose(self, model_id: Long) -> None:
        pose, _ = self._object("Pose", "body", "Pose", "BindPose")
        pose.add("Type", "BindPose")
        pose.add("Version", 100)
        pose.add("NbPoseNodes", len(self.bones) + 1)
        places = [np.zeros(3), *self.rig.rest]
        for number, place in zip([model_id, *self.bones], places, strict=True):
            node = pose.add("PoseNode")
            node.add("Node", number)
            node.add("Matrix", _moved_by(place * _CM))

    def _add_animation(self) -> None:
        rig = self.rig
        stop = _ticks(rig.times[-1])
        stack, stack_id = self._object("AnimationStack", rig.name, "AnimStack", "")
        _properties(
            stack,
            ("LocalStart", "KTime", "Time", "", Long(0)),
            ("LocalStop", "KTime", "Time", "", stop),
            ("ReferenceStart", "KTime", "Time", "", Long(0)),
            ("ReferenceStop", "KTime", "Time", "", stop),
        )
        _, layer_id = self._object("AnimationLayer", "BaseLayer", "AnimLayer", "")
        self._connect(layer_id, stack_id)
        times = np.array([_ticks(time).value for time in rig.times], dtype=np.int64)
        angles = steady_euler_degrees(matrices_from_quaternions(rig.rotations), "xyz")
        for joint, bone_id in enumerate(self.bones):
            if joint < rig.places.shape[1]:
                self._add_curves(layer_id, bone_id, "Translation", times, rig.places[:, joint] * _CM)
            self._add_curves(layer_id, bone_id, "Rotation", times, angles[:, joint])

    def _add_curves(
        self, layer_id: Long, bone_id: Long, what: str, times: np.ndarray, values: np.ndarray
    ) -> None:
        """Keys of (N,) times and (N, 3) values for "Lcl Translation" or "Lcl Rotation"."""
        node, node_id = self._object("AnimationCurveNode", what[0], "AnimCurveNode", "")
        rows = [(f"d|{axis}", "Number", "", "A", float(values[0, k])) for k, axis in enumerate("XYZ")]
        _properties(node, *rows)
        self._connect(node_id, layer_id)
        self._connect(node_id, bone_id, f"Lcl {what}")
        for column, axis in enumerate("XYZ"):
            curve, curve_id = self._object("AnimationCurve", "", "AnimCurve", "")
            curve.add("Default", float(values[0, column]))
            curve.add("KeyVer", 4008)
            curve.add("KeyTime", times)
            curve.add("KeyValueFloat", values[:, column].astype(np.float32))
            curve.add("KeyAttrFlags", np.array([_LINEAR_KEY], dtype=np.int32))
            curve.add("KeyAttrDataFloat", _KEY_DATA)
            curve.add("KeyAttrRefCount", np.array([len(times)], dtype=np.int32))
            self._connect(curve_id, node_id, f"d|{axis}")

    def _definitions(self) -> Node:
        """How many objects of each kind there are."""
        kinds = [each.name for each in self.objects.children]
        definitions = Node("Definitions")
        definitions.add("Version", 100)
        definitions.add("Count", len(kinds) + 1)
        for kind in ("GlobalSettings", *dict.fromkeys(kinds)):
            definitions.add("ObjectType", kind).add("Count", kinds.count(kind) or 1)
        return definitions


def _properties(node: Node, *rows: tuple) -> None:
    """Name, type, label, flags, values: a row each."""
    table = node.add("Properties70", closed=True)
    for row in rows:
        table.add("P", *row)


def _model(node: Node, place: np.ndarray) -> None:
    """What bones and meshes have in common; `place` (3,) centimetres in the parent."""
    node.add("Version", 232)
    _properties(
        node,
        ("RotationOrder", "enum", "", "", 0),
        ("InheritType", "enum", "", "", 1),
        ("DefaultAttributeIndex", "int", "Integer", "", 0),
        ("Lcl Translation", "Lcl Translation", "", "A+", *map(float, place)),
        ("Lcl Rotation", "Lcl Rotation", "", "A+", 0.0, 0.0, 0.0),
        ("Lcl Scaling", "Lcl Scaling", "", "A+", 1.0, 1.0, 1.0),
    )
    node.add("MultiLayer", 0)
    node.add("MultiTake", 0)
    node.add("Shading", True)
    node.add("Culling", "CullingOff")


def _layers(geometry: Node, normals: np.ndarray) -> None:
    """Layers of the mesh: a normal per vertex, and the one material."""
    smooth = geometry.add("LayerElementNormal", 0)
    smooth.add("Version", 101)
    smooth.add("Name", "")
    smooth.add("MappingInformationType", "ByVertice")
    smooth.add("ReferenceInformationType", "Direct")
    smooth.add("Normals", normals.reshape(-1))
    material = geometry.add("LayerElementMaterial", 0)
    material.add("Version", 101)
    material.add("Name", "")
    material.add("MappingInformationType", "AllSame")
    material.add("ReferenceInformationType", "IndexToDirect")
    material.add("Materials", np.zeros(1, dtype=np.int32))
    layer = geometry.add("Layer", 0)
    layer.add("Version", 100)
    for kind in ("LayerElementNormal", "LayerElementMaterial"):
        element = layer.add("LayerElement")
        element.add("Type", kind)
        element.add("TypedIndex", 0)


def _moved_by(place: np.ndarray) -> np.ndarray:
    """(16,) the matrix of a translation, its three numbers last."""
    matrix = np.eye(4)
    matrix[3, :3] = place
    return matrix.reshape(-1)


def _ticks(seconds: float) -> Long:
    return Long(round(seconds * TICKS))


def _header() -> Node:
    header = Node("FBXHeaderExtension")
    header.add("FBXHeaderVersion", 1003)
    header.add("FBXVersion", VERSION)
    header.add("EncryptionType", 0)
    stamp = header.add("CreationTimeStamp")
    stamp.add("Version", 1000)
    for name, value in zip(
        ("Year", "Month", "Day", "Hour", "Minute", "Second", "Millisecond"),
        (1970, 1, 1, 10, 0, 0, 0),
        strict=True,
    ):
        stamp.add(name, value)
    header.add("Creator", _CREATOR)
    scene = header.add("SceneInfo", "GlobalInfo\0\1SceneInfo", "UserData")
    scene.add("Type", "UserData")
    scene.add("Version", 100)
    about = scene.add("MetaData")
    about.add("Version", 100)
    for name in ("Title", "Subject", "Author", "Keywords", "Revision", "Comment"):
        about.add(name, "")
    application = ("Original|ApplicationName", "KString", "", "", "STR-Live")
    _properties(scene, ("Original", "Compound", "", ""), application)
    return header


def _global_settings(rig: Rig) -> Node:
    settings = Node("GlobalSettings")
    settings.add("Version", 1000)
    axes = {"UpAxis": 1, "UpAxisSign": 1, "FrontAxis": 2, "FrontAxisSign": 1, "CoordAxis": 0}
    axes |= {"CoordAxisSign": 1, "OriginalUpAxis": -1, "OriginalUpAxisSign": 1}
    _properties(
        settings,
        *((name, "int", "Integer", "", value) for name, value in axes.items()),
        ("UnitScaleFactor", "double", "Number", "", 1.0),
        ("OriginalUnitScaleFactor", "double", "Number", "", 1.0),
        ("AmbientColor", "ColorRGB", "Color", "", 0.0, 0.0, 0.0),
        ("DefaultCamera", "KString", "", "", "Producer Perspective"),
        ("TimeMode", "enum", "", "", 14),  # the rate is the custom one
        ("TimeSpanStart", "KTime", "Time", "", Long(0)),
        ("TimeSpanStop", "KTime", "Time", "", _ticks(rig.times[-1])),
        ("CustomFrameRate", "double", "Number", "", float(rig.fps)),
    )
    return settings


def _documents(stack: str) -> Node:
    documents = Node("Documents")
    documents.add("Count", 1)
    document = documents.add("Document", _DOCUMENT, "Scene", "Scene")
    _properties(
        document, ("SourceObject", "object", "", ""), ("ActiveAnimStackName", "KString", "", "", stack)
    )
    document.add("RootNode", Long(0))
    return documents


def _takes(rig: Rig) -> Node:
    takes = Node("Takes")
    takes.add("Current", rig.name)
    take = takes.add("Take", rig.name)
    take.add("FileName", f"{rig.name}.tak")
    for span in ("LocalTime", "ReferenceTime"):
        take.add(span, Long(0), _ticks(rig.times[-1]))
    return takes
