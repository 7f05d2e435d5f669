"""`python -m str_live.evaluate.people FILM ... --people 4`: who is followed, a line a film; no network runs.

Prints frames, in how many of them each number was seen, and swaps where FILM.people.json tells who is where
(`python -m str_live.evaluate.people.films` makes such films). --sheet draws twelve frames of each film.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from str_live.camera import SourceError, frames, open_source
from str_live.evaluate.people.counting import Counts, Truth
from str_live.messages import Frame, Person
from str_live.person.choose import people_for
from str_live.settings import MOST_PEOPLE, SourceSettings

SHEET_FRAMES, SHEET_COLUMNS, SHEET_WIDTH = 12, 4, 400
"""Frames of a film on the sheet, in a row, and their width in pixels."""
COLOURS = ((60, 160, 255), (255, 160, 60), (120, 220, 80), (220, 120, 220), (80, 220, 220), (200, 200, 200))
"""BGR, by number."""


def main(argv: list[str] | None = None) -> int:
    """Print the lines; 0, or 2 where a film cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m str_live.evaluate.people", description=__doc__)
    parser.add_argument("films", nargs="+", metavar="FILM", help="films, pictures or folders of pictures")
    parser.add_argument("--people", type=int, choices=range(1, MOST_PEOPLE + 1), default=4, metavar="N")
    parser.add_argument("--frames", type=int, help="of each film; a picture is shown so often")
    parser.add_argument("--sheet", type=Path, metavar="OUT.jpg", help="twelve frames of each, with numbers")
    arguments = parser.parse_args(argv)
    rows = []
    try:
        for film in arguments.films:
            counts, pictures = follow(film, arguments.people, arguments.frames)
            print(f"{Path(film).name}: {counts.line()}", flush=True)
            rows += sheet_rows(pictures)
    except (SourceError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.sheet is not None:
        width = max(row.shape[1] for row in rows)
        wide = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
        cv2.imwrite(str(arguments.sheet), np.concatenate(wide))
    return 0


def follow(film: str, people: int, most: int | None) -> tuple[Counts, list[np.ndarray]]:
    """What came of one film, and its frames with numbers drawn in, small."""
    counts, pictures = Counts(_truth_of(Path(film))), list[np.ndarray]()
    tracker = people_for(people)
    try:
        for frame in _frames(film, most):
            found = tracker.find(frame)
            counts.add({number: one and (one.box.cx, one.box.cy) for number, one in found.items()})
            pictures.append(drawn(frame.image, found))
    finally:
        tracker.close()
    return counts, pictures


def _frames(film: str, most: int | None) -> Iterator[Frame]:
    """Every frame, `most` at most; a picture again and again, thirty times a second."""
    source = open_source(SourceSettings(spec=film, loop=False, realtime=False))
    for index, frame in enumerate(frames(source)):
        if index == most:
            return
        yield frame
        if source.frame_count == 1:
            for again in range(1, most or 1):
                yield Frame(frame.image, again, frame.time_s + again / 30, frame.captured_ns, frame.epoch)


def _truth_of(film: Path) -> Truth | None:
    """Who is where in a made film; None where that is not known."""
    path = film.with_name(f"{film.stem}.people.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def drawn(image: np.ndarray, found: Mapping[int, Person | None]) -> np.ndarray:
    """A small copy of the picture with everybody's square and number."""
    scale = SHEET_WIDTH / image.shape[1]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for number, person in found.items():
        if person is None:
            continue
        colour, box = COLOURS[(number - 1) % len(COLOURS)], person.box
        corners = [(box.cx + s * box.side / 2, box.cy + s * box.side / 2) for s in (-1, 1)]
        (left, top), (right, bottom) = ((round(x * scale), round(y * scale)) for x, y in corners)
        cv2.rectangle(small, (left, top), (right, bottom), colour, 2)
        cv2.putText(small, str(number), (max(left, 0) + 4, max(top, 0) + 24), 0, 0.9, colour, 2)
    return small


def sheet_rows(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """Twelve of the pictures, evenly spread, as rows of a sheet."""
    chosen = np.linspace(0, len(pictures) - 1, SHEET_FRAMES).round().astype(int)
    height = max(picture.shape[0] for picture in pictures)
    cells = [np.pad(pictures[i], ((0, height - pictures[i].shape[0]), (0, 0), (0, 0))) for i in chosen]
    return [
        np.concatenate(cells[start : start + SHEET_COLUMNS], axis=1)
        for start in range(0, len(cells), SHEET_COLUMNS)
    ]


if __name__ == "__main__":
    sys.exit(main())
