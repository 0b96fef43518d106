"""A kind of old specification: how it is known, and what takes it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train2edge.spec.tlt.group import Group

Test = Callable[[Group], bool]


@dataclass(frozen=True)
class Kind:
    """``module`` of ``networks`` imports it; without one ``refusal`` says why nothing does."""

    title: str
    test: Test
    module: str = ""
    refusal: str = ""


def has(*paths: str) -> Test:
    """Any of these keys."""
    return lambda spec: any(spec.has(path) for path in paths)


def starts(path: str, word: str) -> Test:
    """The key's value begins so."""

    def test(spec: Group) -> bool:
        leaf = spec.leaf(path)
        return leaf is not None and leaf.text.lower().startswith(word)

    return test


def sources_end(path: str, suffix: str) -> Test:
    """The annotation file of a source of TAO's YAML ends so."""
    return lambda spec: any(
        leaf is not None and leaf.text.endswith(suffix)
        for group in spec.groups(path)
        for leaf in [group.leaf("json_file")]
    )
