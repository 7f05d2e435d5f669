"""The parts as one network, and how it runs on a device. In: Person, Crop, windows; out: Prediction.

network.py is the nn.Module, runner.py runs it step by step, cuda_graph.py as one captured graph; device.py
and precision.py choose where and in what numbers; packed/ holds faster copies for inference.
"""
