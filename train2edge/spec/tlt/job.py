"""What an importer is given, and what holds for every network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.options import Options
from train2edge.spec.tlt.sources import Convert


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


def detection_defaults(book: Book) -> None:
    """Where this tool's own habits differ from every trainer of TLT."""
    book.default("training.head_lr", 1.0, "TLT has one rate for the whole network")
    book.default("training.grad_clip", 0.0, "TLT does not clip gradients")
