"""Scoring a model on labelled pictures, whatever it runs on, and the report of it."""
