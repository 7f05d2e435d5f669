"""The built-in clip: a rendered person in a rendered room, with the truth of every frame beside it.

motion.py cuts free motion together, wardrobe.py dresses the free body, studio.py renders, check.py asks
mediapipe whether it sees the person where the truth says. `python -m str_live.build_assets.clip` runs them.
"""
