"""YOLOv3, YOLOv4 and YOLOv4-tiny: their pictures, sizes and schedules into a DetectNet_v2."""

from __future__ import annotations

from train2edge.spec.tlt import anchored, augmentation, size
from train2edge.spec.tlt.anchored import ANCHORS
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job

TITLES = {"yolov3_config": "YOLOv3", "yolo_config": "YOLOv3", "yolov4_config": "YOLOv4"}
REST: Rest = {
    **anchored.REST,
    **{f"{section}.*": ("x", ANCHORS) for section in TITLES},
    "*early_stopping.*": ("-", "the score on validation is what is watched"),
    "*randomize_input_shape_period": (
        "x",
        "training.sizes changes the size by epochs; zoom does the same for the objects",
    ),
    "*mosaic_min_ratio": ("x", "a mosaic's parts are at least 35 % of a side"),
    "*image_mean.*": ("-", "pictures are scaled to 0..1; the network's file says so to nvinfer"),
}
NEW = "augmentation"
LARGEST = 5.0  # TLT leaves at least a fifth of a side


def load(job: Job) -> None:
    section = next(one for one in TITLES if job.spec.has(one))
    anchored.load(job, section, TITLES[section])
    config = job.spec.group("augmentation_config")
    if config.has("preprocessing"):
        size.stretched(job.book)
        anchored.changes_of_detectnet(job.book, config)
        return
    anchored.sizes(job.book, config)
    size.letterboxed(job.book, "TLT validates on letterboxed pictures", symmetric=True)
    _changes(job.book, config)


def _changes(book: Book, config: Group) -> None:
    for old, new in (("horizontal_flip", "hflip"), ("vertical_flip", "vflip")):
        book.take(config.leaf(old), f"{NEW}.{new}", book.number(config.leaf(old)))
    hue = config.leaf("hue")
    turn = book.number(hue)
    if hue is not None and turn is not None:
        degrees = min(round(360 * turn, 3), 180.0)
        book.change(hue, f"{NEW}.hue", degrees, f"{turn:g} of the whole circle: in degrees")
    for old, new in (("saturation", "saturation"), ("exposure", "brightness")):
        _spread(book, config, old, new)
    _jitter(book, config)
    mosaic = config.leaf("mosaic_prob")
    book.take(mosaic, f"{NEW}.mosaic", book.number(mosaic))
    augmentation.neutral(book)


def _spread(book: Book, config: Group, old: str, new: str) -> None:
    """A factor from 1/s to s."""
    leaf = config.leaf(old)
    factor = book.number(leaf)
    if leaf is None or factor is None:
        return
    if new == "brightness":
        why = f"times 1/{factor:g} to {factor:g} is a contrast around black, as far"
        book.change(leaf, f"{NEW}.contrast", _within(factor), why)
        book.default(f"{NEW}.contrast_center", 0.0, f"exposure (line {leaf.line}): around black")
    else:
        why = f"times 1/{factor:g} to {factor:g}: evenly to both sides of 1"
        book.change(leaf, f"{NEW}.{new}", _within(factor), why)


def _within(factor: float) -> float:
    return round(min(max(factor - 1, 0.0), 1.0), 6)


def _jitter(book: Book, config: Group) -> None:
    """Each edge moves by up to ``jitter`` of its side: a scale and a shift."""
    leaf = config.leaf("jitter")
    part = book.number(leaf)
    if leaf is None or part is None:
        return
    narrow = max(1 - 2 * part, 1 / LARGEST)
    why = f"every edge moves by up to {part:g} of its side"
    book.change(leaf, f"{NEW}.zoom_min", round(1 / (1 + 2 * part), 6), why)
    book.change(leaf, f"{NEW}.zoom_max", round(1 / narrow, 6), why)
    for axis in ("x", "y"):
        book.change(leaf, f"{NEW}.translate_{axis}", part, why)
