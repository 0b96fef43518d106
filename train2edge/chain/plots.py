"""How the trainings of a chain went, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from train2edge.evaluation.drawing import PALETTE, css
from train2edge.evaluation.plots import drawing, finish, svg

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
        right.set_yscale("log")
        right.yaxis.set_major_formatter(_plain)
        right.yaxis.set_minor_formatter(_sparse)
        finish(left, "epoch", name_of_it, f"{name_of_it} on validation", unit=False)
        finish(right, "epoch", "loss", "Loss", unit=False)
        return svg(figure)


def _plain(value: float, _position: int) -> str:
    """matplotlib's own labels on a logarithmic axis are TeX, which an SVG does not show."""
    return f"{value:.2g}"


def _sparse(value: float, position: int) -> str:
    """Between the powers of ten only 2 and 5: all of them would be printed over one another."""
    return _plain(value, position) if f"{value:.0e}"[0] in "25" else ""


def _points(history: History, key: str) -> tuple[list[float], list[float]]:
    return [one["epoch"] for one in history], [one[key] for one in history]
