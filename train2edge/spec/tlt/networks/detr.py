"""DINO, Deformable DETR and RT-DETR of TAO 5 and 6, into a DetectNet_v2."""

from __future__ import annotations

from train2edge.spec.tlt import augmentation, backbone, coco, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job, detection_defaults

QUERIES = "belongs to a transformer's queries; DetectNet_v2 is a convolutional grid"
TITLE = "A detection transformer (DINO, Deformable DETR, RT-DETR)"
REST: Rest = {
    **coco.REST,
    **coco.ENTRIES,
    "model.*": ("x", QUERIES),
    "dataset.augmentation.*": ("x", "augmentation has flips, zoom, shifts, angles and colours"),
    "dataset.train_sampler": ("-", "every picture once an epoch"),
    "dataset.*sampler*": ("-", "every picture once an epoch"),
    "dataset.dataset_type": ("-", "pictures are read as they are needed"),
    "dataset.pin_memory": ("-", "done where there is a GPU"),
    "dataset.remap_mscoco_category": ("-", "classes are names here, whatever their numbers"),
    "dataset.infer_data_sources.*": ("-", "t2e infer RUN -i PICTURES -o OUT"),
    "train.checkpoint_interval_unit": ("-", "the best and the last epoch are kept"),
    "train.distill*": ("-", "t2e train SPEC --from RUN2 --teacher RUN"),
    "dataset.infer_data_sources": ("-", "t2e infer RUN -i PICTURES -o OUT"),
    "dataset.quant_calibration*": ("-", "export.calibration takes training pictures"),
    "dataset.eval_class_ids": ("-", "every class is scored"),
    "train.optim.lr_backbone": ("x", "training.head_lr is the heads' rate by the backbone's"),
    "train.optim.lr_linear_proj_mult": ("x", QUERIES),
    "train.optim.layer_decay*": ("x", QUERIES),
    "train.optim.lr_scheduler": ("-", "training.schedule has the rates"),
    "train.optim.lr_step_size": ("-", "lr_steps says where"),
    "train.optim.warmup_steps": ("x", "training.schedule.soft_start is a fraction"),
    "train.optim.monitor_name": ("-", "the score on validation is what is watched"),
    "train.ema.*": ("-", "training.ema is the decay"),
    "train.freeze": ("x", "model.freeze_blocks counts the backbone's blocks"),
    "train.pretrained_model_path": ("x", "weights of another network"),
    "train.verbose": ("-", "progress is always shown"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, model, train = spec.group("dataset"), spec.group("model"), spec.group("train")
    if not sources.given(book, job.options, "coco"):
        _sources(book, data, ("train_data_sources",), "train")
        if not sources.sources(book) and book.value("dataset.train.0.format") is None:
            book.open("dataset.train", [], "nothing stands there: --images and --labels")
    _sources(book, data, ("val_data_sources",), "validation")
    _sources(book, data, ("test_data_sources",), "test")
    coco.classes(book, job.options)
    chosen = backbone.choose(book, model.leaf("backbone"))
    coco.statement(book, TITLE, chosen.new)
    backbone.weights(book, [model.leaf("pretrained_backbone_path")], chosen)
    _input(book, data.group("augmentation"), spec)
    training.batch(book, data.leaf("batch_size"))
    workers = data.leaf("workers")
    book.take(workers, "training.workers", book.whole(workers))
    _training(book, train)
    coco.precision(book, spec.leaf("gen_trt_engine.tensorrt.data_type"))
    _changes(book, data.group("augmentation"))
    detection_defaults(book)


def _sources(book: Book, data: Group, keys: tuple[str, ...], part: str) -> None:
    groups = [one for key in keys for one in data.groups(key)]
    for index, group in enumerate(groups):
        coco.part(book, part, index, group.leaf("image_dir"), group.leaf("json_file"))


def _input(book: Book, config: Group, spec: Group) -> None:
    """One size, where transformers take many: the training's, or the export's."""
    keep = config.leaf("preserve_aspect_ratio")
    if keep is not None and not book.truth(keep):
        book.take(keep, "model.input.maintain_aspect_ratio", False)
    else:
        book.needless(keep, "model.input.maintain_aspect_ratio")
        size.letterboxed(book, "pictures kept their proportions", symmetric=False)
    sides = [one for one in config.leaves("train_spatial_size") if one.is_given]
    if len(sides) == 2:
        for name, leaf in zip(("height", "width"), sides, strict=True):
            value = book.whole(leaf)
            new = None if value is None else size.rounded(value)
            book.change(leaf, f"model.input.{name}", new, "height, then width")
        return
    export = spec.group("export")
    if export.leaf("input_width") is not None:
        size.sides(book, export.leaf("input_width"), export.leaf("input_height"))
        return
    why = "the old network takes many sizes, this one has one: write the one of your pictures"
    book.default("model.input.width", 640, why)
    book.default("model.input.height", 640, why)
    book.state("The input's size is t2e's choice, 640x640: " + why + ".")


def _training(book: Book, group: Group) -> None:
    book.take(group.leaf("seed"), "seed", book.whole(group.leaf("seed")))
    count = training.epochs(book, group.leaf("num_epochs"))
    every = group.leaf("validation_interval")
    book.take(every, "training.validate_every", book.whole(every))
    clip = group.leaf("clip_grad_norm")
    book.take(clip, "training.grad_clip", book.number(clip))
    optim = group.group("optim")
    training.milestones(
        book, optim.leaf("lr"), optim.leaves("lr_steps"), optim.leaf("lr_decay"), count
    )
    kind = optim.leaf("optimizer")
    name = kind.text.lower() if kind is not None else "adamw"
    if kind is not None:
        book.change(kind, "training.optimizer", name, "in small letters")
    book.default("training.optimizer", name, "TAO's default")
    training.decay(book, optim.leaf("weight_decay"))
    if name == "adamw":
        book.needless(optim.leaf("momentum"), "adamw has none")
    _average(book, group)


def _average(book: Book, group: Group) -> None:
    switch, decay = group.leaf("enable_ema"), group.leaf("ema.decay") or group.leaf("ema_decay")
    if book.truth(switch):
        book.take(decay, "training.ema", book.number(decay))
        book.needless(switch, "training.ema is the decay")
        book.default("training.ema", 0.999, "TAO's default")
    else:
        for one in (switch, decay):
            book.needless(one, "off there, and here")


def _changes(book: Book, config: Group) -> None:
    chance = config.leaf("horizontal_flip_prob")
    book.take(chance, "augmentation.hflip", book.number(chance))
    if chance is None:
        book.default("augmentation.hflip", 0.5, "TAO's default")
    augmentation.neutral(book)
