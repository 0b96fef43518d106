"""Augmented pictures to look at (``sheet``) and to keep (``plan``, ``copies``)."""
