"""TAO's classification_tf2 (YAML): a classifier on whole pictures."""

from __future__ import annotations

from train2edge.spec.tlt import backbone, coco, labels, size, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.classifier import color_changes, crops, folders, smoothing, task
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job

REST: Rest = {
    **training.REST,
    **coco.PRUNE,
    **coco.ENTRIES,
    "dataset.preprocess_mode": ("-", "pictures are scaled to 0..1; the file says so to nvinfer"),
    "dataset.image_mean*": ("-", "pictures are scaled to 0..1; the file says so to nvinfer"),
    "dataset.num_classes": ("-", "classes are the folders"),
    "dataset.augmentation.enable_center_crop": (
        "-",
        "the whole picture is scaled, as nvinfer does",
    ),
    "dataset.augmentation.mixup_alpha": ("x", "pictures are not blended; label_smoothing is"),
    "model.retain_head": ("-", "the head is new"),
    "model.resize_interpolation_method": ("-", "bilinear, as nvinfer scales an object"),
    "model.input_image_depth": ("-", "pictures have 8 bits"),
    "model.byom_model": ("x", "the backbone is one of t2e's"),
    "model.activation_type": ("-", "ReLU, or what the backbone has"),
    "train.lr_config.scheduler": ("-", "training.schedule has the rates"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, model, train = spec.group("dataset"), spec.group("model"), spec.group("train")
    task(book)
    folders(
        book,
        job.options,
        train=data.leaf("train_dataset_path"),
        validation=data.leaf("val_dataset_path"),
        test=spec.leaf("evaluate.dataset_path"),
    )
    labels.unnamed(book, job.options)
    chosen = backbone.choose(book, model.leaf("backbone"))
    backbone.weights(book, [train.leaf("checkpoint")], chosen)
    backbone.frozen(book, model, chosen)
    dropout = model.leaf("dropout")
    book.take(dropout, "model.dropout", book.number(dropout))
    size.sides(book, model.leaf("input_width"), model.leaf("input_height"))
    size.channels(book, model.leaf("input_channels"))
    size.stretched(book, "a classifier's input is stretched, as nvinfer does with objects")
    _training(book, train)
    changes = data.group("augmentation")
    crops(book, changes.leaf("enable_random_crop"))
    color_changes(book, changes.leaf("enable_color_augmentation"))
    smoothing(book, train.leaf("label_smoothing"))
    flip = changes.leaf("disable_horizontal_flip")
    chance = 0.0 if book.truth(flip) else 0.5
    book.change(flip, "augmentation.hflip", chance, "half of the pictures, or none")
    book.default("augmentation.hflip", 0.5, "TAO flips unless disable_horizontal_flip")
    coco.pruning(book, spec.group("prune"))
    coco.precision(book, spec.leaf("gen_trt_engine.tensorrt.data_type"))


def _training(book: Book, group: Group) -> None:
    seed = group.leaf("random_seed")
    book.take(seed, "seed", book.whole(seed))
    training.epochs(book, group.leaf("num_epochs"))
    training.batch(book, group.leaf("batch_size_per_gpu"))
    training.qat(book, group.leaf("qat"))
    workers = group.leaf("n_workers")
    book.take(workers, "training.workers", book.whole(workers))
    book.default("training.head_lr", 1.0, "TAO has one rate for the whole network")
    book.default("training.grad_clip", 0.0, "TAO does not clip gradients")
    rate = group.group("lr_config")
    kind = rate.leaf("scheduler")
    name = kind.text if kind is not None else "cosine"
    if name == "step":
        training.step(book, rate, "learning_rate")
    elif name == "soft_anneal":
        training.soft_anneal(book, rate, "learning_rate")
    else:
        training.cosine(book, rate, "min_lr_ratio", "learning_rate", is_ratio=True)
    penalty = group.group("reg_config")
    training.regularizer(book, penalty.leaf("type"), penalty.leaf("weight_decay"))
    for leaf in penalty.leaves("scope"):
        found = book.value("training.regularizer.type")
        book.change(leaf, "training.regularizer.type", found, "kernels of convolutions")
    optim = group.group("optim_config")
    named = optim.leaf("optimizer")
    training.optimizer(book, named.text.lower() if named else "sgd", named, optim)
