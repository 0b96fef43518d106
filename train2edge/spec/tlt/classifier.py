"""What classifiers of TLT and TAO share: folders a class, cuts and colours."""

from __future__ import annotations

from train2edge.spec.tlt import augmentation, sources
from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Leaf
from train2edge.spec.tlt.options import Options

NEW = "augmentation"
CUT = 1.25  # TLT cuts the network's size out of a picture a little larger


def task(book: Book) -> None:
    book.default("task", "classification", "the old file's network")
    book.default("model.architecture", "classifier", "the head")
    book.default("training.cost.class_balance", "none", "TLT counts every picture alike")


def folders(
    book: Book,
    options: Options,
    *,
    train: Leaf | None,
    validation: Leaf | None,
    test: Leaf | None,
) -> None:
    """A folder a class, for every part that there is."""
    if sources.given(book, options, "image_folder"):
        book.needless(train, "--images stands for it")
        train = None
    if test is not None and validation is not None and test.text == validation.text:
        book.needless(test, "the pictures of validation: a test wants others")
        test = None
    for part, leaf in (("train", train), ("validation", validation), ("test", test)):
        if leaf is not None:
            book.default(f"dataset.{part}.0.format", "image_folder", "a folder a class")
            sources.path(book, leaf, f"dataset.{part}.0.images")
    book.default("dataset.minimum_box", 0.0, "whole pictures")


def crops(book: Book, leaf: Leaf | None) -> None:
    """A random cut is a zoom and a shift."""
    if leaf is None or not book.truth(leaf):
        book.needless(leaf, "off there: the whole picture")
        return
    why = f"a cut as a zoom by up to {CUT:g} and a shift by up to a tenth"
    book.change(leaf, f"{NEW}.zoom_max", CUT, why)
    for axis in ("x", "y"):
        book.change(leaf, f"{NEW}.translate_{axis}", 0.1, why)


def color_changes(book: Book, leaf: Leaf | None) -> None:
    """TLT does not say how far it goes: t2e's own extents stand in."""
    if leaf is not None and book.truth(leaf):
        why = "on there, by extents that no key says: t2e's own"
        for key, value in (
            ("hue", 15.0),
            ("saturation", 0.3),
            ("contrast", 0.2),
            ("brightness", 0.1),
        ):
            book.change(leaf, f"{NEW}.{key}", value, why)
    else:
        book.needless(leaf, "off there: colours stay")
    augmentation_rest(book)


def augmentation_rest(book: Book) -> None:
    for key, value in augmentation.NEUTRAL.items():
        if key != "hflip":
            book.default(f"{NEW}.{key}", value, "not in the old file: TLT changed nothing")


def smoothing(book: Book, leaf: Leaf | None) -> None:
    to = "training.cost.label_smoothing"
    book.take(leaf, to, book.number(leaf))
    book.default(to, 0.0, "not in the old file: 0 there")
