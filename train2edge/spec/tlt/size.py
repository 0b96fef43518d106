"""The network's input: sides are multiples of 16 here."""

from __future__ import annotations

from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Group, Leaf

STEP = 16
STRETCH = "TLT's exporter tells nvinfer to stretch (maintain-aspect-ratio 0)"
GREY = "networks see three colours here; grey pictures are read as three equal ones"


def sides(book: Book, width: Leaf | None, height: Leaf | None) -> tuple[int, int]:
    """``model.input``; what is used to reckon with where a side is absent or no number."""
    found = {"width": _side(book, "width", width), "height": _side(book, "height", height)}
    return found["width"], found["height"]


def stretched(book: Book, why: str = STRETCH) -> None:
    book.default("model.input.maintain_aspect_ratio", False, why)


def letterboxed(book: Book, why: str, *, symmetric: bool) -> None:
    book.default("model.input.maintain_aspect_ratio", True, why)
    book.default("model.input.symmetric_padding", symmetric, why)


def channels(book: Book, leaf: Leaf | None) -> None:
    if leaf is not None and book.whole(leaf) == 3:
        book.needless(leaf, "three colours, always")
    else:
        book.impossible(leaf, GREY)


def crop(book: Book, group: Group, width: int, height: int) -> None:
    """A crop of the whole picture is none."""
    whole = {"crop_left": 0, "crop_top": 0, "crop_right": width, "crop_bottom": height}
    for key, value in whole.items():
        leaf = group.leaf(key)
        if leaf is not None and book.whole(leaf) in (0, value):
            book.needless(leaf, "the whole picture")


def rounded(side: int) -> int:
    """The nearest multiple of 16, halves up, at least one."""
    return max((side + STEP // 2) // STEP, 1) * STEP


def _side(book: Book, name: str, leaf: Leaf | None) -> int:
    value = book.whole(leaf)
    to = f"model.input.{name}"
    if leaf is None or value is None:
        return 416
    if value <= 0:
        book.problem(leaf, f"{value} pixels")
        return 416
    if value % STEP:
        new = rounded(value)
        book.change(leaf, to, new, f"{value} is no multiple of {STEP}; the nearest that is")
    else:
        book.take(leaf, to, value)
    return value
