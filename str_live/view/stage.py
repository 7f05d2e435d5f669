"""From results to scenes: BodyResult and mesh in, Scene out, for the window and for films alike."""

from __future__ import annotations

import numpy as np

from str_live.messages import NUMBER_OF_ONE, BodyResult, PersonBody
from str_live.settings import ViewSettings
from str_live.view.person_colours import COLOUR_A, COLOUR_B, Colour, pale, person_colour
from str_live.view.places import Place, Places, viewing_turn
from str_live.view.scene import Figure, GroundLevel, Scene, SpeedMeter, fade

Mesh = tuple[np.ndarray, np.ndarray]
"""(F, 3) int32 faces, (V,) the joint that moves each vertex most."""
COMPARE_SEPARATION_M = 0.9
"""Metres between A and B in the 3D view: far enough for two pairs of elbows."""
COMPARE_DISTANCE_M = 4.4
"""Metres from which two bodies side by side fit into the view."""
_NO_MESH: Mesh = np.empty((0, 3), dtype=np.int32), np.empty(0)


class Stage:
    """Places the bodies of one stream; remembers ground, speed and places from frame to frame. One thread."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._several = False
        self._ground = GroundLevel()
        self._speed = SpeedMeter()
        self._places = Places()

    def scene(self, result: BodyResult, mesh: Mesh | None, view: ViewSettings) -> Scene | None:
        """What the views draw; None where `mesh` belongs to another body than the result's.

        No mesh: none is loaded yet, then there is a picture and no body.
        """
        self._begin_anew(result)
        faces, parts = mesh or _NO_MESH
        people = result.people
        self._several = not _one_is_followed(result) and (self._several or _are_several(people))
        if any(len(body.vertices) != len(parts) for one in people for body in one.bodies):
            return None  # just loaded, or about to be: faces and vertices of two bodies do not fit
        side_by_side = len(result.bodies) > 1 and (view.alone or not self._several)
        return Scene(
            result=result,
            faces=faces,
            view=view,
            parts=parts,
            people=people,
            figures=self._figures(result, people, view),
            several=self._several,
            side_by_side=side_by_side,
        )

    def _begin_anew(self, result: BodyResult) -> None:
        """At another source nothing is remembered."""
        if result.frame.epoch != self._epoch:
            self._epoch = result.frame.epoch
            self._several = False
            self._ground.reset()
            self._speed.reset()
            self._places.reset()

    def _figures(
        self, result: BodyResult, people: tuple[PersonBody, ...], view: ViewSettings
    ) -> tuple[Figure, ...]:
        """Everybody's bodies, the followed one's first."""
        time_s = result.frame.time_s
        shown = [one for one in people if one.bodies and one.box is not None]
        bodies = {
            (one.number, variant): body
            for one in shown
            for variant, body in zip("AB", one.bodies, strict=False)
        }
        floors = self._ground.update(bodies, time_s)
        speeds = self._speed.update(bodies, time_s) if view.colour_mode == "speed" else {}
        places = self._places_of(result, shown, view)
        return tuple(
            Figure(
                number=one.number,
                variant=variant,
                body=body,
                box=one.box,
                colour=self._colour(one.number, variant),
                fade=fade(one.held_s),
                floor=floors[one.number, variant],
                speeds=speeds.get((one.number, variant)),
                place=places.get((one.number, variant)),
            )
            for one in shown
            if one.box is not None
            for variant, body in zip("AB", one.bodies, strict=False)
        )

    def _colour(self, number: int, variant: str) -> Colour:
        """One person's bodies are told apart by variant, those of several by person."""
        if self._several:
            own = person_colour(number)
            return own if variant == "A" else pale(own)
        return COLOUR_A if variant == "A" else COLOUR_B

    def _places_of(
        self, result: BodyResult, shown: list[PersonBody], view: ViewSettings
    ) -> dict[tuple[int, str], Place]:
        """Where bodies stand in the 3D view, by number and variant; the missing ones are not shown there."""
        if view.alone or not self._several:
            number, count = result.number or NUMBER_OF_ONE, len(result.bodies)
            return {
                (number, variant): Place(right=(place - (count - 1) / 2) * COMPARE_SEPARATION_M)
                for place, variant in enumerate("AB"[:count])
            }
        height, width = result.frame.image.shape[:2]
        there = [one for one in shown if fade(one.held_s) > 0.0]
        pelvises = {one.number: one.bodies[0].joints_cam[0] for one in there}
        places = self._places.update(pelvises, result.frame.time_s)
        return {
            (one.number, variant): Place(*places[one.number], viewing_turn(one.box, width, height))
            for one in there
            if one.box is not None
            for variant in "AB"
        }


def _are_several(people: tuple[PersonBody, ...]) -> bool:
    """Whether somebody is there besides the first who came."""
    return len(people) > 1 or any(one.number != NUMBER_OF_ONE for one in people)


def _one_is_followed(result: BodyResult) -> bool:
    """Whether no more than one person was looked for; a recording may hold several all the same."""
    if result.frame.replay is not None or result.made_by is None:
        return False
    return result.made_by.settings.people == 1 and not result.others
