"""Output parsers of nvinfer and of its stock custom library, one a file.

A file's stem is the parser's name in the contract. Each has ``FUNCTION``, the name that an nvinfer
configuration gives (``None``: built into nvinfer), and ``parse(layers, network, params)``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from train2edge.errors import InputError
from train2edge.nvinfer.layers import Layer, Network, ParseParams
from train2edge.nvinfer.objects import Objects


class Parser(Protocol):
    """A module of this folder."""

    FUNCTION: str | None

    def parse(self, layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects: ...


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every parser's name; imports none of them."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__)))


def load(name: str) -> Parser:
    """The parser of that name; ``InputError`` that lists the names otherwise."""
    if name not in names():
        raise InputError(f"no output parser '{name}'", hint=f"one of: {', '.join(names())}")
    return cast(Parser, import_module(f"{__name__}.{name}"))


def named(function: str) -> str | None:
    """The name of the parser that an nvinfer configuration calls ``function``; ``None`` if new."""
    return {load(name).FUNCTION: name for name in names()}.get(function)
