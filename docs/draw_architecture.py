"""Draws docs/architecture.svg: STR as `STRConfig()` builds it, its parameters counted in the network itself.

Run `python docs/draw_architecture.py` after a change to str_live/temporal/str.py; `make images` does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from str_live.body.regressor import Regressor  # noqa: E402  (the package lies beside this folder)
from str_live.temporal import STR  # noqa: E402

INK, QUIET, LINE = "#1c2733", "#5b6b7b", "#7d8b99"
TTR, STE, HALVES, MIX, PLAIN = "#d5ebe6", "#fbe3c8", "#dbe6f6", "#e8dcf2", "#eef1f4"
WIDTH, HEIGHT = 1240, 690
FIGURE = HERE / "architecture.svg"
FRAMES = 16
LOW = "₁₂₃₄"


class Drawing:
    """An SVG picture under construction; lengths in pixels, y down."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, fill: str, *lines: str) -> None:
        """A rounded box; the first line is its name, the others are smaller."""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="{fill}" '
            f'stroke="{LINE}" stroke-width="1"/>'
        )
        top = y + height / 2 - 8.5 * (len(lines) - 1)
        for number, line in enumerate(lines):
            self.text(x + width / 2, top + 17 * number + 5, line, small=number > 0)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        small: bool = False,
        anchor: str = "middle",
        bold: bool = False,
    ) -> None:
        """One line of text."""
        size, colour, weight = (12.5, QUIET, "400") if small else (14.5, INK, "600" if bold else "500")
        self.parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" font-weight="{weight}" '
            f'text-anchor="{anchor}">{escape(text)}</text>'
        )

    def arrow(self, *points: tuple[float, float], label: str = "", dashed: bool = False) -> None:
        """A line through the points with a head at the last; the label stands above its last stretch."""
        path = " ".join(f"{x},{y}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.3"{dash} '
            f'marker-end="url(#head)"/>'
        )
        if label:
            (x0, _), (x1, y1) = points[-2:]
            self.text((x0 + x1) / 2, y1 - 7, label)

    def frames(self, x: float, y: float, first: int, last: int, fill: str) -> None:
        """Frames `first` to `last` of the window as small cells."""
        for frame in range(first, last + 1):
            colour = "#f4b9a7" if frame == FRAMES // 2 else fill
            self.parts.append(
                f'<rect x="{x + 15 * (frame - first)}" y="{y}" width="13" height="26" rx="2" '
                f'fill="{colour}" stroke="{LINE}" stroke-width="0.8"/>'
            )

    def panel(self, x: float, y: float, width: float, height: float, title: str) -> None:
        """A quiet frame around what belongs together."""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="none" stroke="{LINE}" '
            f'stroke-width="1" stroke-dasharray="2 4"/>'
        )
        self.text(x + 14, y + 22, title, anchor="start", bold=True)

    def svg(self) -> str:
        """The picture as a file's text."""
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'font-family="Inter, Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif">\n'
            f'<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{INK}"/></marker></defs>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="14" fill="white"/>\n{body}\n</svg>\n'
        )


def millions(*modules: nn.Module) -> str:
    """'18.9 M': the parameters of the modules."""
    return f"{sum(p.numel() for module in modules for p in module.parameters()) / 1e6:.1f} M"


def draw_input(drawing: Drawing) -> None:
    """The window, and the way into the three branches."""
    drawing.text(34, 270, "F", anchor="start", bold=True)
    drawing.text(50, 270, "16 frames × 2048", anchor="start", small=True)
    drawing.frames(34, 282, 0, 15, PLAIN)
    drawing.text(160, 328, "frame 8", small=True)
    for y in (130, 345, 560):
        drawing.arrow((276, 295), (296, 295), (296, y), (322, y))


def draw_ttr(drawing: Drawing, network: STR) -> None:
    """Four fragments, each on top of the one before."""
    drawing.panel(322, 20, 520, 220, f"TTR, temporal tendency reasoning (eq. 1, 2): {millions(network.ttr)}")
    for index in range(4):
        x = 346 + 122 * index
        drawing.frames(x + 12, 56, 4 * index, 4 * index + 3, TTR)
        if index == 0:
            drawing.box(x, 160, 84, 34, TTR, "F₁ᵒ = F₁")
            drawing.arrow((x + 42, 84), (x + 42, 158))
            continue
        drawing.box(x, 102, 84, 30, TTR, f"GRU{LOW[index]}")
        drawing.arrow((x + 42, 84), (x + 42, 100))
        drawing.arrow((x + 42, 132), (x + 42, 158))
        drawing.box(x, 160, 84, 34, TTR, f"+  →  F{LOW[index]}ᵒ")
        drawing.arrow((x - 38, 177), (x - 2, 177))
    drawing.text(582, 224, "F_ttr = F + [ F₁ᵒ  F₂ᵒ  F₃ᵒ  F₄ᵒ ], read at frame 8", small=True)


