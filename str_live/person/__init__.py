"""Who is in the picture. In: Frame; out: Person (box, landmarks, mask) and Crop.

detector.py looks (mediapipe), tracker.py follows one person, clothes.py tells people apart, left_right.py
undoes swapped sides, crop.py cuts the square that networks see.
"""
