"""Schedules, penalties and optimizers: what TLT and TAO call them, and what they are here."""

from __future__ import annotations

import re

from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group, Leaf

SCHEDULE = "training.schedule"
REST: Rest = {
    "*checkpoint_interval": ("-", "the best and the last epoch are kept; more: checkpoint_minutes"),
    "*cost_scaling.*": ("-", "mixed precision scales the cost by itself"),
    "*visualizer.*": ("-", "TensorBoard's files and a report are always written"),
    "*use_multiprocessing": ("-", "workers are processes"),
    "*max_queue_size": ("-", "every worker reads two batches ahead"),
    "*verbose": ("-", "progress is always shown"),
    "*enc_key": ("-", "nothing is encrypted"),
    "encryption_key": ("-", "nothing is encrypted"),
    "results_dir": ("-", "t2e train SPEC -o RUN says where"),
    "*.results_dir": ("-", "-o of every command says where"),
    "*output_model": ("-", "t2e train SPEC -o RUN says where"),
    "wandb.*": ("-", "TensorBoard's files are always written"),
    "clearml.*": ("-", "TensorBoard's files are always written"),
}


def epochs(book: Book, leaf: Leaf | None) -> int | None:
    """``training.epochs``; without them the ones of NVIDIA's example."""
    count = book.whole(leaf)
    book.take(leaf, "training.epochs", count)
    return count


def batch(book: Book, leaf: Leaf | None, gpus: Leaf | None = None) -> None:
    """Both count the pictures of one process; TLT's ``--gpus N`` is ``torchrun``'s here."""
    book.take(leaf, "training.batch_size", book.whole(leaf))
    book.needless(gpus, "batch_size is each process's, as before: torchrun starts one a GPU")


def qat(book: Book, leaf: Leaf | None) -> None:
    if leaf is not None and book.truth(leaf):
        why = "a command after the first training: t2e train SPEC --from RUN --quantize"
        book.change(leaf, "quantization.when", "always", why)
    else:
        book.needless(leaf, "t2e go trains in 8 bits where calibration alone loses too much")


def soft_start_annealing(book: Book, group: Group) -> None:
    """The same schedule, by the same names."""
    keys = {
        "min_learning_rate": "minimum",
        "max_learning_rate": "maximum",
        "soft_start": "soft_start",
        "annealing": "annealing",
    }
    for old, new in keys.items():
        leaf = group.leaf(old)
        book.take(leaf, f"{SCHEDULE}.{new}", book.number(leaf))
    for key in ("soft_start", "annealing"):  # protobuf's 0 is what is not written
        book.default(f"{SCHEDULE}.{key}", 0.0, "not in the old file: 0 there")


def early_stopping_annealing(book: Book, group: Group, count: int | None) -> None:
    """Epochs become fractions of the training."""
    for old, new in (("min_learning_rate", "minimum"), ("max_learning_rate", "maximum")):
        book.take(group.leaf(old), f"{SCHEDULE}.{new}", book.number(group.leaf(old)))
    start, fall = group.leaf("soft_start_epochs"), group.leaf("annealing_epochs")
    first, last = book.whole(start) or 0, book.whole(fall) or 0
    if count:
        soft = min(first / count, 0.99)
        book.change(start, f"{SCHEDULE}.soft_start", round(soft, 6), f"{first} of {count} epochs")
        annealing = max(1 - last / count, soft)
        why = f"the last {last} of {count} epochs; TLT waited for the score to stand still"
        book.change(fall, f"{SCHEDULE}.annealing", round(min(annealing, 0.99), 6), why)
    patience = group.leaf("patience_steps")
    book.change(patience, "training.early_stop", book.whole(patience), "epochs without a better AP")


