"""What STR's switches do to a body, measured: on the source that plays, and over a whole film.

    results with `alternatives` -> meter.py -> SwitchFigures -> the window's table, report.py's CSV and figure

cases.py names the networks, shares.py reads the attentions, watch.py follows what plays, film.py runs a film.
"""
