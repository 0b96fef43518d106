"""Runs an app the way that was decided (``deepstream.route``).

Results lie in a folder of the user's: ``kitti/``, ``kitti_track/``, the video, ``stream.json``. A
foreign file's results go where the file says, unless the twin is told of another folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepstream.route import LaunchPlan, Route, Which, read_app
from train2edge.errors import InputError, WorkError
from train2edge.files import write_json
from train2edge.runtime import Engine

if TYPE_CHECKING:
    from deepstream.app.run import Program

REPORT = "stream.json"
_STDERR = 2
_TOLD = "name target deepstream lane thresholds labels classes mux frames contract_digest"


@dataclass(frozen=True)
class TwinOptions:
    """What only the twin can do: ``preview`` is ``[HOST:]PORT``, ``limit`` frames a source."""

    preview: str | None = None
    engine: Engine = "auto"
    limit: int | None = None


@dataclass(frozen=True)
class LaunchReport:
    """What a run left in ``out``; ``details`` is the twin's own report.

    ``app`` is what must be known to read the KITTI files: labels and classes, the mux's size,
    picture names by source, thresholds, device, release and lane (as in ``app.json``); nothing is
    known of a foreign file. ``out`` is ``None`` where the results lie where that file says.
    """

    route: Route
    reason: str
    out: Path | None
    kitti_files: int
    app: Mapping[str, Any]
    details: Mapping[str, Any]

    def record(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "out": None if self.out is None else str(self.out)}


def run(
    plan: LaunchPlan,
    out: Path | None = None,
    options: TwinOptions | None = None,
    program: Program | None = None,
) -> LaunchReport:
    """Run the app and leave its results in ``out``.

    ``options`` are for the twin alone, ``program`` is what our own program does with frames.

    Raises ``WorkError`` if DeepStream fails, ``MissingError`` if the twin lacks a package.
    """
    options = options or TwinOptions()
    if options != TwinOptions() and plan.route != "twin":
        raise InputError(
            "only the CPU twin has --preview, --engine and --limit",
            hint="--twin, or for a picture to look at a sink of kind rtsp",
        )
    run_it = _run_foreign if plan.foreign else _run_ours
    report = run_it(plan, out, options, program)
    if report.out is not None:
        write_json(report.out / REPORT, report.record())
    return report


def pipeline(
    plan: LaunchPlan, out: Path | None, options: TwinOptions, program: Program | None = None
) -> str:
    """The elements and links that the twin or our own program would build, one a line."""
    from deepstream import app_config
    from deepstream.app.run import here
    from deepstream.twin.plan import plan as decide_pipeline

    decided = decide_pipeline(
        app_config.load(plan.config),
        out,
        engine=options.engine,
        limit=options.limit,
        preview=options.preview is not None,
        new_mux=os.environ.get("USE_NEW_NVSTREAMMUX") == "yes",
        rgba=program is not None and program.pictures,
        device=here() if plan.route == "python" else None,
    )
    return "\n".join([*(f"warning: {one}" for one in decided.warnings), decided.describe()])


def _run_ours(
    plan: LaunchPlan, out: Path | None, options: TwinOptions, program: Program | None
) -> LaunchReport:
    if out is None:
        raise InputError("an app folder needs a folder for its results", hint="-o OUT")
    out.mkdir(parents=True, exist_ok=True)
    details: dict[str, Any] = {}
    if not plan.command:
        details = _run_here(plan, out, options, program)
    else:
        _run_command(plan, out)
    count = sum(1 for _ in (out / "kitti").glob("*.txt"))
    settings = read_app(plan.app)
    told = {key: settings[key] for key in _TOLD.split()}
    return LaunchReport(plan.route, plan.reason, out, count, told, details)


def _run_foreign(
    plan: LaunchPlan, out: Path | None, options: TwinOptions, program: Program | None
) -> LaunchReport:
    if not plan.command:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        details = _run_here(plan, out, options, program)
        return LaunchReport(plan.route, plan.reason, out, details["kitti_files"], {}, details)
    if out is not None:
        raise InputError(
            "deepstream-app writes where its file says", where="-o", hint="--twin, or no -o"
        )
    _started(plan.command, plan.app.parent)
    return LaunchReport(plan.route, plan.reason, None, 0, {}, {})


def _run_here(
    plan: LaunchPlan, out: Path | None, options: TwinOptions, program: Program | None
) -> dict[str, Any]:
    """In this process: the twin, or our own program on the twin or on DeepStream."""
    given: dict[str, Any] = dataclasses.asdict(options)
    if plan.runner == "python":
        from deepstream.app.run import here
        from deepstream.app.run import run_app as run_program

        device = here() if plan.route == "python" else None
        report = run_program(plan.config, out, program, device=device, **given)
    else:
        from deepstream.twin.run import run_app

        report = run_app(plan.config, out, **given)
    return dict(json.loads(json.dumps(dataclasses.asdict(report), default=str)))


def _run_command(plan: LaunchPlan, out: Path) -> None:
    """DeepStream writes inside the app; what a run before it left there must not be mixed in."""
    inside = plan.app / "out"
    for name in ("kitti", "kitti_track"):
        shutil.rmtree(inside / name, ignore_errors=True)
        (inside / name).mkdir(parents=True)
    _started(plan.command, plan.app)
    shutil.copytree(inside, out, dirs_exist_ok=True)


def _started(command: tuple[str, ...], folder: Path) -> None:
    try:
        with _keyboard() as keys:
            done = subprocess.run(command, cwd=folder, stdin=keys, stdout=_STDERR, check=False)
    except OSError as error:
        raise WorkError(f"{command[0]} could not be started: {error.strerror}") from None
    if done.returncode:
        raise WorkError(
            f"{command[0]} ended with exit code {done.returncode}",
            where=str(folder),
            hint=f"t2e stream lint {folder}; its own messages stand above",
        )


@contextlib.contextmanager
def _keyboard() -> Iterator[int | None]:
    """The terminal, or a pipe in which nothing comes: deepstream-app looks for keys all the time,
    and at the end of a file it prints a line every 40 ms."""
    if sys.stdin is not None and sys.stdin.isatty():
        yield None
        return
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(read)
        os.close(write)


def execute(
    script: Path,
    arguments: Sequence[str],
    *,
    twin: bool = False,
    preview: str | None = None,
    which: Which = shutil.which,
) -> int:
    """Run a DeepStream Python program: plainly where DeepStream is, else on the CPU twin.

    Gives the program's exit code. ``WorkError`` where an element failed and the program says 0.
    """
    if which("deepstream-app") and not twin:
        if preview is not None:
            raise InputError("only the CPU twin has --preview", hint="--twin")
        python = which("python3") or sys.executable  # the one that has NVIDIA's pyds
        return subprocess.run((python, str(script), *arguments), check=False).returncode
    from deepstream.twin.exec import run_script

    return run_script(script, arguments, preview)
