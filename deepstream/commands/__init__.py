"""A file for each of ``t2e stream``'s commands."""