def cosine(book: Book, group: Group, lowest: str, highest: str, *, is_ratio: bool) -> None:
    """A cosine becomes an exponential fall between the same rates, from the warm-up on."""
    top, bottom, start = group.leaf(highest), group.leaf(lowest), group.leaf("soft_start")
    high, low = book.number(top), book.number(bottom)
    book.take(top, f"{SCHEDULE}.maximum", high)
    fall = "falls exponentially, not by a cosine"
    if high and bottom is not None and low:
        value = high * low if is_ratio else low
        how = f"{low:g} of {high:g}; " if is_ratio else ""
        book.change(bottom, f"{SCHEDULE}.minimum", value, f"{how}{fall}")
    elif high:
        book.needless(bottom, "0: an exponential fall has no zero")
        book.default(f"{SCHEDULE}.minimum", high / 1000, f"the cosine ended at 0: {fall}")
    soft = book.number(start) or 0.0
    book.take(start, f"{SCHEDULE}.soft_start", soft)
    book.default(f"{SCHEDULE}.soft_start", soft, "not in the old file: 0 there")
    book.default(f"{SCHEDULE}.annealing", soft, "the cosine falls from the warm-up on")


def step(book: Book, group: Group, rate: str) -> None:
    """TLT's ``step`` is exponential itself: rate x gamma ^ (per cent of the training / step)."""
    top, gamma, size = group.leaf(rate), group.leaf("gamma"), group.leaf("step_size")
    high, factor, percent = book.number(top), book.number(gamma), book.number(size)
    book.take(top, f"{SCHEDULE}.maximum", high)
    if high and factor is not None and percent:
        low = max(high * factor ** (100 / percent), high * 1e-6)
        why = f"{high:g} x {factor:g} ^ (100 / {percent:g}), exponentially as in TLT"
        leaves = [one for one in (gamma, size) if one is not None]
        book.join(leaves, f"{SCHEDULE}.minimum", float(f"{low:.6g}"), why)
    elif high:
        book.default(f"{SCHEDULE}.minimum", high, "no gamma or step_size: the rate stays")
    for key in ("soft_start", "annealing"):
        book.default(f"{SCHEDULE}.{key}", 0.0, "step falls from the start on")


def soft_anneal(book: Book, group: Group, rate: str) -> None:
    """Divisions at several points become one fall from the first point to the last rate."""
    top, start, first = group.leaf(rate), group.leaf("soft_start"), group.leaf("start_lr")
    divider = group.leaf("annealing_divider")
    high, soft, by = book.number(top), book.number(start) or 0.0, book.number(divider)
    points = _points(book, group.leaves("annealing_points"))
    book.take(top, f"{SCHEDULE}.maximum", high)
    book.take(start, f"{SCHEDULE}.soft_start", soft)
    book.default(f"{SCHEDULE}.soft_start", soft, "not in the old file: 0 there")
    if high and by and points:
        low = float(f"{high / by ** len(points):.6g}")
        why = f"{high:g} divided by {by:g} at {len(points)} points; here it falls smoothly"
        book.change(divider, f"{SCHEDULE}.minimum", low, why)
        leaves = group.leaves("annealing_points")
        why = "falls smoothly from the first point to the last rate at the end"
        book.join(leaves, f"{SCHEDULE}.annealing", max(points[0], soft), why)
    book.needless(first, "the rate starts where it ends")


def milestones(
    book: Book, rate: Leaf | None, steps: list[Leaf], decay: Leaf | None, count: int | None
) -> None:
    """Divisions at some epochs become a fall from the first one to the last rate."""
    high = book.number(rate)
    factor = book.number(decay) if decay else 0.1
    book.take(rate, f"{SCHEDULE}.maximum", high)
    at = [book.whole(one) or 0 for one in steps]
    within = [one for one in at if count and one < count]
    if high and within and count:
        low = high * (factor or 0.1) ** len(within)
        why = f"times {factor:g} at {len(within)} epochs; here it falls smoothly from the first on"
        leaves = [*steps, *([decay] if decay else [])]
        book.join(leaves, f"{SCHEDULE}.annealing", round(within[0] / count, 6), why)
        book.default(f"{SCHEDULE}.minimum", float(f"{low:.6g}"), why)
    elif high:
        for one in [*steps, *([decay] if decay else [])]:
            book.needless(one, "after the last epoch: the rate stays")
        book.default(f"{SCHEDULE}.minimum", high, "the rate stays")
        book.default(f"{SCHEDULE}.annealing", 0.0, "the rate stays")
    book.default(f"{SCHEDULE}.soft_start", 0.0, "no warm-up in the old file")


