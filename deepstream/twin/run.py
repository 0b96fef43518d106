"""Runs an app folder on the CPU: configuration, plan, pipeline, results, one report."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepstream import app_config
from deepstream.app_sections import AppConfig
from deepstream.kitti import KittiFolder
from deepstream.twin import plan as planning
from deepstream.twin.checks import check_files
from deepstream.twin.outputs import PREVIEW
from deepstream.twin.pieces import TwinPlan
from deepstream.twin.plan import NETWORK
from deepstream.twin.playing import Playing, Stopped, shown
from train2edge.files import replacing
from train2edge.runtime import Engine

if TYPE_CHECKING:
    from deepstream.twin.kitti import KittiBatches
    from deepstream.twin.tally import StreamReport


@dataclass(frozen=True)
class TwinReport:
    """What a run did. ``seconds`` from the first batch to the last, ``fps`` of each stream.

    ``cpu_seconds`` is what all cores together spent in that time. ``failed`` says of each stream
    that broke what happened to it; the others were run to their end. ``streams`` says what was
    found on each.
    """

    frames: int
    objects: int
    seconds: float
    cpu_seconds: float
    fps: tuple[float, ...]
    files: tuple[Path, ...]
    kitti_files: int
    engine: str
    stopped: Stopped
    warnings: tuple[str, ...]
    failed: tuple[str, ...] = ()
    streams: tuple[StreamReport, ...] = ()


def run_app(
    config: Path,
    out: Path | None = None,
    *,
    engine: Engine = "auto",
    preview: str | None = None,
    limit: int | None = None,
) -> TwinReport:
    """Run the deepstream-app configuration ``config`` on stock GStreamer.

    Results go where the configuration says, or into ``out``. ``preview`` is ``[HOST:]PORT`` of a
    page that shows the picture; ``limit`` a number of frames for each source. Raises
    ``InputError`` for a wrong configuration or a video that cannot be read, ``MissingError`` when
    GStreamer lacks something, ``WorkError`` when an element fails.
    """
    settings = app_config.load(config)
    return run_config(settings, out, engine=engine, preview=preview, limit=limit)


def run_config(
    settings: AppConfig,
    out: Path | None = None,
    *,
    engine: Engine = "auto",
    preview: str | None = None,
    limit: int | None = None,
) -> TwinReport:
    """``run_app`` of a configuration that was read, and perhaps changed, already."""
    decided = planning.plan(
        settings,
        out,
        engine=engine,
        limit=limit,
        preview=preview is not None,
        new_mux=os.environ.get("USE_NEW_NVSTREAMMUX") == "yes",
    )
    # what elements print, as nvdslogger does, is no result of the command
    with playing(decided, preview) as running, contextlib.redirect_stdout(sys.stderr):
        kitti = _watched(running)
        stopped = running.wait()
    files = (*decided.videos, *(one.files.folder for one in kitti))
    return report(running, stopped, files, sum(one.files.written for one in kitti))


@contextlib.contextmanager
def playing(
    plan: TwinPlan, preview: str | None = None, *, stand_ins: bool = True
) -> Iterator[Playing]:
    """The pipeline of ``plan``, ready to play, with its files, servers and page.

    Whoever gets it hangs on what he wants to see, and feeds its meter. Without ``stand_ins`` every
    element is real DeepStream's.
    """
    for warning in plan.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    check_files(plan, stand_ins=stand_ins)
    with contextlib.ExitStack() as stack:
        locations = {path: stack.enter_context(replacing(path)) for path in plan.videos}
        running = stack.enter_context(_pipeline(plan, locations, stand_ins))
        if preview is not None:
            stack.enter_context(_served(running, preview))
        yield running


@contextlib.contextmanager
def _pipeline(plan: TwinPlan, locations: dict[Path, Path], stand_ins: bool) -> Iterator[Playing]:
    from deepstream.twin.build import build
    from deepstream.twin.gst import Gst
    from deepstream.twin.watch import Meter

    pipeline = build(plan, locations, stand_ins=stand_ins)
    try:
        with _rtsp(plan):
            yield Playing(plan, pipeline, Meter(len(plan.uris)))
    finally:
        pipeline.set_state(Gst.State.NULL)


@contextlib.contextmanager
def _served(running: Playing, address: str) -> Iterator[None]:
    from deepstream.twin.preview import serve
    from deepstream.twin.watch import Live, on_batches

    live = Live([shown(uri) for uri in running.plan.uris])
    on_batches(running.pipeline.get_by_name(running.plan.counted), live.note)
    with serve(running.pipeline.get_by_name(PREVIEW), address, live.state) as url:
        print(f"preview: {url}", file=sys.stderr)
        yield


@contextlib.contextmanager
def _rtsp(plan: TwinPlan) -> Iterator[None]:
    if not plan.rtsp:
        yield
        return
    from deepstream.twin.rtsp import serve

    with serve(plan.rtsp) as addresses:
        for address in addresses:
            print(f"rtsp: {address}", file=sys.stderr)
        yield


def _watched(running: Playing) -> list[KittiBatches]:
    """Count what passes and write the KITTI files that the plan asks for."""
    from deepstream.twin.kitti import KittiBatches
    from deepstream.twin.watch import on_batches

    plan, written = running.plan, []
    for folder, name in ((plan.kitti, NETWORK), (plan.kitti_track, plan.counted)):
        element = running.pipeline.get_by_name(name)
        if folder is not None and element is not None:
            tracked = folder == plan.kitti_track
            written.append(KittiBatches(KittiFolder.emptied(folder), tracked))
            on_batches(element, written[-1].write)
    on_batches(running.pipeline.get_by_name(plan.counted), running.meter.count)
    return written


def report(
    running: Playing, stopped: Stopped, files: Iterable[Path], kitti_files: int
) -> TwinReport:
    """What ``running`` did; ``files`` are what was written."""
    meter = running.meter
    return TwinReport(
        frames=meter.total,
        objects=meter.objects,
        seconds=round(meter.seconds, 3),
        cpu_seconds=round(meter.cpu_seconds, 3),
        fps=tuple(round(rate, 2) for rate in meter.rates()),
        files=tuple(files),
        kitti_files=kitti_files,
        engine=_engine(running.pipeline.get_by_name(NETWORK)),
        stopped=stopped,
        warnings=tuple(running.warnings),
        failed=tuple(f"stream {number}: {one}" for number, one in running.failed.items()),
        streams=meter.tallies.reports(),
    )


def _engine(element: Any) -> str:
    network = getattr(element, "network", None)
    return network.description if network else "none"
