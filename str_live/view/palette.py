"""The colours that mean something, for the window and for films: sRGB as '#rrggbb'.

The curve colours are those of Okabe and Ito, lightened where the dark ground asks for it, so that they stay
apart for colour-blind eyes; the curves also differ in dash.
"""

from __future__ import annotations

GROUND = "#16181c"
PANEL = "#1e2126"
RAISED = "#2a2e35"
BORDER = "#3a4049"
TEXT = "#e7e9ec"
QUIET = "#a7aeb9"
FAINT = "#838b97"

VARIANT_A = "#4aa8e8"
VARIANT_B = "#e69f00"
PER_FRAME = "#b4bac4"
REFERENCE = "#ffffff"
LEFT = "#2fc596"
RIGHT = "#dd8fbb"
MIDDLE = "#c8ccd2"
RECORD = "#e5484d"
WARNING = "#f0c000"

CURVES = {"A": VARIANT_A, "B": VARIANT_B, "frame": PER_FRAME, "reference": REFERENCE}
"""Colour of each curve of the plots, by its name in AccelerationSample."""
SIDES = {"left": LEFT, "right": RIGHT, "middle": MIDDLE}
"""Colour of the curves of left, right and trunk: those of the body coloured by sides, lighter."""
MODULES = {
    "ttr": "#e69f00",
    "ste_time": "#56b4e9",
    "ste_freq": "#2fc596",
    "self_integration": "#dd8fbb",
    "cross_integration": "#f0e442",
}
"""Colour of each module of STR, by its field in NetworkSettings."""
