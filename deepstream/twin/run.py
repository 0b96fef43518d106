"""Runs an app folder on the CPU: configuration, plan, pipeline, results, one report."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from deepstream import app_config
from deepstream.app_sections import AppConfig
from deepstream.twin import plan as planning
from deepstream.twin.outputs import PREVIEW
from deepstream.twin.pieces import TwinPlan
from deepstream.twin.running import Running, TwinReport, local_path, shown
from train2edge.errors import Problem, ProblemsError
from train2edge.files import replacing
from train2edge.runtime import Engine


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
    for warning in decided.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    _check_files(decided)
    with contextlib.ExitStack() as stack:
        locations = {path: stack.enter_context(replacing(path)) for path in decided.videos}
        running = stack.enter_context(_pipeline(decided, locations))
        if preview is not None:
            stack.enter_context(_served(running, preview))
        stopped = running.wait()
    return running.report(stopped)


def _check_files(plan: TwinPlan) -> None:
    """Every missing video at once, before anything is started."""
    problems = []
    for where, uri in zip(plan.places, plan.uris, strict=True):
        path = local_path(uri)
        if path is not None and not path.is_file():
            problems.append(Problem(where, f"no such video: {path}"))
        elif "://" not in uri:
            problems.append(Problem(where, f"{uri!r} is no address", f"file://{uri}"))
    if problems:
        raise ProblemsError(problems)


@contextlib.contextmanager
def _pipeline(plan: TwinPlan, locations: dict[Path, Path]) -> Iterator[Running]:
    from deepstream.twin.build import build
    from deepstream.twin.gst import Gst

    pipeline = build(plan, locations)
    running = Running(plan, pipeline)
    try:
        with _rtsp(plan):
            yield running
    finally:
        pipeline.set_state(Gst.State.NULL)


@contextlib.contextmanager
def _served(running: Running, address: str) -> Iterator[None]:
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
