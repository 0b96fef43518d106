"""FasterRCNN: its pictures, sizes, augmentation and schedule into a DetectNet_v2.

In TLT 1 and 2 the network stands under ``network_config``, the data under ``training_config``.
"""

from __future__ import annotations

from train2edge.spec.tlt import anchored, augmentation, backbone, labels, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job, detection_defaults

TWO_STAGES = "belongs to proposals and a second stage; DetectNet_v2 is one stage"
REST: Rest = {
    **anchored.REST,
    "*.conv_bn_share_bias": ("-", "BatchNorm's offset stands for it"),
    "*.output_weights": ("-", "t2e train SPEC -o RUN says where"),
    "*.anchor_box_config.*": ("x", TWO_STAGES),
    "*.roi_*": ("x", TWO_STAGES),
    "*.rpn_stride": ("x", "16 here, always"),
    "*.drop_connect_rate": ("x", "model.dropout is before the heads"),
    "*.input_image_config.image_channel_order": (
        "-",
        "RGB; the file says so to nvinfer",
    ),
    "*.input_image_config.image_channel_mean*": (
        "-",
        "0..1; the file says so to nvinfer",
    ),
    "*.input_image_config.image_scaling_factor": ("-", "0..1; the file says so"),
    "*.input_image_config.max_objects_num_per_image": ("-", "any number of objects"),
    "training_config.rpn_*": ("x", TWO_STAGES),
    "training_config.classifier_*": ("x", TWO_STAGES),
    "training_config.gt_as_roi": ("x", TWO_STAGES),
    "training_config.std_scaling": ("x", TWO_STAGES),
    "training_config.lambda_*": ("x", TWO_STAGES),
    "training_config.resume_from_model": ("-", "t2e train SPEC -o RUN --resume"),
    "training_config.early_stopping.*": ("-", "the score on validation is what is watched"),
    "inference_config.*": ("-", "t2e infer RUN -i PICTURES -o OUT"),
    "evaluation_config.rpn_*": ("x", TWO_STAGES),
    "evaluation_config.model": ("-", "t2e evaluate RUN -o OUT"),
    "evaluation_config.labels_dump_*": ("-", "t2e evaluate writes KITTI files"),
    "evaluation_config.batch_size": ("-", "evaluation takes the batch that fits"),
    "evaluation_config.*range*": ("-", "COCO's range of IoU is always reported"),
    "evaluation_config.visualize_pr_curve": ("-", "the report always has it"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    book.take(spec.leaf("random_seed"), "seed", book.whole(spec.leaf("random_seed")))
    model = spec.group("model_config") or spec.group("network_config")
    train = spec.group("training_config")
    data = spec.group("dataset_config") or train.group("kitti_data_config")
    sources.detection(book, data, job.options, job.converts)
    sources.split(book, data, job.fraction)
    labels.mapped(book, data.leaves("target_class_mapping"), None, job.options)
    chosen = backbone.choose(book, model.leaf("arch") or model.leaf("feature_extractor"))
    anchored.statement(book, "FasterRCNN", chosen.new)
    files = ("pretrained_weights", "retrain_pruned_model")
    backbone.weights(book, [train.leaf(key) for key in files], chosen)
    backbone.frozen(book, model, chosen)
    dropout = model.leaf("dropout_rate")
    book.take(dropout, "model.dropout", book.number(dropout))
    changes = spec.group("augmentation_config") or train.group("data_augmentation")
    _input(book, model.group("input_image_config"), changes, train)
    _training(book, train)
    _evaluation(book, spec.group("evaluation_config"))
    detection_defaults(book)


def _input(book: Book, group: Group, config: Group, train: Group) -> None:
    picture = config.group("preprocessing")
    kind = group.leaf("image_type")
    if kind is not None and kind.text == "RGB":
        book.needless(kind, "three colours, always")
    else:
        book.impossible(kind, size.GREY)
    width, height = _sides(book, group, picture)
    size.stretched(book)
    size.channels(book, picture.leaf("output_image_channel"))
    size.crop(book, picture, width, height)
    augmentation.minimum_box(book, picture)
    switch = train.leaf("enable_augmentation") or config.leaf("use_augmentation")
    if switch is not None and not book.truth(switch):
        for name in ("spatial_augmentation", "color_augmentation"):
            augmentation.off(book, config.group(name), switch)
    else:
        book.needless(switch, "augmentation says what is changed; zeros are off")
        augmentation.detectnet(book, config, width, height)


def _sides(book: Book, group: Group, picture: Group) -> tuple[int, int]:
    """A fixed size, or TLT's smaller side with a limit for the larger one."""
    width, height = group.leaf("size_height_width.width"), group.leaf("size_height_width.height")
    given = [picture.leaf(f"output_image_{key}") for key in ("width", "height")]
    if width is not None or height is not None:
        for one in given:
            book.needless(one, "the same as size_height_width")
        return size.sides(book, width, height)
    if any(given):
        return size.sides(book, *given)
    return _smaller_side(book, group, picture)


def _smaller_side(book: Book, group: Group, picture: Group) -> tuple[int, int]:
    least, most = group.leaf("size_min.min"), picture.leaf("output_image_max")
    small = book.whole(least) or 416
    large = book.whole(most) or small
    why = "a network has one size here: the smaller side is the height, its limit the width"
    book.change(most, "model.input.width", size.rounded(large), why)
    book.change(least, "model.input.height", size.rounded(small), why)
    book.default("model.input.width", size.rounded(large), why)
    book.needless(picture.leaf("output_image_min"), "the same as size_min")
    return size.rounded(large), size.rounded(small)


def _training(book: Book, group: Group) -> None:
    training.epochs(book, group.leaf("num_epochs"))
    training.batch(book, group.leaf("batch_size_per_gpu") or group.leaf("batch_size"))
    training.qat(book, group.leaf("enable_qat"))
    rate = group.group("learning_rate") or group.group("lr_scheduler")
    if steps := rate.group("step"):
        training.step(book, steps, "base_lr")
    elif points := rate.group("soft_start"):
        training.soft_anneal(book, points, "base_lr")
    else:
        training.soft_start_annealing(book, rate.group("soft_start_annealing_schedule"))
    penalty = group.group("regularizer") or group.group("reg_config")
    training.regularizer(
        book,
        penalty.leaf("type") or penalty.leaf("reg_type"),
        penalty.leaf("weight") or penalty.leaf("weight_decay"),
    )
    for name, inner in group.group("optimizer").entries:
        if isinstance(inner, Group):
            training.optimizer(book, name, None, inner)
    workers = group.leaf("n_workers")
    book.take(workers, "training.workers", book.whole(workers))


def _evaluation(book: Book, group: Group) -> None:
    eleven = group.leaf("use_voc07_11point_metric")
    name = "sample" if book.truth(eleven) else "integrate"
    book.change(eleven, "evaluation.average_precision", name, "sample: 11 points; integrate: area")
    book.default("evaluation.average_precision", "integrate", "TLT's default for FasterRCNN")
    overlap = group.leaf("gt_matching_iou_threshold")
    book.take(overlap, "evaluation.iou", book.number(overlap))
    every = group.leaf("validation_period_during_training")
    book.take(every, "training.validate_every", book.whole(every) or None)
    new = "evaluation.clustering"
    for old, to in (
        ("classifier_nms_overlap_threshold", "nms_iou"),
        ("object_confidence_thres", "pre_cluster"),
    ):
        book.take(group.leaf(old), f"{new}.{to}", book.number(group.leaf(old)))
    most = group.leaf("classifier_nms_max_boxes")
    book.take(most, f"{new}.topk", book.whole(most))
