"""Classes, their order, and which label in the files leads to which."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from train2edge.datasets.layout import one_word
from train2edge.spec.tlt import sources
from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Leaf
from train2edge.spec.tlt.options import Options

LOWER = "TLT compared labels in lower case and passed over those that were not mapped; here"


def mapped(
    book: Book, mapping: Sequence[Leaf], order: Sequence[Leaf] | None, options: Options
) -> None:
    """``dataset.classes`` and ``dataset.map`` of TLT's ``target_class_mapping``.

    ``order``: the names whose order is the network's; without them it is the alphabet's.
    """
    named = [one.text for one in order or ()] or sorted(
        {one.text for one in mapping}, key=str.lower
    )
    classes = list(dict.fromkeys(options.classes or (one_word(name) for name in named)))
    if not classes:
        unnamed(book, options)
        return
    _set_classes(book, classes, mapping, order, options)
    pairs = {one.label: _target(book, one, classes) for one in mapping}
    found = sources.labels(book)
    if found is None:
        book.state(
            f"{LOWER}, a label that is spelt otherwise or not mapped is an error: import again "
            "where the labels are (--map), and the experiment names every one of them."
        )
    full = _spelt(pairs, found, {one.text for one in mapping} & set(classes))
    new = {label: target for label, target in full.items() if label != target}
    if new:
        _set_map(book, mapping, new, found)


def unnamed(book: Book, options: Options) -> None:
    """Classes of which the old file has no names: the folders', the labels', or to be written."""
    found = _ordered(book)
    if options.classes:
        book.default("dataset.classes", list(options.classes), "--classes")
    elif found:
        names = {label: one_word(label) for label in found}
        classes = list(dict.fromkeys(names.values()))
        book.default("dataset.classes", classes, "found in the labels; the old file has no names")
        new = {label: name for label, name in names.items() if label != name}
        if new:
            book.default("dataset.map", new, "a class's name is one word")
    else:
        why = "the old file has no names of classes, and the labels are not here: --map, --classes"
        book.open("dataset.classes", [], why)


def _ordered(book: Book) -> list[str]:
    """The labels by the number of COCO's categories, or by the alphabet."""
    found = sources.labels(book) or set()
    files = [one.labels for one in sources.sources(book) if one.format == "coco"]
    numbered = [name for name in (_categories(files[0]) if files else ()) if name in found]
    return [*numbered, *sorted(found - set(numbered))]


def _categories(file: Path) -> list[str]:
    """Names of a COCO file's categories by their number; none if it is not here."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return [str(one["name"]) for one in sorted(data["categories"], key=lambda one: one["id"])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _set_classes(
    book: Book,
    classes: list[str],
    mapping: Sequence[Leaf],
    order: Sequence[Leaf] | None,
    options: Options,
) -> None:
    if options.classes:
        book.default("dataset.classes", classes, "--classes")
        for one in order or ():
            book.needless(one, "--classes stands for it")
    elif order and [one.text for one in order] == classes:
        book.take_all(order, "dataset.classes", classes)
    elif order:
        book.join(order, "dataset.classes", classes, "a class's name is one word")
    else:
        why = "mapping's classes in the alphabet's order, as TLT numbered them"
        book.default("dataset.classes", classes, f"target_class_mapping: {why}")


def _target(book: Book, leaf: Leaf, classes: list[str]) -> str | None:
    """The class that a label leads to; ``None`` if the network has no such class."""
    name = one_word(leaf.text or leaf.label)
    if name not in classes:
        why = f"{name} is no class of the network: null leaves its boxes out"
        book.tell(leaf, "changed", "dataset.map", why)
        return None
    if name == leaf.text:
        book.tell(leaf, "taken over", "dataset.map")
    else:
        book.tell(leaf, "changed", "dataset.map", f"a class's name is one word: {name}")
    return name


def _spelt(
    pairs: dict[str, str | None], found: set[str] | None, names: set[str]
) -> dict[str, str | None]:
    """The mapping as the label files spell it; what TLT passed over leads nowhere."""
    if not pairs:
        return {}
    full = dict(pairs)
    lower = {label.lower(): target for label, target in pairs.items()}
    # a label that is a class's name and is not mapped was passed over all the same
    full |= {name: None for name in sorted(names) if name.lower() not in lower}
    for label in sorted(found or ()):
        full.setdefault(label, lower.get(label.lower()))
    return full


def _set_map(
    book: Book, mapping: Sequence[Leaf], new: dict[str, str | None], found: set[str] | None
) -> None:
    lines = f"lines {mapping[0].line} to {mapping[-1].line}" if mapping else ""
    why = f"target_class_mapping, {lines}"
    if any(target is None for target in new.values()):
        why += "; null: TLT passed these over"
    if found is not None:
        why += "; spelt as in the label files"
    book.default("dataset.map", new, why)
