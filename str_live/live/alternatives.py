"""Networks that run beside those shown: what they make of one person.

In: Predictions, out: AlternativeBodies.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from str_live.body.posing import place_joints, pose_bodies
from str_live.body.skinning import Body
from str_live.messages import AlternativeBodies, Alternatives, Box, Prediction
from str_live.settings import NetworkSettings


def networks_of(wish: Alternatives | None, available: tuple[str, ...]) -> tuple[NetworkSettings, ...]:
    """The networks of a wish that have weights: those of temporal networks `available`; () without a wish."""
    return () if wish is None else tuple(each for each in wish.networks if each.temporal in available)


def alternative_bodies(
    body: Body,
    wish: Alternatives,
    predictions: Mapping[NetworkSettings, Prediction],
    box: Box,
    size: tuple[int, int],
) -> AlternativeBodies | None:
    """What the predictions for the crop `box` of a picture of `size` (width, height) are as bodies.

    None where no network of the wish is among them.
    """
    found = {network: predictions[network] for network in wish.networks if network in predictions}
    if not found:
        return None
    posed = [network for network in wish.posed if network in found]
    bodies = pose_bodies(body, [found[network] for network in posed], box, size)
    return AlternativeBodies(
        tuple(found),
        np.stack(place_joints(body, list(found.values()), [box] * len(found), size)),
        tuple(prediction.attention for prediction in found.values()),
        dict(zip(posed, bodies, strict=True)),
    )
