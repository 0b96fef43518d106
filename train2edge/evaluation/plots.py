"""Curves as SVG that takes its text colour from the page around it, light or dark."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from train2edge.errors import MissingError
from train2edge.evaluation.drawing import PALETTE, css
from train2edge.metrics.average_precision import interpolated
from train2edge.metrics.classification import ClassificationScores
from train2edge.metrics.detection import ClassScores, Counts, DetectionScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What only a file of its own needs; a style sheet inside would hold for the whole page.
_LONERS = re.compile(r"<(metadata|style)\b.*?</\1>", re.DOTALL)
INK = "#010203"  # stands for the page's own text colour until the SVG is done


def curves(scores: DetectionScores, shown: Sequence[Counts]) -> str:
    """Precision over recall, and F1 over the threshold, of the classes that have most objects.

    ``shown``: the counts at each class's operating threshold, drawn as points. Gives SVG text.
    Raises ``MissingError`` when matplotlib is not installed.
    """
    with drawing() as figure:
        left, right = figure.subplots(1, 2)
        for (one, point), color in zip(_most(scores.classes, shown), PALETTE, strict=False):
            _precision_recall(left, one, point, css(color))
            _f1(right, one, point, css(color))
        finish(left, "recall", "precision", f"Precision over recall, IoU {scores.iou:g}")
        finish(right, "score threshold", "F1", "F1 over the threshold; points: operating")
        return svg(figure)


def confusion(scores: ClassificationScores, unnamed: str) -> str:
    """The confusion matrix, each row's share as a shade; ``unnamed`` heads the last column.

    Gives SVG text. Raises ``MissingError`` when matplotlib is not installed.
    """
    counts = scores.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with drawing() as figure:
        axes = figure.subplots()
        axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors=INK, linewidth=0.3)
        for (row, column), share in np.ndenumerate(shares):
            ink = "white" if share > 0.5 else "black"
            place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "fontsize": 9}
            axes.text(column + 0.5, row + 0.5, str(counts[row, column]), **place)
        axes.set_xticks(np.arange(counts.shape[1]) + 0.5, [*scores.names, unnamed], rotation=20)
        axes.set_yticks(np.arange(len(counts)) + 0.5, scores.names)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        finish(axes, "called", "is", "Confusion: objects, shaded by share of the row", unit=False)
        axes.grid(False)
        return svg(figure)


def _most(
    classes: Sequence[ClassScores], shown: Sequence[Counts]
) -> list[tuple[ClassScores, Counts]]:
    """As many classes as there are colours, in their own order: more cannot be told apart."""
    pairs = [one for one in zip(classes, shown, strict=True) if one[0].objects]
    most = sorted((one for one, _ in pairs), key=lambda one: -one.objects)[: len(PALETTE)]
    names = {one.name for one in most}
    return [pair for pair in pairs if pair[0].name in names]


def _precision_recall(axes: Axes, one: ClassScores, point: Counts, color: str) -> None:
    recall = np.concatenate([[0.0], one.curve.recall, one.curve.recall[-1:]])
    best = interpolated(one.curve.precision)
    precision = np.concatenate([best[:1], best, [0.0]]) if len(best) else np.zeros(1)
    axes.step(
        recall, precision, where="pre", color=color, label=_label(f"{one.name}  {one.ap:.3f}")
    )
    axes.plot([point.recall], [point.precision], "o", color=color, markeredgecolor=INK)


def _f1(axes: Axes, one: ClassScores, point: Counts, color: str) -> None:
    thresholds = np.linspace(0, 1, 201)
    values = [one.curve.at(float(value)).f1 for value in thresholds]
    axes.plot(thresholds, values, color=color, label=_label(one.name))
    axes.plot([point.threshold], [point.f1], "o", color=color, markeredgecolor=INK)


def _label(text: str) -> str:
    """matplotlib hides labels that begin with an underscore."""
    return f" {text}"


def finish(axes: Axes, across: str, up: str, title: str, *, unit: bool = True) -> None:
    """Labels, grid and legend; with ``unit`` both axes run from 0 to 1."""
    axes.set(xlabel=across, ylabel=up)
    if unit:
        axes.set(xlim=(0, 1.005), ylim=(0, 1.02))
    axes.set_title(title, loc="left", fontsize=11)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, loc="best")


@contextlib.contextmanager
def drawing() -> Iterator[Figure]:
    """A wide figure to draw on, in the page's own style.

    Raises ``MissingError`` when matplotlib is not installed.
    """
    with _style():
        yield _figure()


def _style() -> Any:
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise MissingError(
            "matplotlib is not installed, which draws curves",
            hint="pip install 'train2edge[train]'",
        ) from None
    return matplotlib.rc_context(
        {
            "text.color": INK,
            "text.parse_math": False,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "grid.color": INK,
            "svg.fonttype": "none",
            "svg.hashsalt": "train2edge",
            "font.family": "sans-serif",
            "lines.linewidth": 1.8,
            "lines.markersize": 6,
        }
    )


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(11, 4.2), layout="constrained")


def svg(figure: Figure) -> str:
    """The figure as SVG text, its ink in the page's own text colour."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = _LONERS.sub("", text[text.index("<svg") :])
    return text.replace(INK, "currentColor")
