"""Training: `python -m str_live.train default|images|paper`. Imports the network, never view/ or ui/.

loop.py runs all three, each a recipe: default/ for the weights of the landmark front end, images/ for the
encoders of pixels, paper/ for networks on databases of features. descent.py takes a step, reporting.py shows
what happens; losses.py, windows.py and smoother.py are shared by recipes.
"""
