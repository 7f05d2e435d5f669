"""Evaluation: how networks do on recordings with ground truth; their errors by str_live/metrics.py."""
