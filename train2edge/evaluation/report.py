"""The report of an evaluation: one page with figures, curves, mistakes, contract, provenance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from train2edge.contract import CLASSIFIER, Contract, OutputContract
from train2edge.datasets.picture import read_picture
from train2edge.errors import MissingError
from train2edge.evaluation.drawing import MEANING as COLORS
from train2edge.evaluation.drawing import PALETTE, css, draw_mistakes, encode_jpeg
from train2edge.evaluation.mistakes import KINDS, PictureMistakes, totals, worst
from train2edge.evaluation.mistakes import MEANING as KIND_MEANING
from train2edge.evaluation.plots import curves
from train2edge.page import Bar, Card, Cell, Page

if TYPE_CHECKING:
    from train2edge.evaluation.evaluate import EvaluationReport
    from train2edge.metrics.detection import Counts

MODES = {
    "coco": "mean of the precision at 101 recalls (COCO)",
    "integrate": "area under the interpolated curve (VOC since 2010, TLT's INTEGRATE)",
    "sample": "mean of the precision at 11 recalls (VOC until 2009, TLT's SAMPLE)",
}


def page(report: EvaluationReport, worst_pictures: int = 12) -> Page:
    """The page of ``report``, with at most ``worst_pictures`` pictures drawn."""
    model = str(report.model.get("path", "model"))
    pictures = f"{len(report.found)} {report.split} pictures".replace("  ", " ")
    result = Page(f"Evaluation of {model}", f"on {pictures}")
    _scores(result, report)
    _curves(result, report)
    _mistakes(result, report, worst_pictures)
    contract_section(result, report.contract)
    provenance_section(result, report.contract, {**report.model, **report.provenance})
    return result


def _scores(result: Page, report: EvaluationReport) -> None:
    scores = report.scores
    found = sum(one.tp for one in report.shown)
    false = sum(one.fp for one in report.shown)
    objects = sum(one.objects for one in scores.classes)
    result.section(
        "Scores",
        f"AP is the {MODES[scores.average_precision]} at an IoU of {scores.iou:g}; AP50 and "
        "AP50:95 are COCO's. Means are over the classes that have labelled objects. Counts are "
        "at each class's operating threshold.",
    )
    result.cards(
        [
            Card(f"AP at IoU {scores.iou:g}", f"{scores.ap:.3f}", scores.average_precision),
            Card("AP50", f"{scores.ap50:.3f}", "COCO"),
            Card("AP50:95", f"{scores.ap_50_95:.3f}", "COCO"),
            Card("found", f"{found} of {objects}", f"and {false} false boxes"),
            Card("speed", f"{report.pictures_per_second:.1f}/s", engine_note(report.model)),
        ]
    )
    headers = ["class", "objects", "AP", "AP50", "AP50:95", "threshold", "found", "false"]
    result.table([*headers, "missed", "precision", "recall", "F1"], _class_rows(report))
    result.text(_absent(report))


def _present(report: EvaluationReport) -> dict[str, Counts]:
    """The classes that are labelled, or that were found all the same: of many, few may be."""
    every = zip(report.scores.classes, report.shown, strict=True)
    return {one.name: at for one, at in every if one.objects or at.fp}


def _absent(report: EvaluationReport) -> str:
    """A sentence on the classes that are left out, empty if none is."""
    count = len(report.scores.classes) - len(_present(report))
    classes = "1 class is" if count == 1 else f"{count} classes are"
    return f"{classes} neither labelled nor found here." if count else ""


def engine_note(model: Mapping[str, Any]) -> str:
    """What a speed counts, and what ran the network."""
    engine = model.get("engine")
    return f"pictures from file to result, {engine}" if engine else "pictures from file to result"


def _class_rows(report: EvaluationReport) -> Iterator[Sequence[Cell]]:
    present = _present(report)
    for one in (one for one in report.scores.classes if one.name in present):
        at, labelled = present[one.name], one.objects > 0
        rates = (at.precision, at.recall, at.f1) if labelled else (None, None, None)
        yield [
            one.name,
            one.objects,
            Bar(one.ap),
            Bar(one.ap50),
            Bar(one.ap_50_95),
            at.threshold,
            at.tp,
            at.fp,
            at.fn,
            *rates,
        ]


def _curves(result: Page, report: EvaluationReport) -> None:
    labelled = sum(one.objects > 0 for one in report.scores.classes)
    some = f"Of the {len(PALETTE)} classes that have most objects, of {labelled}."
    result.section("Curves", some if labelled > len(PALETTE) else "")
    try:
        result.figure(curves(report.scores, report.shown))
    except MissingError as error:
        result.text(f"Not drawn: {error.message}.")


def _mistakes(result: Page, report: EvaluationReport, count: int) -> None:
    meaning = "; ".join(f"{kind}: {KIND_MEANING[kind]}" for kind in KINDS)
    result.section("Mistakes", f"At the operating thresholds. {meaning}.")
    every = totals(report.mistakes, report.contract.output.classes)
    headers, present = list(every[0]), _present(report)
    rows = [row for row in every if row["class"] in present]
    result.table(headers, ([_plain(row[name]) for name in headers] for row in rows))
    shown = worst(report.mistakes, count)
    if not shown:
        return
    result.section("Worst pictures", "Those with most wrong boxes and missed objects.")
    result.legend({text: css(color) for text, color in COLORS.items()})
    classes = report.contract.output.classes
    result.gallery((_drawn(one, classes), _caption(one)) for one in shown)


def _plain(value: object) -> Cell:
    return value if isinstance(value, str | int) else str(value)


def _drawn(one: PictureMistakes, classes: Sequence[str]) -> bytes:
    return encode_jpeg(draw_mistakes(read_picture(one.sample.image), one, classes), quality=82)


def _caption(one: PictureMistakes) -> str:
    return f"{one.name}: {len(one.kinds)} wrong, {len(one.missed)} missed"


def contract_section(result: Page, contract: Contract) -> None:
    """What was agreed on, in a table and whole."""
    size = contract.input
    result.section("Contract", "What happens to a frame before the network and to its tensors.")
    offsets = ", ".join(f"{value:g}" for value in size.offsets)
    result.facts(
        {
            "input": f"{size.width}x{size.height} {size.color}",
            "preprocessing": f"{size.scale:.6g} * (x - ({offsets}))",
            "aspect ratio": "kept" if size.maintain_aspect_ratio else "stretched",
            **_output_facts(contract.output),
        }
    )
    if contract.output.parser != CLASSIFIER:
        headers = ["class", "scored from", "operating", "NMS IoU", "eps", "min boxes", "top k"]
        result.table(headers, _threshold_rows(contract.output))
    text = json.dumps(json.loads(contract.to_json()), indent=2)
    result.folded("the whole contract", text)


def _output_facts(output: OutputContract) -> dict[str, object]:
    if output.parser == CLASSIFIER:
        return {"output": output.scores, "classifier-threshold": output.classifier_threshold}
    return {"output": f"{output.parser}, stride {output.stride}", "clustering": output.cluster}


def _threshold_rows(output: OutputContract) -> Iterator[Sequence[Cell]]:
    """A row a class, or one where all are alike."""
    alike = len(output.classes) > 1 and len(set(output.thresholds)) == 1
    names = [f"each of {len(output.classes)}"] if alike else output.classes
    for name, one in zip(names, output.thresholds, strict=False):
        values = (one.pre_cluster, one.operating, one.nms_iou, one.eps, one.min_boxes, one.topk)
        yield (name, *values)


def provenance_section(result: Page, contract: Contract, facts: Mapping[str, Any]) -> None:
    """What was scored, by what, on what."""
    result.section("Provenance").facts({**facts, "contract sha256": contract.digest})


def print_table(report: EvaluationReport) -> None:
    """Print the scores of the classes that are labelled, or that were found all the same."""
    from rich.table import Table

    from train2edge.terminal import console

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("class")
    for name in ("objects", "AP", "AP50", "AP50:95", "threshold", "precision", "recall"):
        table.add_column(name, justify="right")
    present = _present(report)
    for one in (one for one in report.scores.classes if one.name in present):
        at = present[one.name]
        aps = [_figure(value) for value in (one.ap, one.ap50, one.ap_50_95)]
        recall = at.recall if one.objects else None
        rates = [_figure(value) for value in (at.threshold, at.precision, recall)]
        table.add_row(one.name, str(one.objects), *aps, *rates)
    means = (report.scores.ap, report.scores.ap50, report.scores.ap_50_95)
    total = sum(one.objects for one in report.scores.classes)
    table.add_row("mean", str(total), *(_figure(value) for value in means), style="bold")
    out = console()
    out.print(table)
    if absent := _absent(report):
        out.print(absent)


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"
