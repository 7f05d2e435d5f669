"""Real clips and pictures, as they are and damaged: what each network of the app makes of them.

clip.py -> frames -> tracks.py -> Tracks -> scores.py -> Rows -> report.py
"""
