"""Backbones: each file's ``build(widths)`` gives a ``trainer.models.backbone.Backbone``."""
