"""What the detectors with anchors share: SSD, DSSD, RetinaNet, YOLO; their heads are others."""

from __future__ import annotations

from train2edge.spec.tlt import augmentation, backbone, labels, scoring, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job, detection_defaults

ANCHORS = "belongs to anchors; DetectNet_v2's grid has none"
REST: Rest = {
    **training.REST,
    **augmentation.REST,
    "*eval_config.batch_size": ("-", "evaluation takes the batch that fits"),
    "*eval_config.visualize_pr_curve": ("-", "the report always has it"),
    "*nms_config.force_on_cpu": ("-", "there is one implementation"),
    "*nms_config.infer_nms_score_bits": ("-", "scores have 32 bits"),
    "*data_sources.*": ("-", "the pictures and labels stand under dataset.train"),
    "*class_weighting_config.*": ("x", "training.cost.classes weighs classes"),
    "*augmentation_config.output_depth": ("x", "pictures have 8 bits"),
}


def statement(book: Book, title: str, backbone_name: str) -> None:
    book.state(
        f"{title} is not trained here: the experiment is a DetectNet_v2 on {backbone_name}, with "
        "this file's pictures, classes, sizes, augmentation and schedule. Its anchors, matching "
        "and losses are gone; rates that were tuned for them may want another look."
    )


def load(job: Job, section: str, title: str) -> Group:
    """All but the augmentation, which differs; the network's own section comes back."""
    spec, book = job.spec, job.book
    own = spec.group(section)
    book.take(spec.leaf("random_seed"), "seed", book.whole(spec.leaf("random_seed")))
    data = spec.group("dataset_config")
    sources.detection(book, data, job.options, job.converts)
    sources.split(book, data, job.fraction)
    _coco(book, data)
    _occluded(book, data)
    labels.mapped(book, data.leaves("target_class_mapping"), None, job.options)
    chosen = backbone.choose(book, own.leaf("arch"), own.leaf("nlayers"))
    statement(book, title, chosen.new)
    train = spec.group("training_config")
    files = ("pretrain_model_path", "resume_model_path", "pruned_model_path")
    backbone.weights(book, [train.leaf(key) for key in files], chosen)
    backbone.frozen(book, own, chosen)
    _training(book, train)
    evaluation(book, spec.group("eval_config"), spec.group("nms_config"))
    detection_defaults(book)
    return own


def sizes(book: Book, group: Group) -> tuple[int, int]:
    size.channels(book, group.leaf("output_channel"))
    return size.sides(book, group.leaf("output_width"), group.leaf("output_height"))


def changes_of_detectnet(book: Book, config: Group) -> None:
    """The augmentation of DetectNet_v2, which all detectors of TLT 2 had."""
    group = config.group("preprocessing")
    width, height = size.sides(
        book, group.leaf("output_image_width"), group.leaf("output_image_height")
    )
    size.channels(book, group.leaf("output_image_channel"))
    size.crop(book, group, width, height)
    augmentation.minimum_box(book, group)
    augmentation.detectnet(book, config, width, height)


def evaluation(book: Book, group: Group, nms: Group) -> None:
    """``eval_config`` and ``nms_config``."""
    scoring.average_precision(book, group.leaf("average_precision_mode"))
    overlap = group.leaf("matching_iou_threshold")
    book.take(overlap, "evaluation.iou", book.number(overlap))
    every = group.leaf("validation_period_during_training")
    book.take(every, "training.validate_every", book.whole(every) or None)
    new = "evaluation.clustering"
    book.default(f"{new}.mode", "nms", "nms_config")
    for old, to in (
        ("clustering_iou_threshold", "nms_iou"),
        ("confidence_threshold", "pre_cluster"),
    ):
        book.take(nms.leaf(old), f"{new}.{to}", book.number(nms.leaf(old)))
    book.take(nms.leaf("top_k"), f"{new}.topk", book.whole(nms.leaf("top_k")))


def _occluded(book: Book, data: Group) -> None:
    """TLT calls an object difficult whose KITTI label says that it is occluded."""
    leaf = data.leaf("include_difficult_in_training")
    if book.truth(leaf):
        book.needless(leaf, "occluded objects are learned here, always")
        return
    why = "occluded objects (KITTI's third field) were not learned; here they are, unless DontCare"
    book.impossible(leaf, why)
    if any(group.has("label_directory_path") for group in data.groups("data_sources")):
        book.state(f"Without include_difficult_in_training {why}.")


def _coco(book: Book, data: Group) -> None:
    kind = data.leaf("type")
    if kind is None:
        return
    if kind.text.lower() != "coco":
        book.needless(kind, "every source names its format")
        return
    for keys, setting in list(book.settings.items()):
        if keys[0] == "dataset" and keys[-1] == "format" and setting.origin != "--images":
            book.take(kind, ".".join(map(str, keys)), "coco")


def _training(book: Book, group: Group) -> None:
    training.epochs(book, group.leaf("num_epochs"))
    training.batch(book, group.leaf("batch_size_per_gpu"))
    training.qat(book, group.leaf("enable_qat"))
    rate = group.group("learning_rate")
    if curve := rate.group("soft_start_cosine_annealing_schedule"):
        training.cosine(book, curve, "min_learning_rate", "max_learning_rate", is_ratio=False)
    else:
        training.soft_start_annealing(book, rate.group("soft_start_annealing_schedule"))
    penalty = group.group("regularizer")
    training.regularizer(book, penalty.leaf("type"), penalty.leaf("weight"))
    for name, inner in group.group("optimizer").entries:
        if isinstance(inner, Group):
            training.optimizer(book, name, None, inner)
    workers = group.leaf("n_workers")
    book.take(workers, "training.workers", book.whole(workers))
    if book.truth(group.leaf("model_ema")):
        why = "a moving average of the weights, of t2e's usual decay"
        book.change(group.leaf("model_ema"), "training.ema", 0.995, why)
    patience = group.leaf("early_stopping.patience")
    book.change(patience, "training.early_stop", book.whole(patience), "epochs without a better AP")
