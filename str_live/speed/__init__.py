"""How fast the app is, stage by stage; __main__.py describes how it is timed."""
