"""Every figure that is claimed, by the script that measures it."""
