"""The paper's own training, on the published databases: `python -m str_live.train paper CONFIG`.

config.py reads a recipe (JSON files in ../configs, one for each row of Table 1), network.py gives it a start,
measured_body.py gives it joints, losses.py is the objective, batches.py draws the sequences, learner.py takes
one step, trainer.py makes a recipe of train/loop.py of it (options.py helps it),
distributed.py lets several cards share a batch, command.py is the command line.
"""
