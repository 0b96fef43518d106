"""Ranges of INT8 tensors: which pictures, how often each magnitude occurs, where to clip.

Calibration after training (``exporter``) and quantisation-aware training (``trainer``) share them.
"""
