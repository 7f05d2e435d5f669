"""`python -m str_live.build_assets.clip --motion DIR`: the built-in clip and its truth -> assets/clip/.

The clip is a render: the free body, dressed, in a room, moved by free motion. It gives the app
something to show without a camera, and every frame's true joints to measure against.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from str_live.body.skinning import Body, load_body
from str_live.build_assets.clip_check import sightings
from str_live.build_assets.clip_motion import CUTS, cut_together, put_on_the_floor
from str_live.build_assets.clip_studio import Studio, StudioCamera
from str_live.build_assets.clip_wardrobe import Outfit, dress
from str_live.camera.film import film_pictures
from str_live.datasets.motion import FPS, MotionClip, load_motion, load_rest_joints
from str_live.files import CLIP_FOLDER, FREE_BODY
from str_live.geometry import project_px
from str_live.interruption import interruptible
from str_live.untrusted.arrays import read_arrays

SOLE_M = 0.008
"""What the socks add below the skin."""
FEET = (10, 11)
"""SMPL joints of the balls of the feet."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The posed body of every frame, world: metres, y up, camera at +z."""

    rotmat: np.ndarray
    """(N, 24, 3, 3) local rotations, [0] in the world."""
    root: np.ndarray
    """(N, 3) pelvis joint."""
    vertices: np.ndarray
    """(N, V, 3) float32."""
    normals: np.ndarray
    """(N, V, 3) float32."""
    joints: np.ndarray
    """(N, 24, 3) float32."""


def main() -> None:
    """Pose, render, encode, write the truth, ask mediapipe."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--motion", type=Path, default=Path("../shared/data/motion"), help="motion folder or cache"
    )
    parser.add_argument("--out", type=Path, default=CLIP_FOLDER, help="folder to write to")
    parser.add_argument(
        "--quality", type=int, default=21, help="x264's constant rate factor, lower is better"
    )
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    clips = read_motion(arguments.motion)
    body, camera = load_body(None), StudioCamera()
    performance = perform(body, *cut_together(clips))
    truth = truth_of(performance, camera, rest_pelvis(body))
    licences = sorted({clip.licence for clip in clips if clip.name in {cut.name for cut in CUTS}})
    np.savez_compressed(arguments.out / "clip_truth.npz", **truth, fps=FPS, licences=np.array(licences))
    film = arguments.out / "clip.mp4"
    encode(pictures(performance, camera, body), film, camera, arguments.quality)
    report(film, truth)


def read_motion(path: Path) -> list[MotionClip]:
    """The clips of a motion cache (a file) or of a folder of motion files, fitted to the free body."""
    return load_motion(path, load_rest_joints(FREE_BODY))


def perform(body: Body, rotmat: np.ndarray, root: np.ndarray) -> Performance:
    """Pose the mean body for rotations (N, 24, 3, 3) and pelvis positions (N, 3), feet on the floor."""
    parts: list[list[np.ndarray]] = [[], [], []]
    with torch.inference_mode():
        for start in range(0, len(rotmat), 32):
            batch = torch.from_numpy(rotmat[start : start + 32])
            posed = body.forward(batch, torch.zeros(len(batch), 10))
            for store, value in zip(parts, (posed.vertices, posed.joints, posed.normals), strict=True):
                store.append(value.numpy())
    vertices, joints, normals = (np.concatenate(part) for part in parts)
    vertices -= joints[:, :1]
    joints = joints - joints[:, :1]
    root = put_on_the_floor(root, vertices[..., 1].min(axis=1) + root[:, 1] - SOLE_M)
    return Performance(rotmat, root, vertices + root[:, None], normals, joints + root[:, None])


def rest_pelvis(body: Body) -> np.ndarray:
    """(3,) metres: the pelvis joint of the mean body, which every rotation turns about."""
    with torch.inference_mode():
        posed = body.forward(torch.eye(3).expand(1, 24, 3, 3), torch.zeros(1, 10))
    return posed.joints[0, 0].numpy()


def truth_of(performance: Performance, camera: StudioCamera, pelvis: np.ndarray) -> dict[str, np.ndarray]:
    """What clip_truth.npz holds, metres in the camera frame (x right, y down, z away); `pelvis` (3,) at rest.

    joints_cam (N, 24, 3), rotmat (N, 24, 3, 3), betas (10,), translation (N, 3), K (3, 3) pixels:
    vertices_cam = body(rotmat, betas).vertices + translation.
    """
    turn, shift = camera.cam_from_world()[:3, :3], camera.cam_from_world()[:3, 3]
    rotmat = performance.rotmat.copy()
    rotmat[:, 0] = turn @ rotmat[:, 0]
    truth = {
        "joints_cam": performance.joints @ turn.T + shift,
        "rotmat": rotmat,
        "betas": np.zeros(10),
        "translation": performance.root @ turn.T + shift - pelvis,
        "K": camera.matrix(),
    }
    return {name: value.astype(np.float32) for name, value in truth.items()}


def pictures(performance: Performance, camera: StudioCamera, body: Body) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 BGR frames, with what a webcam adds."""
    generator = np.random.default_rng(0)
    outfit = _outfit()
    with Studio(camera, outfit, body.faces) as studio:
        for vertices, normals, joints in zip(
            performance.vertices, performance.normals, performance.joints, strict=True
        ):
            soles = joints[list(FEET)] - (0.0, 0.03, 0.0)
            picture = studio.render(vertices + normals * outfit.offset[:, None], normals, soles)
            yield through_a_webcam(picture, generator)


