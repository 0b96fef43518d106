"""Mask2Former on instances: the boxes of its COCO files into a DetectNet_v2."""

from __future__ import annotations

from train2edge.spec.tlt import augmentation, backbone, coco, size, sources, training
from train2edge.spec.tlt.book import Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job, detection_defaults

MASKS = "belongs to masks; DetectNet_v2 has boxes"
REST: Rest = {
    **coco.REST,
    **coco.ENTRIES,
    "model.*": ("x", MASKS),
    "dataset.augmentation.*": ("x", "augmentation has flips, zoom, shifts, angles and colours"),
    "dataset.*.type": ("-", "COCO"),
    "dataset.*.name": ("-", "sources have no names"),
    "dataset.*.num_workers": ("-", "training.workers"),
    "dataset.val.batch_size": ("-", "evaluation takes the batch that fits"),
    "dataset.test.batch_size": ("-", "evaluation takes the batch that fits"),
    "dataset.test.img_dir": ("-", "t2e infer RUN -i PICTURES -o OUT"),
    "dataset.label_map": ("-", coco.CLASSES),
    "dataset.contiguous_id": ("-", "classes are names here, whatever their numbers"),
    "train.optim.lr_scheduler": ("-", "training.schedule has the rates"),
    "train.iters_per_epoch": ("-", "every picture once an epoch"),
    "train.optim.*": ("x", "training has rates, optimizer and decay"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, train = spec.group("dataset"), spec.group("train")
    if not sources.given(book, job.options, "coco"):
        _part(job, data.group("train"), "train")
    _part(job, data.group("val"), "validation")
    coco.classes(book, job.options)
    chosen = backbone.choose(book, spec.leaf("model.backbone.type"))
    coco.statement(book, "Mask2Former", chosen.new)
    book.state("Masks are not learned: boxes alone.")
    backbone.weights(book, [spec.leaf("model.backbone.pretrained_weights")], chosen)
    _size(job, data.group("augmentation"))
    training.batch(book, data.leaf("train.batch_size"))
    workers = data.leaf("train.num_workers")
    book.take(workers, "training.workers", book.whole(workers))
    count = training.epochs(book, train.leaf("num_epochs"))
    every = train.leaf("validation_interval")
    book.take(every, "training.validate_every", book.whole(every))
    optim = train.group("optim")
    training.milestones(
        book, optim.leaf("lr"), optim.leaves("milestones"), optim.leaf("gamma"), count
    )
    kind = optim.leaf("type")
    book.default("training.optimizer", "adamw", "TAO's default")
    if kind is not None:
        book.change(kind, "training.optimizer", kind.text.lower(), "in small letters")
    training.decay(book, optim.leaf("weight_decay"))
    book.default("augmentation.hflip", 0.5, "TAO's default")
    augmentation.neutral(book)
    detection_defaults(book)


def _part(job: Job, group: Group, name: str) -> None:
    coco.part(job.book, name, 0, group.leaf("img_dir"), group.leaf("instance_json"))


def _size(job: Job, config: Group) -> None:
    size.letterboxed(job.book, "pictures kept their proportions", symmetric=False)
    sides = [one for one in config.leaves("train_crop_size") if one.is_given]
    for name, leaf in zip(("height", "width"), sides, strict=False):
        value = job.book.whole(leaf)
        new = None if value is None else size.rounded(value)
        job.book.change(leaf, f"model.input.{name}", new, "the cut that it learned from")
