"""What runs on a device, and going back to the release before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from deepstream.deploy.delivery import SHORT
from deepstream.deploy.plan import unit_of
from deepstream.deploy.ssh import Remote
from train2edge.errors import WorkError


@dataclass(frozen=True)
class Running:
    """One app on a device. ``since`` is when its link was set, in UTC; ``service`` is its scope and
    state; ``processes`` are command lines that run inside the release."""

    place: str
    release: str
    previous: str | None
    since: str | None
    service: str | None
    processes: tuple[str, ...]

    def __str__(self) -> str:
        runs = "runs" if self.processes else "does not run"
        service = f"; service: {self.service}" if self.service else ""
        before = f"; before it {self.previous}" if self.previous else ""
        return f"{self.place}: release {self.release} since {self.since}, {runs}{service}{before}"


@dataclass(frozen=True)
class Status:
    apps: tuple[Running, ...]

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(map(str, self.apps)) or "nothing was deployed there"


@dataclass(frozen=True)
class Rollback:
    release: str
    before: str

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"back to release {self.release}, from {self.before}"


def status(remote: Remote, places: Sequence[str]) -> Status:
    """What runs of ``places``, the folders of releases, or of all in ``t2e/`` of the home."""
    answer = remote.run("status", *places, timeout=SHORT)
    if answer.value("done") is None:
        raise WorkError("the device gave no answer that can be read", where=remote.host.address)
    apps: list[dict[str, Any]] = []
    for line in answer.lines:
        key, _, value = line.removeprefix("t2e.").partition("=")
        if key == "place":
            apps.append({"place": value, "processes": []})
        elif key == "process" and apps:
            apps[-1]["processes"].append(value.partition(" ")[2].strip())
        elif apps:
            apps[-1][key] = value
    return Status(tuple(_running(one) for one in apps))


def _running(one: dict[str, Any]) -> Running:
    since = str(one.get("since", ""))
    return Running(
        place=one["place"],
        release=one.get("release", ""),
        previous=one.get("previous") or None,
        since=_moment(int(since)) if since.isdecimal() else None,
        service=one.get("service"),
        processes=tuple(one["processes"]),
    )


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(sep=" ", timespec="seconds")


def rollback(remote: Remote, place: str) -> Rollback:
    """Point ``current`` to the release before; ``WorkError`` where there is none."""
    answer = remote.run("rollback", place, unit_of(place), timeout=SHORT)
    release = answer.value("rollback")
    if release == "nothing":
        raise WorkError(f"no release before the current one in {place}", where=remote.host.address)
    if answer.code or release is None:
        said = "\n".join(f"  {one}" for one in answer.complaints[-5:])
        raise WorkError(f"not gone back:\n{said}", where=remote.host.address)
    return Rollback(release, answer.value("from") or "none")
