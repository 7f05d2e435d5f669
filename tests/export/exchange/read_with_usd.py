"""Run where usd-core is: what USD's own library finds in exported files. usage: read_with_usd.py JOBS OUT"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdSkel, UsdValidation


def read(job: dict) -> dict:
    begun = time.perf_counter()
    stage = Usd.Stage.Open(job["file"])
    cache = UsdSkel.Cache()
    root = UsdSkel.Root(stage.GetDefaultPrim())
    cache.Populate(root, Usd.PrimDefaultPredicate)
    (binding,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate) or [None]
    skeleton = UsdSkel.Skeleton(stage.GetPrimAtPath("/Person/Skeleton"))
    query = cache.GetSkelQuery(skeleton)
    names = [path.split("/")[-1] for path in query.GetJointOrder()]
    joints: dict[str, list] = {name: [] for name in names}
    vertices = []
    for frame in range(job["frames"]):
        for name, matrix in zip(names, query.ComputeJointSkelTransforms(Usd.TimeCode(frame)), strict=True):
            joints[name].append(list(matrix.ExtractTranslation()))
        vertices.append(skinned(binding, query, frame) if binding else [])
    errors = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    found = [error.GetMessage() for error in errors.Validate(stage)]
    return {
        "joints": joints,
        "vertices": vertices,
        "steps": stage.GetEndTimeCode() - stage.GetStartTimeCode(),
        "fps": stage.GetTimeCodesPerSecond(),
        "metres": UsdGeom.GetStageMetersPerUnit(stage),
        "up": UsdGeom.GetStageUpAxis(stage),
        "complaints": found,
        "seconds": time.perf_counter() - begun,
    }


def skinned(binding: UsdSkel.Binding, query: UsdSkel.SkeletonQuery, frame: int) -> list[list[float]]:
    (target,) = binding.GetSkinningTargets()
    mesh = UsdGeom.Mesh(target.GetPrim())
    points = mesh.GetPointsAttr().Get()
    transforms = query.ComputeSkinningTransforms(Usd.TimeCode(frame))
    mapper = target.GetJointMapper()
    transforms = mapper.RemapTransforms(transforms) if mapper else transforms
    assert target.ComputeSkinnedPoints(transforms, points, Usd.TimeCode(frame))
    to_world = Gf.Matrix4d(1)
    return np.array([list(to_world.Transform(Gf.Vec3d(point))) for point in points[::100]]).tolist()


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps([read(job) for job in jobs]))
