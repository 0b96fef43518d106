"""EfficientDet, of TLT (protobuf text) and of TAO (YAML), into a DetectNet_v2."""

from __future__ import annotations

from train2edge.spec.tlt import augmentation, backbone, coco, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.job import Job, detection_defaults

ANCHORS = "belongs to anchors; DetectNet_v2's grid has none"
REST: Rest = {
    **coco.REST,
    **coco.PRUNE,
    **coco.ENTRIES,
    "model_config.*": ("x", ANCHORS),
    "model.*": ("x", ANCHORS),
    "dataset.loader.*": ("-", "training.workers reads ahead"),
    "dataset.augmentation.auto_*": ("x", "augmentation names every change"),
    "eval_config.*": ("-", "validation is after every epoch; training.validate_every"),
    "training_config.resume": ("-", "t2e train SPEC -o RUN --resume"),
    "training_config.keep_checkpoint_max": ("-", "the best and the last epoch are kept"),
    "training_config.checkpoint_period": ("-", "the best and the last epoch are kept"),
    "training_config.iterations_per_loop": ("-", "nothing to set"),
    "training_config.profile_skip_steps": ("-", "nothing to set"),
    "training_config.disable_logging": ("-", "progress is always shown"),
    "train.image_preview": ("-", "the report shows pictures"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    is_yaml = spec.has("train")
    train = spec.group("train" if is_yaml else "training_config")
    data = spec.group("dataset" if is_yaml else "dataset_config")
    model = spec.group("model" if is_yaml else "model_config")
    _sources(job, data)
    coco.classes(book, job.options)
    chosen = backbone.choose(book, model.leaf("name") or model.leaf("model_name"))
    coco.statement(book, "EfficientDet", chosen.new)
    backbone.weights(book, [train.leaf("checkpoint"), train.leaf("pruned_model_path")], chosen)
    backbone.frozen(book, model, chosen)
    if is_yaml:
        size.letterboxed(book, "pictures kept their proportions, with a margin", symmetric=False)
        size.sides(book, model.leaf("input_width"), model.leaf("input_height"))
    else:
        coco.image_size(book, data.leaf("image_size"))
    _training(book, train)
    _changes(book, data.group("augmentation") or spec.group("augmentation_config"))
    coco.pruning(book, spec.group("prune"))
    coco.precision(book, spec.leaf("gen_trt_engine.tensorrt.data_type"))
    detection_defaults(book)


def _sources(job: Job, data: Group) -> None:
    """The conversion's own pictures, if they stand there."""
    book, convert = job.book, job.spec.group("dataset_convert")
    if sources.given(book, job.options, "coco"):
        pass
    elif convert.leaf("annotations_file") is not None:
        coco.part(book, "train", 0, convert.leaf("image_dir"), convert.leaf("annotations_file"))
    else:
        why = "TFRecords are not read: --images and --labels name the pictures and the COCO file"
        book.open("dataset.train", [], why)
    held_out = data.leaf("val_json_file") or data.leaf("validation_json_file")
    coco.part(book, "validation", 0, None, held_out)


def _training(book: Book, group: Group) -> None:
    seed = group.leaf("tf_random_seed") or group.leaf("random_seed")
    book.take(seed, "seed", book.whole(seed))
    count = training.epochs(book, group.leaf("num_epochs"))
    training.batch(book, group.leaf("batch_size") or group.leaf("train_batch_size"))
    training.weight_decay(book, group.leaf("l2_weight_decay"), group.leaf("l1_weight_decay"))
    coco.ema(book, group.leaf("moving_average_decay"))
    training.qat(book, group.leaf("qat"))
    amp = group.leaf("amp")
    book.take(amp, "training.amp", "auto" if book.truth(amp) else "off")
    clip = group.leaf("clip_gradients_norm")
    book.take(clip, "training.grad_clip", book.number(clip))
    every = group.leaf("validation_interval")
    book.take(every, "training.validate_every", book.whole(every))
    if curve := group.group("lr_schedule"):
        coco.cosine(book, curve, count, ("learning_rate", "warmup_init", "warmup_epoch"))
        book.needless(curve.leaf("name"), "training.schedule has the rates")
    else:
        coco.cosine(book, group, count, ("learning_rate", "lr_warmup_init", "lr_warmup_epoch"))
    own = group.group("optimizer")
    kind: Leaf | None = own.leaf("name")
    training.optimizer(book, kind.text.lower() if kind else "sgd", kind, own)


def _changes(book: Book, group: Group) -> None:
    coco.flip(book, group.leaf("rand_hflip"))
    lowest, highest = group.leaves("random_crop_min_scale"), group.leaf("random_crop_max_scale")
    coco.scales(book, lowest, highest)
    augmentation.neutral(book)
