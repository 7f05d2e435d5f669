"""Training of the default weights on simulated people: `python -m str_live.train default`.

datasets/motion -> datasets/simulated -> simulator.py -> trainer.py: a stage on frames, then one on windows
config.py is the recipe, command.py the command line
"""
