"""MaskRCNN: boxes of its COCO files into a DetectNet_v2; masks are not learned here."""

from __future__ import annotations

import re

from train2edge.spec.tlt import augmentation, backbone, coco, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.job import Job, detection_defaults

MASKS = "belongs to proposals and masks; DetectNet_v2 has boxes, in one stage"
REST: Rest = {
    **coco.REST,
    "maskrcnn_config.*": ("x", MASKS),
    "data_config.prefetch*": ("-", "workers read ahead"),
    "eval_batch_size": ("-", "evaluation takes the batch that fits"),
    "warmup_steps": ("x", "training.schedule.soft_start is a fraction of the training"),
    "warmup_learning_rate": ("-", "the rate starts where it ends"),
    "total_steps": ("x", "training.epochs counts passes over the pictures"),
    "num_steps_per_eval": ("-", "training.validate_every counts epochs"),
    "model_parallelism": ("x", "a network fits one GPU"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, own = spec.group("data_config"), spec.group("maskrcnn_config")
    book.take(spec.leaf("seed"), "seed", book.whole(spec.leaf("seed")))
    if not sources.given(book, job.options, "coco"):
        why = "TFRecords are not read: --images and --labels name the pictures and the COCO file"
        book.open("dataset.train", [], why)
    coco.part(book, "validation", 0, None, data.leaf("val_json_file"))
    coco.classes(book, job.options)
    coco.image_size(book, data.leaf("image_size"))
    chosen = backbone.choose(book, own.leaf("arch"), own.leaf("nlayers"))
    coco.statement(book, "MaskRCNN", chosen.new)
    book.state("Masks are not learned: boxes alone.")
    backbone.weights(book, [spec.leaf(key) for key in ("checkpoint", "pruned_model_path")], chosen)
    backbone.frozen(book, own, chosen)
    count = training.epochs(book, spec.leaf("num_epochs"))
    training.batch(book, spec.leaf("train_batch_size"))
    training.weight_decay(book, spec.leaf("l2_weight_decay"), spec.leaf("l1_weight_decay"))
    _rate(book, spec, count)
    coco.flip(book, data.leaf("augment_input_data"))
    augmentation.neutral(book)
    detection_defaults(book)


def _rate(book: Book, spec: Group, count: int | None) -> None:
    rate, steps = spec.leaf("init_learning_rate"), spec.leaf("learning_rate_steps")
    levels = spec.leaf("learning_rate_decay_levels")
    high, share = book.number(rate), _numbers(levels)
    to = training.SCHEDULE
    book.take(rate, f"{to}.maximum", high)
    if high and share and min(share) > 0:
        low = float(f"{high * min(share):.6g}")
        why = f"{high:g} x {min(share):g}; here it falls smoothly"
        book.change(levels, f"{to}.minimum", low, why)
    at, total = _numbers(steps), _total(book, spec)
    if at and total:
        start = round(min(at[0] / total, 0.99), 6)
        why = f"the first of {len(at)} steps of {total:g}; here it falls smoothly"
        book.change(steps, f"{to}.annealing", start, why)
    book.default(f"{to}.soft_start", 0.0, "warm-up by steps has no fraction")
    amp = spec.leaf("use_amp")
    book.take(amp, "training.amp", "auto" if book.truth(amp) else "off")
    momentum = spec.leaf("momentum")
    if momentum is not None:
        book.change(momentum, "training.optimizer", "sgd", f"{momentum.text} there, 0.9 here")


def _total(book: Book, spec: Group) -> float | None:
    """Steps of the whole training, from its own count or from its pictures."""
    epochs, pictures = spec.leaf("num_epochs"), spec.leaf("num_examples_per_epoch")
    batch = book.number(spec.leaf("train_batch_size"))
    if epochs is not None and pictures is not None and batch:
        return (book.number(epochs) or 0) * (book.number(pictures) or 0) / batch
    return book.number(spec.leaf("total_steps"))


def _numbers(leaf: Leaf | None) -> list[float]:
    return [float(one) for one in re.findall(r"\d+\.?\d*|\.\d+", leaf.text)] if leaf else []
