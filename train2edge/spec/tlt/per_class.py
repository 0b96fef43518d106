"""What TLT has one of for every class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Group, Leaf

Value = TypeVar("Value")


def one_of(
    book: Book,
    to: str,
    values: Mapping[str, tuple[Leaf, Value]],
    what: str,
    told: Callable[[Value], Value] = lambda value: value,
) -> None:
    """One value where TLT has one a class: what most classes have, of equals the first."""
    if not values:
        return
    leaves = [leaf for leaf, _ in values.values()]
    counts = Counter(value for _, value in values.values())
    most = max(counts.values())
    value = next(value for _, value in values.values() if counts[value] == most)
    if len(counts) == 1 and told(value) == value:
        book.take_all(leaves, to, value)
        return
    if len(counts) == 1:
        book.join(leaves, to, told(value), what)
        return
    each = ", ".join(f"{name} {value:g}" for name, (_, value) in _numbers(values).items())
    why = f"one for all classes ({each}): what most have, of equals the first"
    book.join(leaves, to, told(value), why)


def numbers(book: Book, groups: Mapping[str, Group], path: str) -> dict[str, tuple[Leaf, float]]:
    """A number of every class that has it."""
    found = {}
    for name, group in groups.items():
        leaf = group.leaf(path)
        value = book.number(leaf)
        if leaf is not None and value is not None:
            found[name] = (leaf, value)
    return found


def by_label(groups: Sequence[Group]) -> dict[str, Group]:
    return {one.label: one for one in groups}


def class_names(book: Book) -> list[str]:
    """The experiment's classes, as far as they are known."""
    found = book.value("dataset.classes")
    return list(found) if isinstance(found, list) else []


def _numbers(
    values: Mapping[str, tuple[Leaf, Value]],
) -> dict[str, tuple[Leaf, float]]:
    return {name: (leaf, float(str(value))) for name, (leaf, value) in values.items()}
