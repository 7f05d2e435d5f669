"""Training of the default weights on simulated people: `python -m str_live.train default`.

datasets/motion -> datasets/simulated -> trainer.py: a stage on single frames, then one on windows
command.py is the command line
"""
