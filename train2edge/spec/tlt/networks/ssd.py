"""SSD, DSSD and RetinaNet: their pictures, sizes and schedules into a DetectNet_v2."""

from __future__ import annotations

from train2edge.spec.tlt import anchored, augmentation, size
from train2edge.spec.tlt.anchored import ANCHORS
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job

TITLES = {"ssd_config": "SSD", "dssd_config": "DSSD", "retinanet_config": "RetinaNet"}
REST: Rest = {
    **anchored.REST,
    **{f"{section}.*": ("x", ANCHORS) for section in TITLES},
    "*early_stopping.*": ("-", "the score on validation is what is watched"),
    "augmentation_config.random_crop_*_ar": ("x", "sides keep their proportion"),
}
NEW = "augmentation"


def load(job: Job) -> None:
    section = next(one for one in TITLES if job.spec.has(one))
    own = anchored.load(job, section, TITLES[section])
    book, config = job.book, job.spec.group("augmentation_config")
    _focal(book, own)
    size.stretched(book)
    if config.has("preprocessing"):
        anchored.changes_of_detectnet(book, config)
    else:
        anchored.sizes(book, config)
        _changes(book, config)


def _focal(book: Book, own: Group) -> None:
    gamma = own.leaf("focal_loss_gamma")
    book.impossible(
        gamma,
        "belongs to a loss over anchors; DetectNet_v2's is training.cost.focal_gamma",
    )


def _changes(book: Book, config: Group) -> None:
    """SSD's own: cuts and margins are scales, colours are spreads around what is there."""
    flip = config.leaf("random_flip")
    book.take(flip, f"{NEW}.hflip", book.number(flip))
    out, cut = config.leaf("zoom_out_max_scale"), config.leaf("random_crop_min_scale")
    farthest, nearest = book.number(out), book.number(cut)
    if out is not None and farthest and farthest >= 1:
        why = f"on a canvas {farthest:g} times as large: 1 / {farthest:g}"
        book.change(out, f"{NEW}.zoom_min", _short(1 / farthest), why)
    if cut is not None and nearest and nearest <= 1:
        why = f"a cut of {nearest:g} of the picture, as large as the whole: 1 / {nearest:g}"
        book.change(cut, f"{NEW}.zoom_max", _short(1 / nearest), why)
    for key in ("zoom_out_min_scale", "random_crop_max_scale"):
        book.needless(config.leaf(key), "the scale goes through 1")
    light = config.leaf("brightness")
    shift = book.number(light)
    if light is not None and shift is not None:
        book.change(light, f"{NEW}.brightness", min(_short(shift / 255), 1.0), f"{shift:g} of 255")
    for key in ("contrast", "saturation"):
        value = book.number(config.leaf(key))
        book.take(config.leaf(key), f"{NEW}.{key}", None if value is None else min(value, 1.0))
    hue = config.leaf("hue")
    turn = book.number(hue)
    if hue is not None and turn is not None:
        why = f"{turn:g} of the 180 steps that make a circle: in degrees"
        book.change(hue, f"{NEW}.hue", min(2 * turn, 180.0), why)
    augmentation.neutral(book)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
