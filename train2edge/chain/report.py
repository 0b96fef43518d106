"""The page that a chain ends with: every score in one table, plots, frames of the video, paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train2edge.bundle import ModelBundle
from train2edge.chain.plan import ChainPlan
from train2edge.chain.run import StageResult
from train2edge.page import Bar, Card, Cell, Link, Page

REPORT = "report.html"
FRAMES = 3  # of the video, shown in the page


def write_report(chain: ChainPlan, results: Sequence[StageResult]) -> Path:
    """Write ``report.html`` into the chain's folder and give its path."""
    page = Page(chain.experiment.name, f"train2edge, {len(results)} stages")
    table = _TABLES[chain.experiment.task](chain)
    _first(page, chain, table)
    _scores(page, chain, table)
    _learning(page, chain, table)
    _pruning(page, chain)
    _gate(page, chain)
    _bundle(page, chain)
    _video(page, chain)
    _stages(page, chain, results)
    return page.write(chain.folder / REPORT)


def _read(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text())
    assert isinstance(data, dict)
    return data


@dataclass(frozen=True)
class _Table:
    """Every score of the chain: ``rows`` are a label, the task's ``metric`` and other figures."""

    key: str
    metric: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, float, tuple[float | None, ...]], ...]
    last: tuple[str, str]
    text: str


def _detection(chain: ChainPlan) -> _Table:
    names = chain.experiment.dataset.classes
    rows = []
    for one in _read(chain.folder / "compare" / "compare.json")["sets"]:
        each = {entry["class"]: entry for entry in one["classes"]}
        found = (each[name]["ap50"] if each[name]["objects"] else None for name in names)
        rows.append((one["label"], one["ap50"], (one["ap_50_95"], *found)))
    return _Table(
        "ap50",
        "AP50",
        ("AP50:95", *(f"AP50 {name}" for name in names)),
        tuple(rows),
        ("in the app", "from its KITTI files"),
        "the trained model, the file for the device, and what the DeepStream app wrote.",
    )


def _classification(chain: ChainPlan) -> _Table:
    rows = []
    for stage in chain.stages:
        if stage.name.startswith("score-"):
            one = _read(stage.product)
            recalls = (entry["recall"] for entry in one["classes"])
            label = stage.title.removeprefix("score the ")
            rows.append((label, one["top1"], (one["mean_recall"], *recalls)))
    return _Table(
        "top1",
        "top-1",
        ("mean recall", *(f"recall {name}" for name in chain.experiment.dataset.classes)),
        tuple(rows),
        ("for the device", "the file exactly as written"),
        "the trained model, and the file for the device.",
    )


_TABLES = {"detection": _detection, "classification": _classification}


def _first(page: Page, chain: ChainPlan, table: _Table) -> None:
    first, last, (where, note) = table.rows[0][1], table.rows[-1][1], table.last
    cards = [Card(f"{table.metric}, trained", f"{first:.3f}", f"{chain.split} pictures")]
    cards.append(Card(f"{table.metric}, {where}", f"{last:.3f}", note))
    if chain.pruned:
        report = _read(chain.folder / "prune" / "report.json")
        part = report["after"]["macs"] / report["before"]["macs"]
        cards.append(Card("MACs left", f"{part:.0%}", "after pruning"))
    stream = _stream(chain)
    if stream is not None:
        cards.append(Card("video", f"{_rate(stream):.1f} frames/s", "on this machine's CPU"))
    page.cards(cards)


def _scores(page: Page, chain: ChainPlan, table: _Table) -> None:
    page.section("Scores", f"The same {chain.split} pictures, the same metrics code: {table.text}")
    rows: list[list[Cell]] = [
        [label, Bar(score), *map(Bar, others)] for label, score, others in table.rows
    ]
    page.table(["", table.metric, *table.headers], rows)
    links = [
        [Link(stage.title, f"{stage.name}/report.html")]
        for stage in chain.stages
        if stage.name.startswith("score-")
    ]
    page.table(["curves, mistakes and the worst pictures"], links)


def _learning(page: Page, chain: ChainPlan, table: _Table) -> None:
    from train2edge.chain.plots import histories

    runs = {
        name: _history(chain.folder / name)
        for name in ("train", "retrain", "quantize")
        if (chain.folder / name / "metrics.jsonl").is_file()
    }
    metric = table.metric
    page.section("Learning", f"{metric} on validation pictures, and the loss, epoch by epoch.")
    page.figure(histories(runs, table.key, metric))