def draw_ste(drawing: Drawing, network: STR) -> None:
    """The GRU's states, gated twice."""
    drawing.panel(
        322, 256, 520, 180, f"STE, spatial tendency enhancing (eq. 3 to 5): {millions(network.ste)}"
    )
    drawing.arrow((324, 345), (336, 345), (336, 314), (490, 314))
    drawing.arrow((336, 345), (336, 380), (356, 380))
    drawing.box(358, 358, 90, 44, STE, "GRU", "of both")
    drawing.box(492, 290, 204, 48, STE, "σ(mean(ΔS − ΔF))", "S = conv(F), depthwise")
    drawing.box(492, 366, 204, 48, STE, "σ(mean(GRU(F) − F))", "IFFT(FFT(F)) = F")
    drawing.arrow((448, 390), (490, 390))
    drawing.arrow((696, 314), (732, 314))
    drawing.arrow((696, 390), (732, 390))
    drawing.box(734, 290, 88, 48, STE, "× GRU(F)", "STE₁")
    drawing.box(734, 366, 88, 48, STE, "× GRU(F)", "STE₂")
    drawing.arrow((448, 370), (468, 370), (468, 352), (778, 352), (778, 340))
    drawing.arrow((778, 352), (778, 364))


def draw_halves(drawing: Drawing, network: STR) -> None:
    """Integration strategies: self, then cross."""
    drawing.panel(
        322, 452, 520, 220, f"Halves (Algorithm 1): {millions(network.gru_halves)}, one GRU for both"
    )
    for y, name, first, other in ((486, "₁", 0, "₂"), (594, "₂", 8, "₁")):
        drawing.frames(346, y + 12, first, first + 7, HALVES)
        drawing.box(492, y, 70, 50, HALVES, "GRU", f"c{name}")
        drawing.arrow((468, y + 25), (490, y + 25))
        drawing.box(590, y, 100, 50, MIX, "self", f"3 frames → c{name}′")
        drawing.arrow((562, y + 25), (588, y + 25))
        drawing.box(722, y, 100, 50, MIX, "cross", f"c{name}′ with c{other}")
        drawing.arrow((690, y + 25), (720, y + 25))
    drawing.arrow((527, 536), (527, 566), (706, 566), (706, 630), (720, 630), dashed=True)
    drawing.arrow((527, 594), (527, 576), (698, 576), (698, 500), (720, 500), dashed=True)


def draw_output(drawing: Drawing, network: STR) -> None:
    """Integrations of the branches, and the regressor."""
    regressor = Regressor(network.config.width, 1024, 0.5)
    drawing.box(900, 262, 130, 66, MIX, "integration", "3 vectors", millions(network.integrate_str))
    drawing.arrow((842, 177), (872, 177), (872, 275), (898, 275))
    drawing.arrow((822, 314), (860, 314), (860, 296), (898, 296))
    drawing.arrow((822, 390), (872, 390), (872, 316), (898, 316))
    drawing.text(965, 250, "F_STR (eq. 6)", small=True)
    drawing.box(900, 478, 130, 66, MIX, "integration", "3 vectors (eq. 7)", millions(network.integrate_final))
    drawing.arrow((965, 328), (965, 476))
    drawing.arrow((822, 511), (898, 511))
    drawing.text(868, 504, "F_SF")
    drawing.arrow((822, 619), (920, 619), (920, 546))
    drawing.text(868, 612, "F_CF")
    drawing.arrow((1030, 511), (1072, 511), label="Z")
    drawing.box(1074, 478, 132, 66, PLAIN, "regressor", "3 iterations", millions(regressor))
    drawing.arrow((1140, 544), (1140, 578))
    drawing.text(1140, 598, "pose 24 × 6, shape 10,", small=True)
    drawing.text(1140, 616, "camera 3, of frame 8", small=True)
    total = sum(p.numel() for p in network.parameters())
    drawing.text(1206, 40, f"{total:,} parameters", anchor="end", bold=True)
    drawing.text(1206, 60, "temporal encoder, variant A, without regressor", anchor="end", small=True)
    notes = (
        "σ: sigmoid",
        "mean: over time",
        "Δ: difference of neighbouring frames",
        "integration: softmax over whole vectors",
        "every GRU: one layer, both directions",
        "red: frame 8, which Z describes",
    )
    for number, note in enumerate(notes):
        drawing.text(1206, 92 + 18 * number, note, anchor="end", small=True)


def draw() -> str:
    """The whole figure as SVG."""
    drawing = Drawing()
    with torch.device("meta"):
        network = STR()
        for part in (draw_ttr, draw_ste, draw_halves, draw_output):
            part(drawing, network)
    draw_input(drawing)
    return drawing.svg()


if __name__ == "__main__":
    FIGURE.write_text(draw(), encoding="utf-8")
