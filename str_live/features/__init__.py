"""What is seen of a person, as one feature a frame. In: Person and Crop; out: (C,).

landmarks.py encodes mediapipe's 2D landmarks; pixels.py prepares the crop, image_encoder.py with one of the
backbones.py encodes it.
"""
