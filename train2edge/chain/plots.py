"""How the trainings of a chain went, and the search of its INT8 gate, as SVG."""

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


def gate(trials: Sequence[Mapping[str, Any]], allowed: float) -> str:
    """Points lost (with one standard error) and speed over the layers left in float; records are
    the trials of an export's report, ``allowed`` the points that its gate lets go."""
    with drawing() as figure:
        left, right = figure.subplots(1, 2)
        scored = [one for one in trials if one["drop"] is not None]
        lost = [[one[key] for one in scored] for key in ("kept", "drop", "error")]
        left.axhline(allowed, color=css(PALETTE[1]), linewidth=1, label="allowed")
        left.errorbar(*lost, fmt="o-", color=css(PALETTE[0]), capsize=3, label="lost")
        timed = [one for one in trials if one["speed"] is not None]
        share = [100 * one["int8_share"] for one in timed]
        right.plot([one["kept"] for one in timed], [one["speed"] for one in timed], "o-")
        for one, part in zip(timed, share, strict=True):
            note = f"{part:.0f} %"
            right.annotate(note, (one["kept"], one["speed"]), (0, 6), textcoords="offset points")
        right.set_ylim(0, 1.2 * max((one["speed"] for one in timed), default=1))
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
        finish(left, "layers in float", "points", "What INT8 loses to FP32", unit=False)
        finish(right, "layers in float", "times FP32", "Speed here, and work in INT8", unit=False)
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
