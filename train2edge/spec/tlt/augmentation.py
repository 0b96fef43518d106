"""Random changes of pictures: DetectNet_v2's ``augmentation_config``, which FasterRCNN shares."""

from __future__ import annotations

import math

from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf

NEW = "augmentation"
# what TLT does where a key is absent: nothing; ours would do something
NEUTRAL = {
    "hflip": 0.0,
    "vflip": 0.0,
    "zoom_min": 1.0,
    "zoom_max": 1.0,
    "translate_x": 0.0,
    "translate_y": 0.0,
    "rotate": 0.0,
    "rotate_probability": 1.0,
    "hue": 0.0,
    "saturation": 0.0,
    "contrast": 0.0,
    "contrast_center": 0.5,
    "brightness": 0.0,
}
REST: Rest = {
    "*preprocessing.crop_*": ("x", "pictures are not cut: cut the files, labels and all"),
    "*preprocessing.scale_*": ("-", "pictures of any size are scaled to the network's input"),
    "*preprocessing.enable_auto_resize": ("-", "pictures of any size are always scaled"),
    "*image_mean.*": ("-", "pictures are scaled to 0..1; the network's file says so to nvinfer"),
}


def detectnet(book: Book, group: Group, width: int, height: int) -> None:
    """Spatial and colour changes; shifts in pixels of the network's input, angles in radians."""
    spatial, color = group.group("spatial_augmentation"), group.group("color_augmentation")
    _flips(book, spatial)
    _zoom(book, spatial)
    for axis, side, unit in (("x", width, "width"), ("y", height, "height")):
        leaf = spatial.leaf(f"translate_max_{axis}")
        pixels = book.number(leaf)
        if leaf is not None and pixels is not None:
            why = f"{pixels:g} of {side} pixels: a fraction of the {unit}"
            book.change(leaf, f"{NEW}.translate_{axis}", _round(pixels / side), why)
    _rotation(book, spatial)
    _color(book, color)
    neutral(book)


def neutral(book: Book) -> None:
    """TLT's defaults, where ours are others."""
    for key, value in NEUTRAL.items():
        book.default(f"{NEW}.{key}", value, "not in the old file: TLT changed nothing")


def off(book: Book, group: Group, leaf: Leaf) -> None:
    """Augmentation that is switched off as a whole."""
    for one in group.walk():
        book.needless(one, f"{leaf.name} (line {leaf.line}) is off: nothing is changed")
    book.needless(leaf, "off: every change is 0")
    for key, value in NEUTRAL.items():
        book.default(f"{NEW}.{key}", value, f"{leaf.name} (line {leaf.line}) is off")


def minimum_box(book: Book, group: Group) -> None:
    """TLT drops boxes under this size in the network's pixels, here in the picture's own."""
    leaves = [group.leaf(key) for key in ("min_bbox_width", "min_bbox_height")]
    given = [one for one in leaves if one is not None]
    sizes = [size for size in (book.number(one) for one in given) if size is not None]
    if sizes:
        why = "one for both sides, in pixels of the picture, not of the network's input"
        book.join(given, "dataset.minimum_box", max(sizes), why)
    else:
        book.default("dataset.minimum_box", 0.0, "not in the old file: 0 there")


def _flips(book: Book, group: Group) -> None:
    for old, new in (("hflip_probability", "hflip"), ("vflip_probability", "vflip")):
        book.take(group.leaf(old), f"{NEW}.{new}", book.number(group.leaf(old)))


def _zoom(book: Book, group: Group) -> None:
    """The scale is the same; TLT's window lies anywhere, ours around the middle."""
    leaves = {key: group.leaf(key) for key in ("zoom_min", "zoom_max")}
    values = {key: book.number(leaf) for key, leaf in leaves.items()}
    same = all(value in (None, 1.0) for value in values.values())
    for key, leaf in leaves.items():
        if same:
            book.take(leaf, f"{NEW}.{key}", values[key])
        else:
            why = "the same scales; around the middle, where TLT's window lay anywhere"
            book.change(leaf, f"{NEW}.{key}", values[key], why)


def _rotation(book: Book, group: Group) -> None:
    leaf, chance = group.leaf("rotate_rad_max"), group.leaf("rotate_probability")
    radians = book.number(leaf)
    if leaf is not None and radians is not None:
        degrees = _round(min(math.degrees(radians), 180.0))
        book.change(leaf, f"{NEW}.rotate", degrees, f"{radians:g} radians in degrees")
    probability = book.number(chance)
    if chance is not None and probability == 0:
        book.change(chance, f"{NEW}.rotate_probability", 1.0, "TLT takes 0 for always")
    else:
        book.take(chance, f"{NEW}.rotate_probability", probability)


def _color(book: Book, group: Group) -> None:
    hue = group.leaf("hue_rotation_max")
    degrees = book.number(hue)
    if degrees is not None and degrees > 180:
        book.change(
            hue, f"{NEW}.hue", 180.0, f"{degrees:g} degrees are all colours: 180 either way"
        )
    else:
        book.take(hue, f"{NEW}.hue", degrees)
    for old, new in (
        ("saturation_shift_max", "saturation"),
        ("contrast_scale_max", "contrast"),
        ("contrast_center", "contrast_center"),
    ):
        book.take(group.leaf(old), f"{NEW}.{new}", book.number(group.leaf(old)))
    shift = group.leaf("color_shift_stddev")
    deviation = book.number(shift)
    if deviation:
        why = "the largest shift, twice the deviation, the same for all three colours"
        book.change(shift, f"{NEW}.brightness", _round(min(2 * deviation, 1.0)), why)
    else:
        book.take(shift, f"{NEW}.brightness", deviation)


def _round(value: float) -> float:
    return float(f"{value:.8g}")
