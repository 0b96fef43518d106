"""What will be done, decided before any device is contacted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from deepstream.deploy.host import Host
from deepstream.deploy.release import AppRelease
from train2edge.errors import InputError

HOME = "t2e"  # in the home of the device's user
RESERVE = 200 << 20  # bytes left for what a trial run writes
PER_ENGINE = 2  # bytes of an engine and its kept copy, for each byte of its network


@dataclass(frozen=True)
class DeployPlan:
    """``place`` is the folder of releases, relative to the home or absolute; ``seconds`` of the
    trial run, 0 for none; ``service`` asks for a start at boot."""

    release: AppRelease
    hosts: tuple[Host, ...]
    place: str
    seconds: int
    service: bool

    @property
    def unit(self) -> str:
        return unit_of(self.place)

    @property
    def room(self) -> int:
        """Bytes that the engines and the trial run may take, besides the files themselves."""
        networks = {one for build in self.release.engines for one in build.reads}
        read = sum(one.size for one in self.release.files if one.sha256 in networks)
        return 2 * PER_ENGINE * read + RESERVE

    def steps(self) -> tuple[str, ...]:
        """What happens on each device, a sentence each."""
        release = self.release
        where = f"{self.place}/releases/{release.short}"
        files = f"{len(release.files)} files, {release.size / 1e6:.1f} MB"
        trial = f"run it for {self.seconds} s and fetch what it writes; what fails stays beside"
        return (
            f"look: is it {release.target} with DeepStream {release.deepstream}, is there room?",
            f"copy {files} to {where}, unless it is there whole",
            *(f"build {one.engine}, unless the device has kept it" for one in release.engines),
            *((trial,) if self.seconds else ()),
            f"let {self.place}/current point to it",
            *((f"have {self.unit} start it at boot",) if self.service else ()),
        )

    def record(self) -> dict[str, Any]:
        release = self.release
        return {
            "app": str(release.app),
            "name": release.name,
            "release": release.short,
            "digest": release.digest,
            "target": release.target,
            "deepstream": release.deepstream,
            "files": [vars(one) for one in release.files],
            "bytes": release.size,
            "engines": [
                {"engine": one.engine, "command": list(one.command)} for one in release.engines
            ],
            "devices": [one.address for one in self.hosts],
            "place": self.place,
            "try": self.seconds,
            "service": self.unit if self.service else None,
            "steps": list(self.steps()),
        }


def plan(
    release: AppRelease,
    hosts: tuple[Host, ...],
    place: str | None = None,
    *,
    seconds: int = 20,
    service: bool = False,
) -> DeployPlan:
    """Decide; ``InputError`` for a folder that no device can have."""
    chosen = f"{HOME}/{release.name}" if place is None else place
    return DeployPlan(release, hosts, checked(chosen), seconds, service)


def checked(place: str) -> str:
    """The folder of releases as the device's shell is told of it."""
    parts = place.rstrip("/").split("/")
    if ".." in parts or parts[-1] in ("", ".", "~") or re.search(r"[\x00-\x1f\x7f]", place):
        raise InputError(
            f"{place!r} is no folder for releases",
            where="--dir",
            hint="one in the device's home, such as t2e/street, or an absolute one",
        )
    if parts[0].startswith("~"):
        raise InputError(
            f"{place!r}: without ~ it is in the home already",
            where="--dir",
            hint="/".join(parts[1:]),
        )
    return f"./{'/'.join(parts)}" if parts[0].startswith("-") else "/".join(parts)


def unit_of(place: str) -> str:
    """The service's name, by the folder's last part, byte for byte as ``status.sh`` does it."""
    name = re.sub(rb"[^A-Za-z0-9._-]", b"_", place.rpartition("/")[2].encode())
    return f"t2e-{name.decode()}.service"
