"""The last ten seconds of shares and shifts. In: results with alternatives, out: curves."""

from __future__ import annotations

from str_live.live.switches.cases import CASES, WHOLE
from str_live.live.switches.meter import shifts_mm
from str_live.live.switches.shares import module_shares
from str_live.messages import BodyResult
from str_live.view.rings import TimeRings

SHARE, SHIFT = "share", "shift"
"""Kinds of curves: per cent by module (a field of NetworkSettings), millimetres by the name of a Case."""


class SwitchHistory(TimeRings):
    """Rings of both kinds. GUI thread."""

    def add(self, result: BodyResult) -> None:
        """Take the clock of a result, and what its alternatives tell."""
        self.follow(result.frame)
        found = result.alternatives
        if found is None or WHOLE not in found.networks:
            return
        shares = module_shares(found.attention[found.networks.index(WHOLE)])
        values = {(SHARE, module): 100 * share for module, share in shares.items()}
        shifts = shifts_mm(found.joints_cam)[:, 1:].mean(1)  # without the pelvis, (K,)
        for case in CASES:
            if case.network in found.networks:
                values[SHIFT, case.name] = float(shifts[found.networks.index(case.network)])
        self.push(result.frame.time_s, values)
