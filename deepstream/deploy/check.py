"""Whether a release can run on a device: every reason why not, before anything is copied."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from deepstream.deploy.device import Device, Scope
from deepstream.deploy.plan import DeployPlan
from train2edge import targets
from train2edge.errors import InputError, Problem, T2EError

CONFIG = "t2e stream config BUNDLE"


def problems(plan: DeployPlan, device: Device, where: str) -> tuple[Problem, ...]:
    """All that is wrong, each with what to type; ``where`` names the device."""
    found = itertools.chain(
        _place(plan, device), _programs(plan, device), _room(plan, device), _service(plan, device)
    )
    return tuple(Problem(where, message, hint) for message, hint in found)


def doubts(plan: DeployPlan, device: Device) -> tuple[str, ...]:
    """What may go wrong all the same, a sentence each."""
    release, found = plan.release, list(device.doubts)
    if not device.names and (device.model or device.gpu):
        found.append(f"'{device.title}' is none of t2e targets; the app is for {release.target}")
    if device.tensorrt and _two(device.tensorrt) != _two(release.tensorrt):
        cache = release.lane == "int8-cache"
        more = ", and does not read the calibration cache of another" if cache else ""
        found.append(
            f"TensorRT {device.tensorrt} is there; DeepStream {release.deepstream} comes with"
            f" {release.tensorrt}{more}"
        )
    if release.display:
        found.append(
            f"its picture goes to the display {release.display}, where {device.user} is in"
        )
    return tuple(found)


def service_scope(device: Device) -> Scope | None:
    """Where the service goes: where it is already, else the first way that there is."""
    return device.unit or next(iter(device.services), None)


def _place(plan: DeployPlan, device: Device) -> Iterator[tuple[str, str | None]]:
    """The device and its DeepStream against those that the app was written for."""
    release = plan.release
    if device.deepstream_app is None:
        fits = f" {release.deepstream}" if _runs(release.target, release.deepstream) else ""
        yield f"deepstream-app is not installed on this {device.title}", f"install DeepStream{fits}"
    elif device.deepstream is None:
        yield "DeepStream's version cannot be found out", "deepstream-app --version-all, there"
    other = device.names and release.target not in device.names
    kind = targets.target(release.target).kind
    wrong_kind = not device.names and (kind == "jetson") != device.jetson
    newer = device.deepstream not in (None, release.deepstream)
    if other or wrong_kind:
        title = targets.target(release.target).title
        yield f"it is '{device.title}', the app is for {title}", _config(plan, device)
    if newer:
        message = (
            f"DeepStream {device.deepstream} is there, the app is for {release.deepstream}"
            f" ({release.target})"
        )
        yield message, _config(plan, device)


def _config(plan: DeployPlan, device: Device) -> str:
    """The line that writes an app for this device and what is installed there."""
    target = device.names[0] if device.names else plan.release.target
    version = device.deepstream or plan.release.deepstream
    if not _runs(target, version):
        try:
            version = targets.nearest_release(targets.target(target), version)
        except ValueError:
            version = targets.target(target).deepstream[-1]
        return f"{CONFIG} --target {target} --deepstream {version} -o APP, and that release there"
    return f"{CONFIG} --target {target} --deepstream {version} -o APP"


def _runs(target: str, version: str) -> bool:
    try:
        targets.deployment(target, version)
    except InputError:
        return False
    return True


def _programs(plan: DeployPlan, device: Device) -> Iterator[tuple[str, str | None]]:
    if device.trtexec is None and plan.release.engines:
        hint = "there: sudo apt-get install libnvinfer-bin, in the version of its libnvinfer"
        yield "no trtexec, which builds the engines", hint
    if device.tools:
        missing = ", ".join(device.tools)
        yield f"not installed: {missing}", "sudo apt-get install coreutils tar, there"


def _room(plan: DeployPlan, device: Device) -> Iterator[tuple[str, str | None]]:
    if device.unwritable:
        yield f"no right to write in '{device.unwritable}'", "--dir with another folder"
    needed = plan.room + (0 if device.release == "whole" else plan.release.size)
    if device.free is not None and device.free < needed:
        message = f"{device.free / 1e6:.0f} MB are free, the app wants {needed / 1e6:.0f}"
        yield message, "make room, or --dir on another disk"


def _service(plan: DeployPlan, device: Device) -> Iterator[tuple[str, str | None]]:
    if plan.service and service_scope(device) is None:
        message = (
            "no way to start it at boot: neither systemd of the user nor sudo without password"
        )
        yield message, f"sudo loginctl enable-linger {device.user}, there"


def lint_problems(plan: DeployPlan) -> tuple[Problem, ...]:
    """What the linter takes for an error, for the device that the app was written for."""
    from deepstream.lint import check

    release = plan.release
    try:
        report = check(release.app, release.target, release.deepstream)
    except T2EError as error:
        return (Problem(str(release.app), error.message, error.hint),)
    errors = (one for one in report.findings if one.level == "error")
    return tuple(Problem(one.where, f"{one.what}: {one.why}", one.fix) for one in errors)


def _two(version: str) -> list[str]:
    return version.split(".")[:2]
