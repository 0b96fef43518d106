"""What an importer is given, and what several of them need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.options import Options
from train2edge.spec.tlt.sources import Convert

Value = TypeVar("Value")


@dataclass(frozen=True)
class Job:
    """One import: the training specification, the conversions given with it, the options."""

    spec: Group
    book: Book
    options: Options
    converts: Sequence[Convert] = ()
    fraction: float | None = None


GENERAL: Rest = {
    "*gpu_ids": ("-", "torchrun and CUDA_VISIBLE_DEVICES say which GPUs"),
    "*num_gpus": ("-", "batch_size is each process's: torchrun starts one a GPU"),
    "*num_nodes": ("-", "torchrun says how many machines"),
    "*gpu_id": ("-", "CUDA_VISIBLE_DEVICES says which GPU"),
    "*gpu_index": ("-", "CUDA_VISIBLE_DEVICES says which GPU"),
    "*use_xla": ("-", "nothing to switch"),
    "*image_extension": ("-", "jpg, jpeg, png and bmp are found by themselves"),
    "*dataloader_mode": ("-", "there is one loader"),
    "*sampling_mode": ("-", "every picture once an epoch"),
    "*training_precision.*": ("-", "training.amp: auto takes what the machine computes in"),
    "*use_batch_norm": ("-", "there is always BatchNorm"),
    "*all_projections": ("-", "shortcuts are torchvision's"),
    "*use_pooling": ("-", "as torchvision's network has it"),
    "*use_bias": ("-", "BatchNorm's offset stands for it"),
    "*activation.*": ("-", "ReLU, or what the backbone has"),
    "*activation": ("-", "ReLU, or what the backbone has"),
    "*load_graph": ("-", "pruned networks: t2e train SPEC --from RUN"),
    "*force_relu": ("-", "ReLU, or what the backbone has"),
    "*allow_loaded_model_modification": ("-", "heads are always new"),
}


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


def detection_defaults(book: Book) -> None:
    """Where this tool's own habits differ from every trainer of TLT."""
    book.default("training.head_lr", 1.0, "TLT has one rate for the whole network")
    book.default("training.grad_clip", 0.0, "TLT does not clip gradients")


def _numbers(
    values: Mapping[str, tuple[Leaf, Value]],
) -> dict[str, tuple[Leaf, float]]:
    return {name: (leaf, float(str(value))) for name, (leaf, value) in values.items()}
