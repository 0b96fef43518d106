"""Detectors that learn from COCO files: their data, their statement, what they share."""

from __future__ import annotations

import re

from train2edge.spec.tlt import labels, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.options import Options

CLASSES = "names of classes are read from the COCO file's categories"
REST: Rest = {
    **training.REST,
    "*num_classes": ("-", CLASSES),
    "*skip_crowd_during_training": ("-", "crowds are never counted"),
    "*max_num_instances": ("-", "any number of objects"),
    "*max_instances_per_image": ("-", "any number of objects"),
    "*eval_samples": ("-", "all validation pictures"),
    "*num_samples": ("-", "all validation pictures"),
    "*num_examples_per_epoch": ("-", "every picture once an epoch"),
    "*file_pattern": ("-", sources.TFRECORDS),
    "*tfrecords": ("-", sources.TFRECORDS),
}
ENTRIES: Rest = {
    "evaluate.*": ("-", "t2e evaluate RUN -o OUT"),
    "inference.*": ("-", "t2e infer RUN -i PICTURES -o OUT"),
    "export.*": ("-", "t2e export RUN -o BUNDLE"),
    "gen_trt_engine.*": ("-", "t2e engine BUNDLE --target NAME"),
    "quantize.*": ("-", "t2e export RUN -o BUNDLE calibrates and checks INT8"),
    "distill.*": ("-", "t2e train SPEC --from RUN2 --teacher RUN"),
    "dataset_convert.*": ("-", "COCO files are read as they are"),
    "*tensorboard.*": ("-", "TensorBoard's files are always written"),
    "*validate_original_weights": ("-", "the best weights on validation are kept"),
    "*activation_checkpoint": ("-", "the network is small enough"),
    "*precision": ("-", "training.amp: auto takes what the machine computes in"),
    "*distributed_strategy": ("-", "torchrun: DDP"),
    "*is_dry_run": ("-", "t2e train --dry-run"),
    "*resume_training_checkpoint_path": ("-", "t2e train SPEC -o RUN --resume"),
    "*cudnn.*": ("-", "a seed makes training repeatable"),
    "*monitor_name": ("-", "the score on validation is what is watched"),
    "*model_name": ("-", "name is the experiment's"),
}


def statement(book: Book, title: str, backbone: str) -> None:
    book.state(
        f"{title} is not trained here: the experiment is a DetectNet_v2 on {backbone}, with this "
        "file's pictures, classes, sizes and length. Its own parts are gone, and rates that were "
        "tuned for them may want another look."
    )


def part(book: Book, name: str, index: int, images: Leaf | None, file: Leaf | None) -> None:
    """One folder with its COCO file; what is missing is left open."""
    if images is None and file is None:
        return
    if images is None and name == "validation":
        why = (
            "the folder of its pictures stands nowhere: dataset.validation: {format: coco, "
            "images: FOLDER, labels: THIS_FILE}; until then validation is split off training"
        )
        book.impossible(file, why)
        return
    sources.pair(book, name, index, "coco", images, file)
    at = f"dataset.{name}.{index}"
    if images is None:
        book.open(f"{at}.images", "", "the folder of its pictures")
    if file is None:
        book.open(f"{at}.labels", "", "the COCO file of these pictures")


def classes(book: Book, options: Options) -> None:
    labels.unnamed(book, options)


def image_size(book: Book, leaf: Leaf | None) -> None:
    """``"(832, 1344)"`` or ``"512, 512"``: height, width."""
    size.letterboxed(book, "pictures kept their proportions, with a margin", symmetric=False)
    if leaf is None:
        return
    found = [int(one) for one in re.findall(r"\d+", leaf.text)]
    if len(found) != 2 or not all(found):
        book.problem(leaf, f"'{leaf.text}' is not '(height, width)'")
        return
    for name, side in zip(("height", "width"), found, strict=True):
        new = size.rounded(side)
        how = "" if new == side else f"; {side} rounded to a multiple of {size.STEP}"
        book.change(leaf, f"model.input.{name}", new, f"height, width{how}")


def flip(book: Book, leaf: Leaf | None) -> None:
    if leaf is not None:
        chance = 0.5 if book.truth(leaf) else 0.0
        book.change(leaf, "augmentation.hflip", chance, "half of the pictures, or none")


def scales(book: Book, lowest: list[Leaf], highest: Leaf | None) -> None:
    """``random_crop_min_scale`` and ``_max_scale``: the picture's scale on the canvas.

    In NVIDIA's own files the largest one stands under the smallest one's key, given twice.
    """
    values = [(leaf, value) for leaf in lowest if (value := book.number(leaf))]
    if values:
        leaf, value = min(values, key=lambda one: one[1])
        book.take(leaf, "augmentation.zoom_min", value)
        for other, found in values:
            if other is not leaf:
                why = "given twice; the larger one is meant for the largest scale"
                book.change(other, "augmentation.zoom_max", found, why)
    book.take(highest, "augmentation.zoom_max", book.number(highest))


def cosine(book: Book, group: Group, epochs: int | None, keys: tuple[str, str, str]) -> None:
    """A warm-up in epochs from a first rate, then a cosine to nothing."""
    rate, first, warm = (group.leaf(key) for key in keys)
    high, low, count = book.number(rate), book.number(first), book.number(warm)
    to = training.SCHEDULE
    book.take(rate, f"{to}.maximum", high)
    soft = min((count or 0.0) / epochs, 0.99) if epochs else 0.0
    if warm is not None:
        why = f"{count or 0:g} of {epochs or 0} epochs"
        book.change(warm, f"{to}.soft_start", round(soft, 6), why)
    if high:
        lowest = low if low else high / 1000
        why = "the rate at both ends; it falls exponentially, not by a cosine"
        book.change(first, f"{to}.minimum", lowest, why)
        book.default(f"{to}.minimum", lowest, why)
    book.default(f"{to}.soft_start", round(soft, 6), "no warm-up in the old file")
    book.default(f"{to}.annealing", round(soft, 6), "the cosine falls from the warm-up on")


def ema(book: Book, leaf: Leaf | None) -> None:
    book.take(leaf, "training.ema", book.number(leaf))


def precision(book: Book, leaf: Leaf | None) -> None:
    """The device's, of ``gen_trt_engine``."""
    if leaf is None:
        return
    name = leaf.text.lower()
    if name in ("fp32", "fp16", "int8"):
        if name == leaf.text:
            book.take(leaf, "export.precision", name)
        else:
            book.change(leaf, "export.precision", name, "in small letters")
    else:
        book.impossible(leaf, "fp32, fp16 or int8")


def pruning(book: Book, group: Group) -> None:
    """``prune:``, whose rule is the same here."""
    threshold = group.leaf("threshold")
    value = book.number(threshold)
    if not value:
        return
    names = (
        ("threshold", "threshold", value),
        ("granularity", "granularity", book.whole(group.leaf("granularity"))),
        ("min_num_filters", "min_filters", book.whole(group.leaf("min_num_filters"))),
        ("normalizer", "normalizer", _text(group.leaf("normalizer"))),
        ("equalization_criterion", "equalization", _text(group.leaf("equalization_criterion"))),
    )
    for old, new, found in names:
        book.take(group.leaf(old), f"pruning.{new}", found)


PRUNE: Rest = {
    "prune.*": ("-", "t2e prune RUN -o RUN2"),
}


def _text(leaf: Leaf | None) -> str | None:
    return None if leaf is None else leaf.text
