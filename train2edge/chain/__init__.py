"""``t2e go``: an experiment as a chain of stages, each a t2e command, resumable."""
