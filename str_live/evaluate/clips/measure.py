"""Measures one clip. In: Clip, models, damages. Out: Rows.

For each damage mediapipe runs once over the frames for the app, and once as it comes to stand beside it; then
the Engine of the window runs with each network. All see the very same frames; references are those of the
undamaged clip.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from str_live.body.skinning import Body
from str_live.evaluate.clips.clip import NONE, Clip, damaged
from str_live.evaluate.clips.scores import Row, motion_figures, picture_figures
from str_live.evaluate.clips.tracks import (
    TRUTH,
    RememberedFeatures,
    RepeatedPersons,
    Sight,
    Track,
    engine_track,
    find_persons,
    guarded_track,
    mediapipe_track,
)
from str_live.live.engine import FRAME_NETWORK, Engine
from str_live.messages import Frame, Person
from str_live.network.runner import Runner
from str_live.settings import NETWORK_NAMES, SWITCHES, NetworkSettings, Settings, VariantSettings
from str_live.skeleton import LIMB_LANDMARKS
from str_live.weights.load import Parts

logger = logging.getLogger(__name__)

LOOKAHEADS = (0, 2)
"""Frames that a film's bodies wait for where nothing else is asked; a single picture has no future."""

Figures = Callable[[Sequence[Sight | None], np.ndarray], dict[str, float]]
"""What is shown, and (N,) bool which of N frames count -> figures by name."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model, all of whose networks are measured."""

    name: str
    settings: Settings
    model: Runner[np.ndarray]
    body: Body


def measure(
    clip: Clip,
    contenders: Sequence[Contender],
    damages: Sequence[str],
    *,
    lookaheads: Sequence[int] = LOOKAHEADS,
    ablate: bool = False,
) -> Iterator[Row]:
    """A Row for each damage and way of tracking, with `ablate` also for STR without some of its modules.

    Raises ValueError where mediapipe gives no reference.
    """
    film = clip.frames[0].epoch == clip.frames[-1].epoch
    lookaheads = lookaheads if film else (0,)
    in_picture = clip.joints is None
    looked_at = any(contender.model.info.needs_mask for contender in contenders)
    persons = find_persons(clip.frames, masks=in_picture or looked_at)
    figures = _figures(clip, persons)
    for damage in damages:
        logger.info("%s, damage: %s", clip.name, damage)
        frames = damaged(clip, damage, persons)
        seen = persons if damage == NONE else find_persons(frames, masks=looked_at)
        tracks = [mediapipe_track(frames, masks=in_picture)]
        if clip.joints is not None:
            tracks.append(guarded_track(frames, seen))
        for contender in contenders:
            chosen = networks(contender.model.info.networks, lookaheads, ablate=ablate)
            tracks += _tracks(contender, chosen, frames, seen, masks=in_picture)
        yield from _rows(clip, damage, tracks, figures)


def networks(
    available: Collection[str], lookaheads: Sequence[int], *, ablate: bool
) -> list[tuple[str, NetworkSettings, int]]:
    """Name, network and look-ahead of all temporal networks `available`, STR's ablations behind them."""
    whole = {
        NETWORK_NAMES[name]: NetworkSettings(name) for name in available if name != FRAME_NETWORK.temporal
    }
    if ablate and "str" in available:
        whole |= ablations()
    found = [
        (f"{name}, look-ahead {lookahead}", network, lookahead)
        for name, network in whole.items()
        for lookahead in lookaheads
    ]
    return [("per frame", FRAME_NETWORK, 0), *found]


def ablations() -> dict[str, NetworkSettings]:
    """STR without each of its modules, and without all of them, by name."""
    whole = NetworkSettings("str")
    each = {f"STR without {switch}": whole.without(switch) for switch in SWITCHES}
    return {**each, "STR with all modules off": whole.without(*SWITCHES)}


def _tracks(
    contender: Contender,
    chosen: Sequence[tuple[str, NetworkSettings, int]],
    frames: Sequence[Frame],
    persons: Sequence[Person | None],
    *,
    masks: bool,
) -> Iterator[Track]:
    """One Track for each of the chosen networks of the contender."""
    parts = Parts(RememberedFeatures(contender.model), contender.body)
    for name, network, lookahead in chosen:
        settings = replace(contender.settings, variant_a=VariantSettings(network), lookahead=lookahead)
        engine = Engine(settings, parts, tracker=RepeatedPersons(persons))
        yield engine_track(f"{contender.name}: {name}", engine, frames, masks=masks)


def _figures(clip: Clip, persons: Sequence[Person | None]) -> Figures:
    """The measurement that this clip allows."""
    if clip.joints is not None:
        return partial(motion_figures, joints=clip.joints, rate=clip.rate)
    present = [person for person in persons if person is not None and person.mask is not None]
    if len(present) < len(persons):
        raise ValueError(f"mediapipe does not find the person in all frames of {clip.name}: no reference")
    masks = [person.mask > 0.5 for person in present if person.mask is not None]
    landmarks = clip.landmarks_px
    if landmarks is None:
        landmarks = np.stack([person.landmarks_px for person in present])
    return partial(picture_figures, points_px=landmarks[:, LIMB_LANDMARKS], masks=masks)


def _rows(clip: Clip, damage: str, tracks: Sequence[Track], figures: Figures) -> Iterator[Row]:
    """What the tracks are worth, all on the same frames."""
    shown = np.ones(len(clip.frames), bool)
    if clip.joints is not None:
        shown = np.all([[sight is not None for sight in track.sights] for track in tracks], axis=0)
    all_found = np.all([track.found for track in tracks], axis=0)
    for track in tracks:
        yield Row(
            clip=clip.name,
            damage=damage,
            method=track.name,
            frames=len(clip.frames),
            lost=int((~track.found).sum()),
            shown=figures(track.sights, shown),
            all_found=figures(track.sights, all_found),
            all_found_frames=int(all_found.sum()),
        )
    if clip.joints is not None:
        own, own_found = (_acceleration(clip.joints, which, clip.rate) for which in (shown, all_found))
        yield Row(clip.name, damage, TRUTH, len(shown), 0, own, own_found, int(all_found.sum()))


def _acceleration(joints: np.ndarray, counted: np.ndarray, rate: float) -> dict[str, float]:
    """The reference's own mean acceleration over the counted frames."""
    sights = [Sight(frame, np.zeros((12, 2)), None) for frame in joints]
    figures = motion_figures(sights, counted, joints=joints, rate=rate)
    return {name: value for name, value in figures.items() if name == "accel_mm"}
