"""People to learn from and to measure on.

motion/ is free motion; simulated/ and rendered/ make landmarks and pictures of it with known truth;
published/ reads 3DPW, Human3.6M and the like; from_videos/ makes databases of anybody's films.
"""
