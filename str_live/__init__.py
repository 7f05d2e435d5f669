"""STR-Live: a person's 3D body, live from a webcam, by Spatio-Temporal tendency Reasoning (STR, BMVC 2022).

The data's way through the package, one file a step::

    camera/      a source of pictures                          -> Frame
    person.py    mediapipe: box, 33 landmarks, mask     Frame  -> Person
    crop.py      affine 224 x 224 crop                         -> Crop
    feature.py   front ends: landmarks, resnet          Crop   -> (C,) feature
    window.py    ring of timestamped features                  -> (16, C) window
    temporal/    STR, TCMR, VIBE, or per frame                 -> (C,) feature of one frame
    regressor.py feature -> pose, shape, camera (iterative)
    body.py      SMPL-format body                              -> vertices, joints, normals
    view/, ui/   moderngl renderer, Qt window

model.py assembles the network, loading.py joins its weights, front_end.py chooses the front end at the start,
pipeline.py runs it all on threads, record/ writes what it sees.
"""

__version__ = "0.1.0"
