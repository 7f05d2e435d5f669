"""`python -m str_live.evaluate.people.films A.mp4 B.mp4 FOLDER`: films in which it is known who is where.

The one person of each of two clips is cut out by mediapipe's mask and walks before a plain background: past
the other and back (crossing), behind the other for two seconds (hidden), out of the picture for three
(outside); then a cut to the first one alone elsewhere, and back (cut). Beside each lies FILM.people.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from str_live.camera.film import film_pictures
from str_live.person.detector import MediapipePose
from str_live.record.film import TICKS, FilmFile

WIDTH, HEIGHT, FPS = 1280, 720, 30
CUTOUTS = 30
"""Pictures of each clip, played there and back."""
BODY_HEIGHT = 520
"""Pixels of a cut-out's picture."""
Places = tuple[float | None, float | None]
"""Where the first and the second stand, as shares of the width; the second before the first."""


def main(argv: list[str] | None = None) -> int:
    """Make the four films; 0, or 2 where nobody is found in a clip."""
    parser = argparse.ArgumentParser(prog="python -m str_live.evaluate.people.films", description=__doc__)
    parser.add_argument("clips", type=Path, nargs=2, metavar="CLIP", help="a clip of one person each")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    people = [cutouts(clip) for clip in arguments.clips]
    for clip, own in zip(arguments.clips, people, strict=True):
        if not own:
            print(f"error: nobody is found in {clip}: give a clip of one person", file=sys.stderr)
            return 2
    for name, (frames, script) in SCRIPTS.items():
        write(arguments.folder / f"{name}.mp4", people, frames, script)
        print(arguments.folder / f"{name}.mp4")
    return 0


def cutouts(clip: Path) -> list[np.ndarray]:
    """(h, w, 4) uint8 BGR and opacity of the person of a clip, a picture each in which he was found."""
    detector, found = MediapipePose(segmentation=True), []
    for image in islice(film_pictures(clip), CUTOUTS):
        detection = detector.detect(image)
        if detection is None or detection.mask is None:
            continue
        opacity = (np.clip(detection.mask, 0, 1) * 255).astype(np.uint8)[..., None]
        scale = BODY_HEIGHT / image.shape[0]
        size = round(image.shape[1] * scale), BODY_HEIGHT
        whole = np.concatenate([image, opacity], axis=-1)
        found.append(cv2.resize(whole, size, interpolation=cv2.INTER_AREA))
    detector.close()
    return found


def crossing(second: float) -> Places:
    """There in 2.5 s, and back."""
    share = 1 - abs(second / 2.5 - 1)
    return 0.2 + 0.6 * share, 0.8 - 0.6 * share


def hidden(second: float) -> Places:
    """The second comes before the first from 1 to 1.5 s, stays for 2 s, and leaves."""
    away = max(min(1.0, (1.5 - second) / 0.5), min(1.0, (second - 3.5) / 0.5), 0.0)
    return 0.35, 0.35 + 0.4 * away


def outside(second: float) -> Places:
    """The first leaves within a second, is away for 3 s, and comes back."""
    if 2 <= second < 5:
        return None, 0.65
    away = max(second - 1 if second < 2 else 6 - second, 0.0)
    return 0.2 - 0.4 * away, 0.65


def cut(second: float) -> Places:
    """The first alone elsewhere in the middle second; `write` changes the background."""
    return (0.7, None) if 1 <= second < 2 else (0.25, 0.75)


SCRIPTS: dict[str, tuple[int, Callable[[float], Places]]] = {
    "crossing": (150, crossing),
    "hidden": (165, hidden),
    "outside": (210, outside),
    "cut": (90, cut),
}
"""Name -> frames, and where people are by the second."""


def write(path: Path, people: list[list[np.ndarray]], frames: int, script: Callable[[float], Places]) -> None:
    """One film, and who is where in it."""
    film, truth = FilmFile(path, WIDTH, HEIGHT, overwrite=True), {"first": [], "second": []}
    for index in range(frames):
        places = script(index / FPS)
        picture = background(elsewhere=None in places and script is cut)
        for name, own, place in zip(truth, people, places, strict=True):
            truth[name].append(None if place is None else _paste(picture, own, index, place * WIDTH))
        film.write(picture, index * TICKS // FPS, TICKS // FPS)
    film.close()
    text = json.dumps({"people": truth})
    path.with_name(f"{path.stem}.people.json").write_text(text, encoding="utf-8")


def background(*, elsewhere: bool) -> np.ndarray:
    """(720, 1280, 3) uint8: a wall that grows darker to one side, over a floor."""
    shade = np.linspace(200, 120, WIDTH) if not elsewhere else np.linspace(60, 150, WIDTH)
    picture = np.repeat(np.tile(shade, (HEIGHT, 1))[..., None], 3, axis=-1)
    picture[HEIGHT * 3 // 4 :] *= 1.4 if elsewhere else 0.6
    return np.clip(picture, 0, 255).astype(np.uint8)


def _paste(picture: np.ndarray, own: list[np.ndarray], index: int, x: float) -> list[float]:
    """Put a cut-out with its middle at x, on the floor; its middle and height, pixels."""
    turn = index % max(2 * len(own) - 2, 1)
    body = own[turn if turn < len(own) else 2 * len(own) - 2 - turn]
    height, width = body.shape[:2]
    left, top = round(x - width / 2), HEIGHT - 40 - height
    first, last = max(left, 0), min(left + width, WIDTH)
    if first < last:
        part = body[:, first - left : last - left]
        opacity = part[..., 3:] / 255
        under = picture[top : top + height, first:last]
        under[:] = (under * (1 - opacity) + part[..., :3] * opacity).round().astype(np.uint8)
    return [x, top + height / 2, height]


if __name__ == "__main__":
    sys.exit(main())
