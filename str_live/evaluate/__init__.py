"""Evaluation: metrics, and how the app's own network does on recordings with ground truth."""
