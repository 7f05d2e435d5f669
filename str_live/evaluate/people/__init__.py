"""Who is followed through films of several people: counted, drawn, and films of which that is known."""
