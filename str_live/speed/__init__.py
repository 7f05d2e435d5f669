"""How fast the app is, stage by stage; __main__.py says how things are timed."""
