"""A network that computes in 8 bits what its engine will compute in 8 bits."""

from __future__ import annotations

from collections.abc import Mapping

from train2edge.errors import InputError
from trainer.models.network import Network
from trainer.quantization.readers import install, readers


def quantise(model: Network, limits: Mapping[str, float]) -> Network:
    """Make ``model`` fake-quantised, in place; ``limits`` are the readers' by module name.

    ``InputError`` if they are not those of this network.
    """
    install(model)
    found = dict(readers(model))
    wrong = sorted(found.keys() ^ limits.keys())
    if wrong:
        raise InputError(
            f"ranges of another network: {', '.join(wrong[:3])}"
            f" {'has none' if wrong[0] in found else 'is not read in 8 bits'}"
        )
    for name, reader in found.items():
        reader.limit = limits[name]
    return model
