"""Simulated people as the landmark front end would see them: poses -> bodies -> views -> observations."""
