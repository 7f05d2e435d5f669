"""Puts the parts of films together as a database. In: Parts of films. Out: the arrays of a `*_db.pt`.

A track is one person without a gap; each is a video of its own to the training, whose windows must not reach
over gaps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from str_live.datasets.from_videos.parts import Part

GAP_S = 0.5
"""Seconds unseen after which a new track begins: as long as the app's window waits for a person."""


def database_of(parts: Mapping[str, Part]) -> dict[str, np.ndarray]:
    """A database's columns of N rows, films by name: `vid_name`, `frame_id`, `img_name`, `bbox` and so on."""
    columns: dict[str, list[np.ndarray]] = {}
    for film, part in parts.items():
        if not len(part.features):
            continue
        who, time_s = part.values["who"], part.values["time_s"]
        order = np.lexsort((time_s, _first_seen(who)))
        named = {"vid_name": track_names(film, who[order], time_s[order]), "features": part.features[order]}
        named |= {key: part.values[key][order] for key in ("frame_id", "img_name")}
        named |= {key: part.values[key][order].astype(np.float32) for key in ("bbox", "joints2D")}
        for key, column in named.items():
            columns.setdefault(key, []).append(column)
    return {key: np.concatenate(column) for key, column in columns.items()}


def track_names(film: str, who: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    """(n,) 'film_person' of a film's rows, sorted by person and time; behind gaps 'film_person.1' and on."""
    another = who[1:] != who[:-1]
    gap = ~another & (np.diff(time_s) > GAP_S)
    names, piece = [], 0
    for index, person in enumerate(who):
        if index:
            piece = 0 if another[index - 1] else piece + int(gap[index - 1])
        names.append(f"{film}_{person}.{piece}" if piece else f"{film}_{person}")
    return np.array(names)


def frame_rate(part: Part) -> float | None:
    """Frames a second of a film's rows; None for fewer than two."""
    steps = np.diff(np.unique(part.values["time_s"])) if len(part.features) else np.zeros(0)
    return round(float(1 / np.median(steps)), 3) if len(steps) else None


def _first_seen(who: np.ndarray) -> np.ndarray:
    """(n,) people numbered in the order in which they appear."""
    _, first, inverse = np.unique(who, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
