"""Features of a user's own videos as a database that `python -m str_live.train paper CONFIG` reads.

    films.py, labels.py   what to look at: videos and folders of pictures, or an older database's own rows
    people.py, boxes.py   who is where in a frame: found by mediapipe, or told by a file
    encoders.py           crops -> features: SPIN's ResNet-50, or the free front end on landmarks
    work.py, parts.py     a file a video, so that an interrupted run goes on; then one of all, by tracks.py

rows.py is what they hand to each other.
"""
