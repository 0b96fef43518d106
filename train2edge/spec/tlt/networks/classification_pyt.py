"""TAO's classification_pyt (YAML): a classifier on whole pictures."""

from __future__ import annotations

from train2edge.spec.tlt import backbone, coco, labels, size, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.classifier import augmentation_rest, folders, smoothing, task
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.job import Job

NEW = "augmentation"
REST: Rest = {
    **training.REST,
    **coco.ENTRIES,
    "dataset.dataset": ("-", "a folder a class"),
    "dataset.root_dir": ("-", "paths of the parts are whole"),
    "dataset.num_classes": ("-", "classes are the folders"),
    "dataset.quant_calibration*": ("-", "export.calibration takes training pictures"),
    "dataset.augmentation.*enable": ("-", "a probability of 0 is off"),
    "dataset.augmentation.random_rotate.*": ("x", "turns by quarters: augmentation.rotate is free"),
    "dataset.augmentation.mixup*": ("x", "pictures are not blended; label_smoothing is"),
    "dataset.augmentation.*": ("x", "augmentation has flips, zoom, shifts, angles and colours"),
    "model.head.binary": ("-", "two classes are two classes"),
    "model.head.*": ("-", "the head is new: one pooling, one layer"),
    "model.backbone.freeze_backbone": ("x", "model.freeze_blocks names the blocks that stay"),
    "model.backbone.*": ("x", "belongs to another backbone"),
    "train.optim.policy*": ("-", "training.schedule has the rates"),
    "train.optim.skip_names": ("-", "decay is for kernels alone, always"),
    "train.optim.*": ("x", "training has rates, optimizer and decay"),
    "train.ema_decay": ("-", "off there, and here"),
    "train.enable_ema": ("-", "training.ema is the decay"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, train = spec.group("dataset"), spec.group("train")
    task(book)
    folders(
        book,
        job.options,
        train=data.leaf("train_dataset.images_dir"),
        validation=data.leaf("val_dataset.images_dir"),
        test=data.leaf("test_dataset.images_dir"),
    )
    if book.value("dataset.train.0.format") is None:
        book.open("dataset.train", [], "nothing stands there: --images names a folder a class")
    labels.unnamed(book, job.options)
    chosen = backbone.choose(book, spec.leaf("model.backbone.type"))
    files = [spec.leaf("model.backbone.pretrained_backbone_path")]
    backbone.weights(book, [*files, train.leaf("pretrained_model_path")], chosen)
    size.stretched(book, "a classifier's input is stretched, as nvinfer does with objects")
    side = data.leaf("img_size")
    value = book.whole(side)
    for name in ("width", "height"):
        new = None if value is None else size.rounded(value)
        book.change(side, f"model.input.{name}", new, "both sides")
    training.batch(book, data.leaf("batch_size"))
    workers = data.leaf("workers")
    book.take(workers, "training.workers", book.whole(workers))
    _training(book, train)
    _changes(book, data.group("augmentation"))
    smoothing(book, spec.leaf("model.head.loss.label_smooth_val"))


def _training(book: Book, group: Group) -> None:
    book.take(group.leaf("seed"), "seed", book.whole(group.leaf("seed")))
    count = training.epochs(book, group.leaf("num_epochs"))
    every = group.leaf("validation_interval")
    book.take(every, "training.validate_every", book.whole(every))
    clip = group.leaf("clip_grad_norm")
    book.take(clip, "training.grad_clip", book.number(clip))
    book.default("training.head_lr", 1.0, "TAO has one rate for the whole network")
    book.default("training.grad_clip", 0.0, "TAO does not clip gradients")
    optim = group.group("optim")
    coco.cosine(book, optim, count, ("lr", "warmup_lr", "warmup_epochs"))
    kind = optim.leaf("optim")
    known = ("adam", "adamw", "sgd")
    if kind is not None and kind.text.lower() in known:
        book.take(kind, "training.optimizer", kind.text.lower())
    else:
        book.change(kind, "training.optimizer", "adamw", f"one of {', '.join(known)}")
        book.default("training.optimizer", "adamw", "TAO's default")
    training.decay(book, optim.leaf("weight_decay"))
    if book.truth(group.leaf("enable_ema")):
        coco.ema(book, group.leaf("ema_decay"))


def _changes(book: Book, group: Group) -> None:
    flips = group.group("random_flip")
    for old, new in (("hflip_probability", "hflip"), ("vflip_probability", "vflip")):
        _switched(book, flips, old, new)
    colors = group.group("random_color")
    for key in ("brightness", "contrast", "saturation"):
        _switched(book, colors, key, key)
    book.default(f"{NEW}.hflip", 0.0, "not in the old file")
    augmentation_rest(book)


def _switched(book: Book, group: Group, old: str, new: str) -> None:
    """A value that counts if ``enable`` beside it does."""
    leaf: Leaf | None = group.leaf(old)
    if book.truth(group.leaf("enable")):
        value = book.number(leaf)
        book.take(leaf, f"{NEW}.{new}", None if value is None else min(value, 1.0))
    else:
        book.change(leaf, f"{NEW}.{new}", 0.0, "enable is off")