def regularizer(book: Book, kind: Leaf | None, weight: Leaf | None) -> None:
    """L1 or L2 times the sum over the kernels, as Keras' penalties are."""
    names = {"NO_REG": "none", "NONE": "none", "L1": "L1", "L2": "L2"}
    if kind is not None:
        name = names.get(kind.text.upper())
        if name is None:
            book.problem(kind, f"'{kind.text}' is none of {', '.join(names)}")
        elif name == kind.text:
            book.take(kind, "training.regularizer.type", name)
        else:
            book.change(kind, "training.regularizer.type", name, f"{kind.text} is {name} here")
    book.take(weight, "training.regularizer.weight", book.number(weight))


def weight_decay(book: Book, l2: Leaf | None, l1: Leaf | None) -> None:
    """``l2_weight_decay`` and ``l1_weight_decay`` of the detectors by COCO files: one penalty."""
    for kind, leaf in (("L1", l1), ("L2", l2)):
        if leaf is not None and book.number(leaf):
            book.default("training.regularizer.type", kind, f"{leaf.name} (line {leaf.line})")
            book.take(leaf, "training.regularizer.weight", book.number(leaf))
        else:
            book.needless(leaf, "0: no penalty")


def decay(book: Book, leaf: Leaf | None) -> None:
    """``weight_decay`` beside an optimizer that is set already; torch's Adam makes it a penalty."""
    value = book.number(leaf)
    if book.value("training.optimizer") != "adam" or not value:
        book.take(leaf, "training.weight_decay", value)
        return
    book.default("training.regularizer.type", "L2", "weight_decay of adam is a penalty")
    why = f"adam's decay of {value:g} is half of it times the squares"
    book.change(leaf, "training.regularizer.weight", value / 2, why)


def optimizer(book: Book, name: str, leaf: Leaf | None, group: Group) -> None:
    """The kind; what is fixed here and different there is told."""
    new = {"rmsprop": "adam", "adagrad": "adam", "nadam": "adam", "adadelta": "adam"}.get(
        name, name
    )
    if new == name and leaf is not None:
        book.take(leaf, "training.optimizer", new)
    elif leaf is not None:
        book.change(leaf, "training.optimizer", new, f"{name} is not here; adam adapts, too")
    else:
        why = f"as {group.name} says" if new == name else f"{name} is not here; adam adapts, too"
        book.default("training.optimizer", new, why)
    fixed = {
        "adam": {"beta1": 0.9, "beta_1": 0.9, "beta2": 0.999, "beta_2": 0.999, "epsilon": 1e-8},
        "sgd": {"momentum": 0.9, "nesterov": 1.0},
    }.get(new if new == name else "", {})
    others = (one for _, one in group.entries if isinstance(one, Leaf) and one is not leaf)
    for one in (one for one in others if one.is_given):
        _fixed(book, one, fixed, new)


def _fixed(book: Book, leaf: Leaf, fixed: dict[str, float], name: str) -> None:
    key = leaf.name.rpartition(".")[2]
    value = float(book.truth(leaf)) if _is_truth(leaf) else book.number(leaf)
    if key in ("lr", "learning_rate"):
        book.needless(leaf, "the schedule says the rate")
    elif key in fixed and value is not None and abs(value - fixed[key]) <= 1e-6 + 1e-4 * fixed[key]:
        book.needless(leaf, "the same here, always")
    elif key in fixed:
        book.impossible(leaf, f"{name} has {fixed[key]:g} here, always")
    elif not value:
        book.needless(leaf, "off there, and not here")
    else:
        book.impossible(leaf, f"{name} has no such value here")


def _is_truth(leaf: Leaf) -> bool:
    return leaf.text.lower() in ("true", "false")


def _points(book: Book, leaves: list[Leaf]) -> list[float]:
    """Numbers, or TLT 1's text of several: ``"0.3, 0.6, 0.8"``."""
    found = []
    for leaf in leaves:
        if "," in leaf.text:
            found += [float(one) for one in re.findall(r"\d*\.?\d+", leaf.text)]
        elif (value := book.number(leaf)) is not None:
            found.append(value)
    return sorted(found)