def _history(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def _pruning(page: Page, chain: ChainPlan) -> None:
    if not chain.pruned:
        return
    report = _read(chain.folder / "prune" / "report.json")
    rows: list[list[Cell]] = []
    for label, key, scale in (
        ("parameters, millions", "parameters", 1e6),
        ("MACs of a picture, millions", "macs", 1e6),
        ("torch on this CPU, milliseconds", "milliseconds", 1.0),
    ):
        before, after = report["before"][key] / scale, report["after"][key] / scale
        rows.append([label, f"{before:.2f}", f"{after:.2f}", f"{after / before:.0%}"])
    page.section("Pruning").table(["", "before", "after", "left"], rows)


def _gate(page: Page, chain: ChainPlan) -> None:
    """What every number of layers in float costs and gives: the search of the INT8 gate."""
    from train2edge.chain.plots import gate

    bundle = ModelBundle.open(chain.bundle)
    quantization = _read(bundle.file("report"))["quantization"]
    if quantization is None:
        return
    trials = quantization["mixed"]["trials"]
    asked = bundle.provenance["gate"]
    text = (
        "Graphs with the noisiest layers left in float, against FP32: points lost with their"
        f" standard error, of which {asked['max_drop']:g} are allowed; decibels kept at the"
        f" outputs, of which {asked['min_sqnr']:g} are asked for. Graphs that are too noisy are not"
        " scored. The speed is that of one thread of this CPU, not the device's."
    )
    page.section("INT8", text).figure(gate(trials, asked["max_drop"]))
    page.table(
        ["layers in float", "points lost", "dB", "multiply-adds in INT8", "speed here", "gate"],
        [_trial(one) for one in trials],
    )


def _trial(one: dict[str, Any]) -> list[Cell]:
    lost = None if one["drop"] is None else f"{one['drop']:+.2f} ±{one['error']:.2f}"
    speed = None if one["speed"] is None else f"{one['speed']:.2f}x"
    share, passed = f"{one['int8_share']:.1%}", "passes" if one["passed"] else "fails"
    return [int(one["kept"]), lost, f"{one['sqnr']:.1f}", share, speed, passed]


def _bundle(page: Page, chain: ChainPlan) -> None:
    bundle = ModelBundle.open(chain.bundle)
    why = chain.quantizing.reason
    told = f" {why[0].upper()}{why[1:]}." if why else ""
    page.section("Bundle", f"{bundle.precision}: what was verified when it was written.{told}")
    rows = [[one.what, one.figure, "passed" if one.passed else "FAILED"] for one in bundle.verified]
    page.table(["", "", ""], rows)
    page.facts({role: f"{chain.bundle.name}/{name}" for role, name in sorted(bundle.files.items())})


def _stream(chain: ChainPlan) -> dict[str, Any] | None:
    path = chain.folder / "video" / "stream.json"
    return _read(path) if path.is_file() else None


def _rate(stream: dict[str, Any]) -> float:
    details = stream["details"]
    return float(details["frames"] / max(details["seconds"], 1e-9)) if details else 0.0


def _video(page: Page, chain: ChainPlan) -> None:
    stream = _stream(chain)
    if stream is None:
        return
    page.section("Video", f"Run by {stream['route']}: {stream['reason']}.")
    for path in sorted((chain.folder / "video").glob("*.mp4")):
        page.gallery(_frames(path))
        page.table(["the annotated video"], [[Link(path.name, f"video/{path.name}")]])


def _frames(path: Path) -> Iterator[tuple[bytes, str]]:
    """Frames spread over the video, as JPEG."""
    import cv2

    video = cv2.VideoCapture(str(path))
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    for part in range(1, FRAMES + 1):
        number = count * part // (FRAMES + 1)
        video.set(cv2.CAP_PROP_POS_FRAMES, number)
        good, picture = video.read()
        if good:
            data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
            yield data, f"frame {number}"
    video.release()


def _stages(page: Page, chain: ChainPlan, results: Sequence[StageResult]) -> None:
    page.section("Stages", "Each is a command that can be run alone; times are of their last run.")
    rows: list[list[Cell]] = []
    for stage, result in zip(chain.stages, results, strict=False):
        where = str(stage.product.relative_to(chain.folder))
        rows.append([stage.title, f"{result.seconds:.0f} s", Link(where, where)])
    page.table(["stage", "time", "result"], rows)
    page.folded("the commands", "\n".join(result.command for result in results))
