"""How the trainings of a chain went, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from train2edge.evaluation.drawing import PALETTE, css
from train2edge.evaluation.plots import drawing, finish, svg

FAR = 5  # losses that differ by this factor want a logarithmic axis
History = Sequence[Mapping[str, float]]


def histories(runs: Mapping[str, History], metric: str, name_of_it: str) -> str:
    """The score and the loss over the epochs of each run; records are lines of ``metrics.jsonl``,
    ``metric`` the score's key in them."""
    with drawing() as figure:
        left, right = figure.subplots(1, 2)
        for (name, history), color in zip(runs.items(), PALETTE, strict=False):
            judged = [one for one in history if metric in one]
            best = max((one[metric] for one in judged), default=0.0)
            style = {"color": css(color), "marker": "."}
            label = f"{name}  best {best:.3f}"
            left.plot(*_points(judged, metric), label=label, **style)
            right.plot(*_points(history, "loss/total"), label=name, **style)
        _loss_axis(right, [one["loss/total"] for history in runs.values() for one in history])
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
        finish(left, "epoch", name_of_it, f"{name_of_it} on validation", unit=False)
        finish(right, "epoch", "loss", "Loss", unit=False)
        return svg(figure)


def _loss_axis(axes: Any, losses: Sequence[float]) -> None:
    """Logarithmic where the losses differ much, with labels at 1, 2 and 5 alone: all of them would
    be printed over one another. matplotlib's own are TeX, which an SVG does not show."""
    from matplotlib.ticker import LogLocator, NullLocator

    if min(losses, default=0) <= 0 or max(losses) < FAR * min(losses):
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}")
    axes.yaxis.set_minor_locator(NullLocator())


def _points(history: History, key: str) -> tuple[list[float], list[float]]:
    return [one["epoch"] for one in history], [one[key] for one in history]
