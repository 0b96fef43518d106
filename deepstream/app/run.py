"""Our own program for DeepStream: the pipeline of a configuration, and plain frames of it.

One program for the device and for the twin: the plan says which elements there are, ``pyds`` what
they found. On NVIDIA's own DeepStream it has not run yet; it keeps to what its documentation and
``pyds`` 1.1.10 to 1.2.2 have.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepstream import app_config
from deepstream.app import callback, sinks
from deepstream.app.frame import Frame
from deepstream.app.metadata import JETSON
from deepstream.app.sinks import Place, Sink, Told
from deepstream.app_sections import AppConfig
from deepstream.twin import plan as planning
from deepstream.twin.pieces import Device, TwinPlan
from deepstream.twin.plan import NETWORK
from deepstream.twin.playing import Playing
from deepstream.twin.run import TwinReport, playing, report
from train2edge.runtime import Engine

if TYPE_CHECKING:
    from deepstream.twin.watch import Meter


@dataclass(frozen=True)
class Program:
    """What the program does with frames.

    ``callback`` is ``FILE.py:FUNCTION``; ``sinks`` are ``NAME`` or ``NAME=VALUE``, the usual ones
    if there is none; ``pictures``: frames come with their pixels.
    """

    callback: str | None = None
    sinks: tuple[str, ...] = ()
    pictures: bool = False


def here() -> Device:
    """What DeepStream runs on in this machine."""
    return "jetson" if JETSON.exists() else "gpu"


def run_app(
    config: Path,
    out: Path | None = None,
    program: Program | None = None,
    *,
    device: Device | None = None,
    engine: Engine = "auto",
    preview: str | None = None,
    limit: int | None = None,
) -> TwinReport:
    """Run the deepstream-app configuration ``config`` on ``device``, or on the twin without one.

    Results go where the configuration says, or into ``out``. ``engine``, ``preview``, ``limit`` and
    what is raised are those of ``deepstream.twin.run.run_app``; also ``InputError`` for a callback
    or a sink that does not exist, ``WorkError`` with the user's line for a callback that raises.
    """
    program = program or Program()
    settings = app_config.load(config)
    plan = planning.plan(
        settings,
        out,
        engine=engine,
        limit=limit,
        preview=preview is not None,
        new_mux=os.environ.get("USE_NEW_NVSTREAMMUX") == "yes",
        rgba=program.pictures,
        device=device,
    )
    if device is None:
        from deepstream.twin import pyds

        pyds.install()
    called = callback.load(program.callback) if program.callback else None
    with ExitStack() as stack:
        place = Place(out, plan.kitti, plan.kitti_track)
        opened = sinks.opened(program.sinks or sinks.usual(place), place, stack)
        running = stack.enter_context(playing(plan, preview, stand_ins=device is None))
        _watch(running, opened, called, pictures=program.pictures)
        if device is not None:
            _draw(running, settings)
        stopped = running.wait()
    files = (*plan.videos, *(file for one in opened for file in one.files))
    return report(running, stopped, files, _kitti_files(files))


def _watch(
    running: Playing, opened: Sequence[Sink], called: Told | None, *, pictures: bool
) -> None:
    """Hang on the network's output and on that of the last element that all streams share."""
    detected = [one.detected for one in opened if one.detected]
    finished = [one.finished for one in opened if one.finished]
    network = running.pipeline.get_by_name(NETWORK)
    if network is not None and detected:
        _on_frames(network, detected)
    if called is not None:
        finished.append(called)
    last = running.pipeline.get_by_name(running.plan.counted)
    _on_frames(last, finished, running, pictures=pictures)


def _on_frames(
    element: Any, told: Sequence[Told], running: Playing | None = None, *, pictures: bool = False
) -> None:
    """Tell everybody of every frame behind ``element``; ``running`` counts them."""
    from deepstream.app.metadata import frames_of
    from deepstream.twin.watch import on_buffers

    def look(buffer: Any) -> None:
        frames = list(frames_of(buffer, pictures=pictures))
        if running is not None:
            _count(running.meter, frames)
        for frame in frames:
            for one in told:
                one(frame)

    on_buffers(element, look)


def _count(meter: Meter, frames: Sequence[Frame]) -> None:
    from deepstream.twin.tally import Noted

    meter.note((frame.source, len(frame.objects)) for frame in frames)
    for frame in frames:
        objects = (
            Noted(one.label, one.track_id, tuple(each.label for each in one.labels))
            for one in frame.objects
        )
        crossed = frame.counts.crossed_in_all if frame.counts else None
        meter.tallies.stream(frame.source).note(objects, crossed)


def _draw(running: Playing, settings: AppConfig) -> None:
    """On a device the display draws what the metadata says: write deepstream-app's style there."""
    from deepstream.app.style import apply
    from deepstream.twin.watch import on_buffers

    for name in displays(running.plan):
        element = running.pipeline.get_by_name(name)
        on_buffers(element, lambda buffer: apply(buffer, settings), "sink")


def displays(plan: TwinPlan) -> list[str]:
    """The names of the elements that draw."""
    return [piece.name for piece in plan.pieces if piece.factory == "nvdsosd"]


def _kitti_files(files: Sequence[Path]) -> int:
    return sum(1 for folder in files if folder.is_dir() for _ in folder.glob("*.txt"))
