"""Drawn street scenes with exact boxes: data to try everything with, and to test everything on."""
