"""DetectNet_v2: this tool's own detector is its successor, and every value keeps its meaning."""

from __future__ import annotations

from collections.abc import Mapping

from train2edge.datasets.layout import one_word
from train2edge.spec.tlt import augmentation, backbone, labels, scoring, size, sources, training
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.job import Job, detection_defaults
from train2edge.spec.tlt.per_class import by_label, class_names, numbers, one_of

BOX_SCALE, BOX_OFFSET = 35.0, 0.5  # the contract's, as TLT's
RASTERIZER = ("cov_center_x", "cov_center_y", "cov_radius_x", "cov_radius_y", "bbox_min_radius")
REST: Rest = {
    **training.REST,
    **augmentation.REST,
    "model_config.objective_set.cov*": ("-", "there is always a coverage"),
    "model_config.objective_set.bbox.input": ("-", "the heads look at the last feature map"),
    "model_config.freeze_pretrained_layers": ("x", "model.freeze_blocks names blocks"),
    "evaluation_config.evaluation_box_config.*": (
        "x",
        "boxes of every size are scored; leave small ones out of the labels (DontCare)",
    ),
    "postprocessing_config.target_class_config.confidence_config.*": (
        "x",
        "there is no confidence model; the score is the coverage",
    ),
    "*neighborhood_size": ("-", "not used by TLT's DBSCAN either"),
    "*minimum_bounding_box_height": (
        "x",
        "no smallest height in a score; in an app: detected-min-h of nvinfer's class-attrs",
    ),
    "loss_mask_label_filter.*": ("x", "DontCare regions in the labels are not counted"),
    "cost_function_config.max_objective_weight": ("x", "0.9999, always"),
    "cost_function_config.min_objective_weight": ("x", "0.0001, always"),
}


def load(job: Job) -> None:
    spec, book = job.spec, job.book
    data, config = spec.group("dataset_config"), spec.group("augmentation_config")
    book.take(spec.leaf("random_seed"), "seed", book.whole(spec.leaf("random_seed")))
    sources.detection(book, data, job.options, job.converts)
    sources.split(book, data, job.fraction)
    cost = spec.group("cost_function_config")
    names = [one for group in cost.groups("target_classes") if (one := group.leaf("name"))]
    labels.mapped(book, data.leaves("target_class_mapping"), names, job.options)
    _input(book, config.group("preprocessing"), config)
    model(book, spec.group("model_config"))
    _training(book, spec.group("training_config"))
    _rasterizer(book, spec.group("bbox_rasterizer_config"))
    _cost(book, cost)
    scoring.evaluation(book, spec.group("evaluation_config"))
    scoring.clustering(book, spec.group("postprocessing_config"))
    detection_defaults(book)


def model(book: Book, group: Group) -> None:
    """The backbone, its weights, what is frozen, and what is the same here always."""
    chosen = backbone.choose(book, group.leaf("arch"), group.leaf("num_layers"))
    weights = group.leaf("pretrained_model_file")
    backbone.weights(book, [weights], chosen)
    backbone.frozen(book, group, chosen)
    if book.truth(group.leaf("load_graph")):
        book.state(
            "It was the specification of a pruned network's retraining (load_graph): train, "
            "prune and retrain here with t2e go, or t2e train SPEC --from PRUNED_RUN."
        )
    dropout = group.leaf("dropout_rate")
    book.take(dropout, "model.dropout", book.number(dropout))
    _fixed(book, group.leaf("objective_set.bbox.scale"), BOX_SCALE)
    _fixed(book, group.leaf("objective_set.bbox.offset"), BOX_OFFSET)
    norm = group.leaf("use_batch_norm")
    if norm is not None and not book.truth(norm):
        book.impossible(norm, "there is always BatchNorm")


def _fixed(book: Book, leaf: Leaf | None, value: float) -> None:
    if leaf is None:
        return
    if book.number(leaf) == value:
        book.needless(leaf, f"{value:g} here, too, always")
    else:
        book.impossible(leaf, f"{value:g} here, always")


def _input(book: Book, group: Group, config: Group) -> None:
    width, height = size.sides(
        book, group.leaf("output_image_width"), group.leaf("output_image_height")
    )
    size.stretched(book)
    size.channels(book, group.leaf("output_image_channel"))
    size.crop(book, group, width, height)
    augmentation.minimum_box(book, group)
    augmentation.detectnet(book, config, width, height)


def _training(book: Book, group: Group) -> None:
    count = training.epochs(book, group.leaf("num_epochs"))
    training.batch(book, group.leaf("batch_size_per_gpu"))
    training.qat(book, group.leaf("enable_qat"))
    rate = group.group("learning_rate")
    if stops := rate.group("early_stopping_annealing_schedule"):
        training.early_stopping_annealing(book, stops, count)
    else:
        training.soft_start_annealing(book, rate.group("soft_start_annealing_schedule"))
    penalty = group.group("regularizer")
    training.regularizer(book, penalty.leaf("type"), penalty.leaf("weight"))
    for name, inner in group.group("optimizer").entries:
        if isinstance(inner, Group):
            training.optimizer(book, name, None, inner)


def _rasterizer(book: Book, group: Group) -> None:
    classes = by_label(group.groups("target_class_config"))
    for key in RASTERIZER:
        one_of(book, f"training.rasterizer.{key}", numbers(book, classes, key), key)
    dead = group.leaf("deadzone_radius")
    book.take(dead, "training.rasterizer.deadzone_radius", book.number(dead))


def _cost(book: Book, group: Group) -> None:
    classes = {
        one_word(leaf.text): one
        for one in group.groups("target_classes")
        if (leaf := one.leaf("name"))
    }
    auto = group.leaf("enable_autoweighting")
    is_auto = book.truth(auto)
    book.take(auto, "training.cost.autoweighting", is_auto)
    _of_classes(book, numbers(book, classes, "class_weight"), "class_weight")
    foreground = numbers(book, classes, "coverage_foreground_weight")
    if len({value for _, value in foreground.values()}) == 1:
        one_of(book, "training.cost.coverage_foreground_weight", foreground, "")
    else:
        _of_classes(book, foreground, "coverage_foreground_weight")
    for old, new in (("cov", "coverage"), ("bbox", "bbox")):
        _objective(book, classes, old, f"training.cost.{new}", is_auto=is_auto)
    for key, limit in (("max_objective_weight", 0.9999), ("min_objective_weight", 0.0001)):
        edge = group.leaf(key)
        if edge is not None and abs((book.number(edge) or 0.0) - limit) < 1e-6:
            book.needless(edge, "the same here, always")


def _of_classes(book: Book, values: Mapping[str, tuple[Leaf, float]], key: str) -> None:
    for name, (leaf, value) in values.items():
        if name in class_names(book):
            book.take(leaf, f"training.cost.classes[{name}].{key}", value)
        else:
            book.needless(leaf, f"{name} is no class of the experiment")


def _objective(book: Book, classes: dict[str, Group], name: str, to: str, *, is_auto: bool) -> None:
    """With autoweighting the goal counts, without it the first weight."""
    groups = {
        label: one
        for label, group in classes.items()
        for one in group.groups("objectives")
        if (leaf := one.leaf("name")) and leaf.text == name
    }
    counts, other = ("weight_target", "initial_weight")
    if not is_auto:
        counts, other = other, counts
    one_of(book, to, numbers(book, groups, counts), name)
    for group in groups.values():
        book.needless(group.leaf("name"), f"{to} has it")
        why = (
            "autoweighting begins with the goals" if is_auto else "counts with autoweighting alone"
        )
        book.needless(group.leaf(other), why)