def _outfit() -> Outfit:
    """What the free body wears."""
    data = read_arrays(FREE_BODY, ("v_template", "J_regressor", "part_names", "vertex_part"))
    template = data["v_template"].astype(np.float64)
    joints = data["J_regressor"] @ template
    names = [str(name) for name in data["part_names"]]
    return dress(template, joints, data["vertex_part"], names)


def through_a_webcam(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A little blur, a darker rim and sensor noise on an (H, W, 3) uint8 picture."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    soft = cv2.GaussianBlur(picture, (3, 3), 0.6).astype(np.float32)
    soft *= (1.0 - 0.16 * (x * x + y * y) / 2)[..., None]
    grain = generator.standard_normal((height, width, 1), dtype=np.float32) * 1.6
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


def encode(frames: Iterator[np.ndarray], path: Path, camera: StudioCamera, quality: int) -> None:
    """Write H.264 with ffmpeg. OpenCV's own wheels decode it everywhere but cannot write it."""
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg with libx264 is needed to encode the clip: install it and run this again")
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "clip.mp4"
        command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"]
        command += ["-s", f"{camera.width}x{camera.height}", "-r", str(FPS), "-i", "-", "-c:v", "libx264"]
        command += ["-preset", "slow", "-crf", str(quality), "-pix_fmt", "yuv420p", "-g", "60"]
        command += [
            "-movflags",
            "+faststart",
            "-metadata",
            "comment=STR-Live: rendered, not filmed",
            str(part),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            for frame in frames:
                process.stdin.write(frame.tobytes())
            process.stdin.close()
        if process.returncode:
            raise SystemExit(f"ffmpeg ended with {process.returncode}")
        shutil.move(part, path)


def report(path: Path, truth: dict[str, np.ndarray]) -> None:
    """Print size, length, and what mediapipe made of it."""
    joints_px = project_px(truth["joints_cam"], truth["K"])
    found = sightings(film_pictures(path), joints_px)
    error = found.error_px[found.found]
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(joints_px)} frames at {FPS} fps")
    print(f"mediapipe finds the person in {100 * found.found.mean():.1f} % of the frames")
    worst = np.percentile(error, 95)
    print(f"its 12 limb joints lie {error.mean():.1f} px from the truth, 95 % within {worst:.1f} px")


if __name__ == "__main__":
    with interruptible("start it again"):
        main()
