"""What a device is and what is on it, as ``scripts/probe.sh`` tells of it.

Formats: ``/etc/nv_tegra_release`` (``# R36 (release), REVISION: 4.3, ...``), DeepStream's file
``version`` (``Version: 7.1``), ``deepstream-app --version-all``, versions of Debian packages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from train2edge import targets
from train2edge.errors import WorkError

Scope = Literal["user", "system"]
Sent = Literal["absent", "whole", "broken"]


@dataclass(frozen=True)
class Device:
    """``None`` and empty stand for what is not there or could not be found out.

    ``names`` are the devices of ``t2e targets`` that it may be. ``tools`` are programs that a
    release needs and that are missing; ``release`` says whether this very release is there;
    ``current`` is the release that the link points to. ``services`` are the ways in which one can
    be started at boot, the better first, and ``unit`` where the app's own one is already.
    """

    home: str
    user: str
    machine: str
    model: str | None = None
    gpu: str | None = None
    l4t: str | None = None
    jetpack: str | None = None
    deepstream: str | None = None
    deepstream_app: str | None = None
    tensorrt: str | None = None
    cuda: str | None = None
    trtexec: str | None = None
    free: int | None = None
    unwritable: str | None = None
    tools: tuple[str, ...] = ()
    release: Sent = "absent"
    current: str | None = None
    services: tuple[Scope, ...] = ()
    lingers: bool = False
    unit: Scope | None = None
    names: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it calls itself."""
        return self.model or self.gpu or f"a machine ({self.machine}) without a GPU that is known"

    @property
    def jetson(self) -> bool:
        return self.model is not None and self.machine == "aarch64"


def parse(lines: tuple[str, ...], where: str) -> Device:
    """The device of the probe's answer; ``WorkError`` if the probe did not come to its end.

    Lines of others, such as a greeting of the login shell, are passed over.
    """
    told = [one.removeprefix("t2e.").partition("=") for one in lines if one.startswith("t2e.")]
    said = {key: value.strip() for key, _, value in told if value.strip()}
    if "done" not in said:
        hint = "is its login shell one that runs sh?"
        raise WorkError("the device gave no answer that can be read", where=where, hint=hint)
    model = said.get("model")
    release = said.get("release")
    return Device(
        home=said.get("home", ""),
        user=said.get("user", ""),
        machine=said.get("machine", ""),
        model=model,
        gpu=said.get("gpu"),
        l4t=_l4t(said.get("l4t", "")),
        jetpack=_upstream(said.get("jetpack")),
        deepstream=_deepstream(said),
        deepstream_app=said.get("deepstream_app"),
        tensorrt=_upstream(said.get("tensorrt")) or said.get("sdk_tensorrt"),
        cuda=said.get("cuda"),
        trtexec=said.get("trtexec"),
        free=int(said["free_kib"]) * 1024 if said.get("free_kib", "").isdecimal() else None,
        unwritable=said.get("unwritable"),
        tools=tuple(value for key, _, value in told if key == "missing"),
        release="whole" if release == "whole" else "broken" if release == "broken" else "absent",
        current=(said.get("current") or "").removeprefix("releases/") or None,
        services=_services(said),
        lingers=said.get("linger") == "yes",
        unit="user" if said.get("unit") == "user" else "system" if "unit" in said else None,
        names=targets.recognised(model or said.get("gpu", "")),
        doubts=tuple(_doubts(said)),
    )


def _l4t(text: str) -> str | None:
    found = re.search(r"\bR(\d+)\b.*\bREVISION:\s*([\d.]+)", text)
    return f"{found[1]}.{found[2]}" if found else None


def _upstream(version: str | None) -> str | None:
    """``10.3.0.30-1+cuda12.5`` is TensorRT 10.3.0, ``6.2+b77`` is JetPack 6.2."""
    found = re.match(r"(\d+:)?(\d+(?:\.\d+){0,2})", version or "")
    return found[2] if found else None


def _deepstream(said: Mapping[str, str]) -> str | None:
    """As releases are named here: 7.1.0 is 7.1, 6.0.1 stays."""
    version = said.get("deepstream") or said.get("sdk")
    found = re.match(r"\d+\.\d+(\.[1-9]\d*)?", version or "")
    return found[0] if found else None


def _services(said: Mapping[str, str]) -> tuple[Scope, ...]:
    """A user's service needs no rights, but starts at boot only where its user lingers."""
    ways: list[Scope] = []
    if "user_manager" in said and "root" not in said:
        ways.append("user")
    if "sudo" in said:
        ways.append("system")
    return tuple(ways)


def _doubts(said: Mapping[str, str]) -> list[str]:
    doubts = []
    if "model" not in said and "gpu" not in said:
        doubts.append("it says neither which Jetson nor which GPU it is")
    if "deepstream" not in said and "sdk" in said:
        doubts.append("DeepStream's own file `version` is not there; deepstream-app was asked")
    if "tensorrt" not in said and "sdk_tensorrt" not in said:
        doubts.append("TensorRT's version was not found")
    if "l4t" in said and _l4t(said["l4t"]) is None:
        doubts.append(f"/etc/nv_tegra_release is not understood: {said['l4t'][:60]!r}")
    return doubts
