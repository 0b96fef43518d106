"""TLT's feature extractors, and the nearest that this tool has."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

import yaml

from train2edge.spec.model import Backbone
from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Group, Leaf

HAVE: tuple[str, ...] = get_args(Backbone)
# beginnings of names, and what comes nearest, the best first
NEAREST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("resnet_v1", ("resnet50", "resnet34", "resnet18")),
    ("resnet10", ("resnet18",)),
    ("resnet101", ("resnet101", "resnet50", "resnet34", "resnet18")),
    ("resnet50", ("resnet50", "resnet34", "resnet18")),
    ("resnet", ("resnet34", "resnet18")),
    ("mobilenet", ("mobilenet_v2",)),
    ("squeezenet", ("mobilenet_v2",)),
    ("efficientnet", ("efficientnet_b0", "mobilenet_v2")),
    ("efficientdet", ("efficientnet_b0", "mobilenet_v2")),
    ("cspdarknet_tiny", ("mobilenet_v2",)),
    ("", ("resnet18",)),
)


def name(arch: str, layers: int | None) -> str:
    """``resnet`` and 18, ``resnet:18``, ``resnet_18`` and ``efficientnet-b0`` in one spelling."""
    plain = re.sub(r"[:\-\s]", "_", arch.strip().lower())
    plain = re.sub(r"^(resnet|vgg|darknet|cspdarknet)_(\d+)$", r"\1\2", plain)
    takes_layers = plain in ("resnet", "vgg", "darknet", "cspdarknet")
    return f"{plain}{layers}" if takes_layers and layers else plain


def nearest(old: str) -> str:
    """The backbone here that is ``old``, or that comes nearest."""
    if old in HAVE:
        return old
    choices = next(found for start, found in NEAREST if old.startswith(start))
    return next((one for one in choices if one in HAVE), HAVE[0])


@dataclass(frozen=True)
class Chosen:
    """The old backbone and the one that stands in."""

    old: str
    new: str


def choose(book: Book, arch: Leaf | None, layers: Leaf | None = None) -> Chosen:
    """Set the backbone after the old architecture's name and number of layers."""
    old = name(arch.text, book.whole(layers)) if arch else "resnet18"
    if old == "resnet":
        old = "resnet18"  # TLT's own default
    new = nearest(old)
    leaves = [one for one in (arch, layers) if one is not None]
    if not leaves:
        book.default("model.backbone", new, "TLT's default")
    elif new == old:
        for one in leaves:
            book.take(one, "model.backbone", new)
    else:
        why = f"{old} is not here; {new} is the nearest of {', '.join(HAVE)}"
        book.join(leaves, "model.backbone", new, why)
        book.state(f"The backbone is another: {why}.")
    return Chosen(old, new)


def weights(book: Book, files: Iterable[Leaf | None], chosen: Chosen) -> None:
    """What stands in for TLT's weights: the same backbone's ImageNet weights, where there are."""
    backbone = chosen.new
    named = next((key for key, one in catalog().items() if one.get("backbone") == backbone), None)
    for leaf in (one for one in files if one is not None):
        why = f"{leaf.text!r} cannot be read: {_form(leaf.text)}; "
        if named:
            why += f"ImageNet weights of {backbone} stand in"
            book.change(leaf, "model.pretrained.name", named, why)
        else:
            why += (
                f"training starts from random weights unless model.pretrained.file names a .pth "
                f"or .safetensors of {backbone} with torchvision's names"
            )
            book.impossible(leaf, why)
            book.state(f"No ImageNet weights of {backbone} are known by name: {why}.")


def frozen(book: Book, group: Group, chosen: Chosen) -> None:
    """``freeze_blocks`` and ``freeze_bn``; nothing of random weights is frozen."""
    leaves = [one for one in group.leaves("freeze_blocks") if one.is_given]
    blocks = sorted({found for one in leaves for found in _numbers(book, one)})
    learned = book.value("model.pretrained.name") is not None
    if leaves and not learned:
        why = (
            "the blocks would be frozen with random weights; with model.pretrained write "
            f"model.freeze_blocks: {_counted(chosen, blocks)}"
        )
        for one in leaves:
            book.impossible(one, why)
    elif leaves and chosen.new == chosen.old and chosen.new.startswith("resnet"):
        for one in leaves:
            book.take(one, "model.freeze_blocks", blocks)
    elif leaves:
        why = f"as many blocks of {chosen.new} from the front on as there are: 0 is the stem"
        book.join(leaves, "model.freeze_blocks", _counted(chosen, blocks), why)
    _frozen_bn(book, group.leaf("freeze_bn"), learned)


def _frozen_bn(book: Book, leaf: Leaf | None, learned: bool) -> None:
    if leaf is not None and book.truth(leaf) and not learned:
        why = "BatchNorm of random weights has to learn; with model.pretrained: model.freeze_bn"
        book.impossible(leaf, why)
    else:
        book.take(leaf, "model.freeze_bn", book.truth(leaf))


def catalog() -> dict[str, dict[str, Any]]:
    """``configs/pretrained.yaml``."""
    text = (importlib.resources.files("configs") / "pretrained.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    assert isinstance(data, dict)
    return data


def _form(path: str) -> str:
    if path.endswith((".tlt", ".etlt")):
        return "it is encrypted, with a graph of Keras"
    if path.endswith((".hdf5", ".h5")):
        return "it is a graph of Keras"
    return "it belongs to another network"


def _numbers(book: Book, leaf: Leaf) -> list[int]:
    """One number, or a text with several: ``"[0,1]"``."""
    if leaf.text.startswith("["):
        return [int(one) for one in re.findall(r"\d+", leaf.text)]
    found = book.whole(leaf)
    return [] if found is None else [found]


# MobileNetV2's stages by EfficientNet's, whose blocks TLT counts by stage: the last feature of each
_STAGE_ENDS = (0, 1, 3, 6, 10, 13, 16, 17)
_LAST = {"mobilenet": 17, "resnet": 4}


def _counted(chosen: Chosen, blocks: list[int]) -> list[int]:
    """As much of the front as before."""
    if chosen.old.startswith("efficientnet") and chosen.new.startswith("mobilenet") and blocks:
        return list(range(_STAGE_ENDS[min(max(blocks), 7)] + 1))
    last = next((end for start, end in _LAST.items() if chosen.new.startswith(start)), 0)
    return [one for one in blocks if one <= last]
