"""A Jetson or a GPU as data, the DeepStream releases as data, and which of them go together.

``configs/targets/NAME.yaml`` is one device, ``configs/deepstream.yaml`` holds the releases.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Literal

import yaml

from train2edge.errors import InputError

Kind = Literal["jetson", "dgpu"]


@dataclass(frozen=True)
class Target:
    """One device. ``deepstream`` lists the releases that run on it, oldest first.

    ``known_as`` is a regular expression of the names by which such a device calls itself: a
    Jetson's device-tree model, a GPU's name in nvidia-smi.
    ``limits`` says why no ``older``, ``newer`` or ``between`` release does; ``doubts`` says what
    in the record was not looked up. ``memory_gb`` are the sizes it is sold with.
    """

    name: str
    title: str
    known_as: str
    kind: Kind
    compute_capability: str
    precisions: tuple[str, ...]
    dla_cores: int
    nvenc: bool
    memory_gb: tuple[int, ...]
    deepstream: tuple[str, ...]
    limits: Mapping[str, str]
    doubts: tuple[str, ...]

    def has(self, precision: str) -> bool:
        return precision in self.precisions


@dataclass(frozen=True)
class Platform:
    """What one DeepStream release stands on, on Jetson or on x86 with a GPU."""

    tensorrt: str
    cuda: str
    os: str


@dataclass(frozen=True)
class Keys:
    """Where the configuration files of one release differ from the others'."""

    mux_config: str
    tracker_batch: bool
    nvsort: bool
    tracker_matcher: Literal["global", "cascaded"]


@dataclass(frozen=True)
class Release:
    """One DeepStream release; ``containers`` maps a kind of device to an image, if known.

    ``etlt`` says whether its nvinfer builds engines of .etlt files; ``also`` are further JetPack
    releases that it runs on.
    """

    name: str
    platforms: Mapping[Kind, Platform]
    containers: Mapping[Kind, str]
    keys: Keys
    etlt: bool
    also: tuple[str, ...]
    doubts: tuple[str, ...]

    def reads(self, key: str) -> bool:
        """Whether nvinfer of this release reads ``key`` of its ``[property]``."""
        order = list(releases())
        return order.index(nvinfer_keys()[key]) <= order.index(self.name)


@dataclass(frozen=True)
class Deployment:
    """A device with a DeepStream release that runs on it.

    ``own_tensorrt`` is another TensorRT than the release's, for engines without DeepStream.
    """

    target: Target
    release: Release
    own_tensorrt: str | None = None

    @property
    def platform(self) -> Platform:
        found = self.release.platforms[self.target.kind]
        return replace(found, tensorrt=self.own_tensorrt) if self.own_tensorrt else found

    @property
    def container(self) -> str | None:
        return self.release.containers.get(self.target.kind)

    @property
    def tensorrt(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.platform.tensorrt.split("."))


def names() -> tuple[str, ...]:
    """The devices that are known, in alphabetical order."""
    folder = resources.files("configs") / "targets"
    return tuple(
        sorted(
            one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml")
        )
    )


@functools.cache
def target(name: str) -> Target:
    """The device ``name``; ``InputError`` with the nearest name if it is unknown."""
    if name not in names():
        raise InputError(f"unknown target {name!r}", hint=_nearest_name(name))
    data: dict[str, Any] = dict(_read(f"targets/{name}.yaml"))
    for key in ("precisions", "memory_gb", "deepstream", "doubts"):
        data[key] = tuple(data[key])
    return Target(**data)


def recognised(name: str) -> tuple[str, ...]:
    """The devices that call themselves ``name``; none for one that is not known."""
    return tuple(one for one in names() if re.search(target(one).known_as, name, re.IGNORECASE))


@functools.cache
def releases() -> Mapping[str, Release]:
    """All DeepStream releases, oldest first."""
    return {
        name: Release(
            name=name,
            platforms={kind: Platform(**data[kind]) for kind in ("dgpu", "jetson")},
            containers=dict(data["containers"]),
            keys=Keys(**data["keys"]),
            etlt=data.get("etlt", False),
            also=tuple(data.get("also", ())),
            doubts=tuple(data.get("doubts", ())),
        )
        for name, data in _read("deepstream.yaml")["releases"].items()
    }


@functools.cache
def nvinfer_keys() -> Mapping[str, str]:
    """Every key of nvinfer's ``[property]`` and the first release that reads it."""
    keys = _read("deepstream/nvinfer.yaml")["groups"]["property"]["keys"]
    oldest = next(iter(releases()))
    found = ((key, re.search(r"\bsince (\S+)", described)) for key, described in keys.items())
    return {key: since[1] if since else oldest for key, since in found}


def release(name: str) -> Release:
    """The release ``name``; ``InputError`` with what is known if it is not."""
    known = releases()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.5)
        said = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"unknown DeepStream release {name!r}", hint=f"{said}known: {', '.join(known)}"
        )
    return known[name]


def deployment(target_name: str, deepstream: str) -> Deployment:
    """Join device and release; ``InputError`` with the reason and the nearest that works."""
    device = target(target_name)
    wanted = release(deepstream)
    if deepstream in device.deepstream:
        return Deployment(device, wanted)
    near = nearest_release(device, deepstream)
    raise InputError(
        f"DeepStream {deepstream} does not run on {device.name}: {_reason(device, deepstream)}",
        hint=f"the nearest that does is {near}; all: {', '.join(device.deepstream)}",
    )


def nearest_release(device: Target, deepstream: str) -> str:
    """The release on ``device`` that is the fewest releases away from ``deepstream``."""
    order = list(releases())
    position = order.index(deepstream)
    return min(device.deepstream, key=lambda one: abs(order.index(one) - position))


def _reason(device: Target, deepstream: str) -> str:
    order = list(releases())
    position = order.index(deepstream)
    side = "between"
    if position < order.index(device.deepstream[0]):
        side = "older"
    elif position > order.index(device.deepstream[-1]):
        side = "newer"
    return device.limits.get(side, "it is not on NVIDIA's list for this device")


def _nearest_name(name: str) -> str:
    known = names()
    near = difflib.get_close_matches(name.lower(), known, 3, 0.5)
    near = near or [one for one in known if name.lower() in one][:3]
    if near:
        meant = " or ".join(f"'{one}'" for one in near)
        return f"did you mean {meant}? t2e targets lists them"
    return f"known: {', '.join(known)}"


@functools.cache
def _read(name: str) -> Any:
    file = resources.files("configs").joinpath(*name.split("/"))
    return yaml.safe_load(file.read_text(encoding="utf-8"))
