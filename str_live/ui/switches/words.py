"""What a switch does on what has played so far, in words. No Qt."""

from __future__ import annotations

from str_live.live.switches.cases import WHOLE, Case
from str_live.live.switches.meter import CaseFigures, SwitchFigures
from str_live.skeleton import JOINT_NAMES

UNSEEN_MM = 1.0
"""Mean shift of the joints below which nobody sees a difference on a screen."""
HARDLY_SEEN_MM = 3.0
LITTLE = 0.03
"""Share by which a figure may change without a word of its own."""


def effect_text(case: Case, figures: SwitchFigures | None) -> str:
    """'Without TTR the joints move by 0.8 mm on average: less than a millimetre, too little to be seen.'"""
    if figures is None or case.network not in figures.cases:
        return ""
    own, whole = figures.cases[case.network], figures.cases[WHOLE]
    return f"{_shift_text(case, own)} {_changes_text(own, whole)}".strip()


def _shift_text(case: Case, own: CaseFigures) -> str:
    most = int(own.by_joint_mm.argmax())
    where = f"most at the {JOINT_NAMES[most].replace('_', ' ')}, {own.by_joint_mm[most]:.1f} mm"
    moved = f"Without {case.without} the joints move by {own.shift_mm:.1f} mm on average"
    if own.shift_mm < UNSEEN_MM:
        return f"{moved}: less than a millimetre, too little to be seen ({where})."
    if own.shift_mm < HARDLY_SEEN_MM:
        return f"{moved}: hardly to be seen at true size ({where})."
    return f"{moved} ({where})."


def _changes_text(own: CaseFigures, whole: CaseFigures) -> str:
    """What becomes of the other figures."""
    pairs = (
        ("the mean acceleration", own.accel_mm, whole.accel_mm),
        ("the acceleration error", own.accel_error_mm, whole.accel_error_mm),
        ("PA-MPJPE", own.pa_mpjpe_mm, whole.pa_mpjpe_mm),
    )
    changes = {name: value / base - 1 for name, value, base in pairs if value is not None and base}
    if not changes:
        return ""
    large = [_change_text(name, change) for name, change in changes.items() if abs(change) >= LITTLE]
    small = [name for name, change in changes.items() if abs(change) < LITTLE]
    stays = (
        f"{_listed(small)} stay{'s' if len(small) == 1 else ''} within {_percent(LITTLE)}" if small else ""
    )
    text = "; ".join(filter(None, (_listed(large) if large else "", stays)))
    return f"{text[0].upper()}{text[1:]}."


def _change_text(name: str, change: float) -> str:
    return f"{name} {'rises' if change > 0 else 'falls'} by {_percent(abs(change))}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _listed(names: list[str]) -> str:
    """'a, b and c'."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def change_text(value: float | None, base: float | None) -> str:
    """'+12 %'; '' where one of them is not known or nothing changed."""
    if value is None or not base:
        return ""
    percent = round((value / base - 1) * 100)
    return f"{percent:+d} %".replace("-", "−") if percent else ""


def measured_text(figures: SwitchFigures | None) -> str:
    """Of how many frames the figures are, and what errors are against."""
    if figures is None:
        return ""
    frames = f"Means of {figures.frames} frames played since this window was opened"
    if figures.reference:
        return f"{frames}; errors against {figures.reference}."
    return f"{frames}; {figures.no_reference}." if figures.no_reference else f"{frames}."
