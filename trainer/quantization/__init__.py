"""Quantisation-aware training: the network computes as its INT8 engine will, and learns so.

``readers`` are the layers that read 8 bits, ``network`` turns a network's into such, ``ranges``
measures what they read, ``start`` is where a training begins.
"""
