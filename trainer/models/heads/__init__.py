"""Heads: each file's ``build(channels, classes, dropout)`` gives a module of two outputs."""
