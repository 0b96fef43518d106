"""How boxes are made and scored: TLT's average precision, overlaps and clustering."""

from __future__ import annotations

from train2edge.datasets.layout import one_word
from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.per_class import by_label, class_names, numbers, one_of


def evaluation(book: Book, group: Group) -> None:
    """DetectNet_v2's ``evaluation_config``: when it is scored, and how."""
    average_precision(book, group.leaf("average_precision_mode"))
    every = group.leaf("validation_period_during_training")
    book.take(every, "training.validate_every", book.whole(every) or None)
    first = group.leaf("first_validation_epoch")
    epoch, last = book.whole(first), book.value("training.epochs")
    if first is not None and epoch == 0:
        book.change(first, "training.validate_from", 1, "epochs are counted from 1")
    elif epoch is not None and isinstance(last, int) and epoch > last > 0:
        book.change(first, "training.validate_from", last, f"there are {last} epochs")
    else:
        book.take(first, "training.validate_from", epoch)
    overlaps = {}
    for leaf in group.leaves("minimum_detection_ground_truth_overlap"):
        if (value := book.number(leaf)) is not None:
            overlaps[leaf.label] = (leaf, value)
    one_of(book, "evaluation.iou", overlaps, "one for all classes")
    patience = group.leaf("early_stopping_patience_steps")
    book.change(patience, "training.early_stop", book.whole(patience), "epochs without a better AP")


def average_precision(book: Book, leaf: Leaf | None) -> None:
    """SAMPLE is protobuf's default."""
    if leaf is None:
        book.default("evaluation.average_precision", "sample", "SAMPLE is TLT's default")
        return
    names = {"SAMPLE": "sample", "0": "sample", "INTEGRATE": "integrate", "1": "integrate"}
    if leaf.text not in names:
        book.problem(leaf, f"'{leaf.text}' is neither SAMPLE nor INTEGRATE")
        return
    book.take(leaf, "evaluation.average_precision", names[leaf.text])


def clustering(book: Book, group: Group) -> None:
    """DetectNet_v2's ``postprocessing_config``: boxes from the grid, one way for all classes."""
    known = set(class_names(book))
    every = by_label(group.groups("target_class_config"))
    classes = {
        name: one.group("clustering_config")
        for name, one in every.items()
        if one_word(name) in known
    }
    for name, one in every.items():
        for leaf in one.walk() if name not in classes else ():
            book.needless(leaf, f"{name} is no class of the network")
    new = "evaluation.clustering"
    modes = {
        name: found.text if (found := one.leaf("clustering_algorithm")) else "DBSCAN"
        for name, one in classes.items()
    }
    if not modes:
        return
    _mode(book, classes, modes)
    for key, to in (
        ("coverage_threshold", "pre_cluster"),
        ("dbscan_eps", "eps"),
        ("dbscan_confidence_threshold", "dbscan_min_score"),
        ("nms_iou_threshold", "nms_iou"),
        ("nms_confidence_threshold", "operating"),
    ):
        one_of(book, f"{new}.{to}", numbers(book, classes, key), to)
    least = numbers(book, classes, "dbscan_min_samples")
    why = "nvinfer counts whole boxes, at least one, as TLT does"
    one_of(book, f"{new}.min_boxes", least, why, lambda value: max(int(value), 1))


def _mode(book: Book, classes: dict[str, Group], modes: dict[str, str]) -> None:
    to, first = "evaluation.clustering.mode", next(iter(modes.values()))
    leaves = [leaf for one in classes.values() if (leaf := one.leaf("clustering_algorithm"))]
    names = {"DBSCAN": "dbscan", "NMS": "nms", "HYBRID": "hybrid"}
    for leaf in leaves:
        if leaf.text not in names:
            book.problem(leaf, f"'{leaf.text}' is none of {', '.join(names)}")
    if not leaves:
        book.default(to, "dbscan", "TLT's default")
    elif len(set(modes.values())) == 1:
        book.take_all(leaves, to, names.get(first, "dbscan"))
    else:
        book.join(leaves, to, names.get(first, "dbscan"), "one for all classes: the first one's")
