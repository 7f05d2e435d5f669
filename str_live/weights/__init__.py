"""From files to a network that can run. In: paths and settings; out: a runner, or one clear sentence.

choose.py picks the front end, load.py joins files; own.py and own_images.py read and write our formats,
published.py reads SPIN's, TCMR's and VIBE's; storage.py stores numbers in fewer bits.
"""
