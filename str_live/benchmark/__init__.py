"""The free benchmark "free-mocap": build its data, train and measure all methods on it, report.

Flow: free motion -> scenes -> recordings (front end's features and truth) -> databases in the layout of
3DPW's -> `python -m str_live.train paper` once for each row and seed -> scores of each test set -> tables and
figures. docs/benchmark.md says what it is and what came out.
"""
