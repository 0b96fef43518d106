"""Heads: each file's ``build(channels, classes, dropout)`` gives a ``trainer.models.head.Head``;
``TASK`` is the task that it is for."""
