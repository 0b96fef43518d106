"""Which way an app is run: real DeepStream where it is installed, else the CPU twin.

What runs it is ``deepstream-app``, or our own program in Python (``deepstream.app``) on either. An
app is a folder of ours or any deepstream-app configuration file.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from train2edge.errors import InputError, MissingError

Route = Literal["deepstream-app", "container", "twin", "python"]
Runner = Literal["deepstream-app", "python"]
Which = Callable[[str], str | None]
CONFIG = "app.txt"


@dataclass(frozen=True)
class LaunchPlan:
    """One way to run an app: the command line, empty inside this process, and why it was chosen.

    ``app`` is a folder of ours or, where ``foreign``, a configuration file. ``runner`` says whose
    program it is; the route ``python`` is ours on real DeepStream.
    """

    route: Route
    app: Path
    command: tuple[str, ...]
    reason: str
    runner: Runner = "deepstream-app"

    @property
    def foreign(self) -> bool:
        return not self.app.is_dir()

    @property
    def shown(self) -> str:
        """What is going to run, in words."""
        if self.command:
            return " ".join(self.command)
        place = "the CPU twin" if self.route == "twin" else "DeepStream"
        return place if self.runner == "deepstream-app" else f"deepstream.app on {place}"

    @property
    def config(self) -> Path:
        return self.app if self.foreign else self.app / CONFIG


def decide(
    app: Path,
    *,
    twin: bool = False,
    container: bool = False,
    runner: Runner = "deepstream-app",
    which: Which = shutil.which,
) -> LaunchPlan:
    """Choose the route for the folder or the configuration file ``app``.

    Raises ``InputError`` if it is no app folder, ``MissingError`` if a container is asked for and
    there is no docker or no image is known.
    """
    settings = read_app(app) if app.is_dir() else {}
    if twin and container:
        raise InputError("--twin and --container are two different ways to run an app")
    if runner == "python":
        return _python(app, which, twin=twin, container=container)
    if twin:
        return LaunchPlan("twin", app, (), "asked for")
    if container and not settings:
        raise InputError("--container needs an app folder, which knows its release", where=str(app))
    if container:
        return LaunchPlan("container", app, _container_command(app, settings, which), "asked for")
    if which("deepstream-app"):
        command = ("deepstream-app", "-c", CONFIG if settings else str(app.absolute()))
        return LaunchPlan("deepstream-app", app, command, "deepstream-app is installed here")
    return LaunchPlan("twin", app, (), "deepstream-app is not installed here")


def _python(app: Path, which: Which, *, twin: bool, container: bool) -> LaunchPlan:
    if container:
        raise InputError("NVIDIA's container has no train2edge", where="--container", hint="--twin")
    if twin:
        return LaunchPlan("twin", app, (), "asked for", "python")
    if not which("deepstream-app"):
        return LaunchPlan("twin", app, (), "DeepStream is not installed here", "python")
    if importlib.util.find_spec("pyds") is None:
        raise MissingError(
            f"DeepStream is installed here, and {sys.executable} has no pyds",
            hint="NVIDIA's wheel of pyds (DeepStream 8.0 and older have one), or --twin",
        )
    return LaunchPlan("python", app, (), "DeepStream and pyds are installed here", "python")


def read_app(app: Path) -> dict[str, Any]:
    """``app.json`` of a folder that ``t2e stream config`` wrote."""
    file = Path(app) / "app.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(
            "not an app folder: it has no app.json that can be read",
            where=str(app),
            hint="t2e stream config BUNDLE -o APP writes one",
        ) from None
    if not isinstance(settings, dict) or settings.get("schema") != 1:
        raise InputError("app.json is of another version", where=str(file), hint="write it again")
    return settings


def _container_command(app: Path, settings: dict[str, Any], which: Which) -> tuple[str, ...]:
    image = settings.get("container")
    if not image:
        raise MissingError(f"no container image is known for DeepStream {settings['deepstream']}")
    if not which("docker"):
        raise MissingError(
            "docker is not installed", hint="install it with the NVIDIA Container Toolkit"
        )
    jetson = str(settings["target"]).startswith("jetson")
    gpu = ("--runtime", "nvidia") if jetson else ("--gpus", "all")
    mount = ("-v", f"{app.resolve()}:/app", "-w", "/app")
    deepstream = ("deepstream-app", "-c", CONFIG)
    return ("docker", "run", "--rm", *gpu, "--network", "host", *mount, str(image), *deepstream)
