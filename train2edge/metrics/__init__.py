"""Scores: average precision, and which detection found which object."""
