"""TLT's classification (makenet): a classifier on whole pictures, in a folder a class."""

from __future__ import annotations

import re

from train2edge.spec.tlt import backbone, labels, size, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.classifier import (
    color_changes,
    crops,
    folders,
    smoothing,
    task,
)
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.job import Job

REST: Rest = {
    **training.REST,
    "model_config.retain_head": ("-", "the head is new"),
    "model_config.use_imagenet_head": ("-", "the head is new: one pooling, one layer"),
    "model_config.resize_interpolation_method": ("-", "bilinear, as nvinfer scales an object"),
    "model_config.batch_norm_config.*": ("-", "torchvision's values"),
    "model_config.byom_model": ("x", "the backbone is one of t2e's"),
    "train_config.preprocess_mode": (
        "-",
        "pictures are scaled to 0..1; the file says so to nvinfer",
    ),
    "train_config.image_mean*": ("-", "pictures are scaled to 0..1; the file says so to nvinfer"),
    "train_config.mixup_alpha": ("x", "pictures are not blended; label_smoothing is"),
    "train_config.model_parallelism": ("x", "a network fits one GPU"),
    "eval_config.model_path": ("-", "t2e evaluate RUN -o OUT"),
    "eval_config.top_k": ("-", "the first answer is scored; the report has every class"),
    "eval_config.batch_size": ("-", "evaluation takes the batch that fits"),
    "eval_config.n_workers": ("-", "training.workers reads for evaluation, too"),
    "eval_config.enable_center_crop": ("-", "the whole picture is scaled, as nvinfer does"),
    "train_config.enable_center_crop": ("-", "the whole picture is scaled, as nvinfer does"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    model, train = spec.group("model_config"), spec.group("train_config")
    task(book)
    seed = train.leaf("random_seed")
    book.take(seed, "seed", book.whole(seed))
    folders(
        book,
        job.options,
        train=train.leaf("train_dataset_path"),
        validation=train.leaf("val_dataset_path"),
        test=spec.leaf("eval_config.eval_dataset_path"),
    )
    labels.unnamed(book, job.options)
    chosen = backbone.choose(book, model.leaf("arch"), model.leaf("n_layers"))
    backbone.weights(book, [train.leaf("pretrained_model_path")], chosen)
    backbone.frozen(book, model, chosen)
    dropout = model.leaf("dropout")
    book.take(dropout, "model.dropout", book.number(dropout))
    image_size(book, model.leaf("input_image_size"))
    _training(book, train)
    _changes(book, train)


def image_size(book: Book, leaf: Leaf | None) -> None:
    """``"3,224,224"``: channels, height, width."""
    size.stretched(book, "a classifier's input is stretched, as nvinfer does with objects")
    if leaf is None:
        return
    found = [int(one) for one in re.findall(r"\d+", leaf.text)]
    if len(found) != 3 or not all(found):
        book.problem(leaf, f"'{leaf.text}' is not 'channels,height,width', e.g. 3,224,224")
        return
    depth, height, width = found
    grey = "" if depth == 3 else f"; {size.GREY}"
    for name, side in (("width", width), ("height", height)):
        new = size.rounded(side)
        how = "" if new == side else f", {side} rounded to a multiple of {size.STEP}"
        book.change(leaf, f"model.input.{name}", new, f"channels, height, width{how}{grey}")


def _training(book: Book, group: Group) -> None:
    training.epochs(book, group.leaf("n_epochs"))
    training.batch(book, group.leaf("batch_size_per_gpu"))
    book.state("With --gpus N, TLT multiplied the learning rate by N; here it is as written.")
    book.default("training.head_lr", 1.0, "TLT has one rate for the whole network")
    book.default("training.grad_clip", 0.0, "TLT does not clip gradients")
    workers = group.leaf("n_workers")
    book.take(workers, "training.workers", book.whole(workers))
    _rate(book, group.group("lr_config"))
    penalty = group.group("reg_config")
    training.regularizer(book, penalty.leaf("type"), penalty.leaf("weight_decay"))
    scope = penalty.leaf("scope")
    book.change(scope, "training.regularizer.type", _penalty(book), "kernels of convolutions")
    named = group.leaf("optimizer")
    if named is not None:  # TLT 1 and 2: optimizer: "sgd"
        training.optimizer(book, named.text.lower(), named, Group("optimizer", named.file))
    for name, inner in group.group("optimizer").entries:
        if isinstance(inner, Group):
            training.optimizer(book, name, None, inner)


def _penalty(book: Book) -> object:
    return book.value("training.regularizer.type")


def _rate(book: Book, group: Group) -> None:
    """A group named after the schedule, or, in TLT 1 and 2, its name beside its values."""
    named = group.leaf("scheduler")
    kinds = {"cosine": _cosine, "step": training.step, "soft_anneal": training.soft_anneal}
    for name, make in kinds.items():
        inner = group if named is not None and named.text == name else group.group(name)
        if inner:
            make(book, inner, "learning_rate")
    if named is not None:
        book.change(
            named, "training.schedule.maximum", book.value("training.schedule.maximum"), named.text
        )


def _cosine(book: Book, group: Group, rate: str) -> None:
    training.cosine(book, group, "min_lr_ratio", rate, is_ratio=True)


def _changes(book: Book, group: Group) -> None:
    flip = group.leaf("disable_horizontal_flip")
    crops(book, group.leaf("enable_random_crop"))
    color_changes(book, group.leaf("enable_color_augmentation"))
    smoothing(book, group.leaf("label_smoothing"))
    chance = 0.0 if book.truth(flip) else 0.5
    book.change(flip, "augmentation.hflip", chance, "half of the pictures, or none")
    book.default("augmentation.hflip", 0.5, "TLT flips unless disable_horizontal_flip")
