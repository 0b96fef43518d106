"""One release on its way to one device: each step a script there and a record here.

The link ``current`` moves last, when everything before it went well: whatever breaks, the
connection included, the device keeps what it had.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from deepstream import render
from deepstream.deploy import check, log, service, trial
from deepstream.deploy.device import Device, Scope, parse
from deepstream.deploy.engine import EngineBuild, EngineReport
from deepstream.deploy.plan import DeployPlan
from deepstream.deploy.ssh import Remote
from deepstream.deploy.trial import TrialReport
from train2edge.errors import ProblemsError, T2EError, WorkError
from train2edge.files import write_json

PROBE, COPY, BUILD, SHORT, FETCH = 90.0, 3600.0, 2 * 3600.0, 120.0, 1800.0  # seconds at most
GRACE = 90.0  # for an app to end, after its time
NOT_WHOLE = 65  # receive.sh: what arrived is not what was sent

Tell = Callable[[str, str], None]  # a stage, and a word on it


@dataclass(frozen=True)
class Delivered:
    """What is on the device now. ``sent`` bytes, 0 where the release was there whole; ``before``
    is the release that ``current`` pointed to; ``state`` of the service, where there is one."""

    device: Device
    release: str
    before: str | None
    sent: int
    engines: tuple[EngineReport, ...]
    trial: TrialReport | None
    service: Scope | None
    doubts: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        sent = f"copied ({self.sent / 1e6:.1f} MB)" if self.sent else "there already"
        built = [f"built in {one.seconds:.0f} s" for one in self.engines if one.made == "built"]
        kept = len(self.engines) - len(built)
        parts = [f"{self.device.title}: release {self.release} {sent}"]
        parts += [f"engine {one}" for one in built]
        parts += [f"{kept} engine{'s' * (kept != 1)} kept"] * (kept > 0)
        parts += [f"trial: {self.trial}"] if self.trial else []
        parts += [f"starts at boot ({self.service})"] if self.service else []
        return "; ".join(parts)


def deliver(plan: DeployPlan, remote: Remote, out: Path, tell: Tell) -> Delivered:
    """Bring the release to the device and give what was done; its logs and results go to ``out``.

    Raises ``ProblemsError`` for a device that does not fit, before anything is copied;
    ``WorkError`` for a step that failed, after which ``current`` points to where it did.
    """
    return _Delivery(plan, remote, out, tell).run()


@dataclass
class _Delivery:
    plan: DeployPlan
    remote: Remote
    out: Path
    tell: Tell

    def run(self) -> Delivered:
        device = self._look()
        problems = check.problems(self.plan, device, self.remote.host.address)
        if problems:
            raise ProblemsError(problems)
        sent = self._copy(device)
        engines = tuple(self._engines(device))
        tried = self._try(device) if self.plan.seconds else None
        scope = self._switch(device)
        done = Delivered(
            device=device,
            release=self.plan.release.short,
            before=device.current,
            sent=sent,
            engines=engines,
            trial=tried,
            service=scope,
            doubts=check.doubts(self.plan, device),
        )
        write_json(self.out / "device.json", done.record())
        return done

    def _look(self) -> Device:
        self.tell("look", "")
        plan, release = self.plan, self.plan.release
        names = (plan.place, release.short, release.digest, plan.unit)
        answer = self.remote.run("probe", *names, timeout=PROBE)
        return parse(answer.lines, self.remote.host.address)

    def _copy(self, device: Device) -> int:
        if device.release == "whole":
            return 0
        release = self.plan.release
        self.tell("copy", f"{release.size / 1e6:.1f} MB")
        names = (self.plan.place, release.short, release.digest)
        answer = self.remote.run("receive", *names, timeout=COPY, feed=release.send)
        if answer.code == NOT_WHOLE:
            raise self._failed(
                "the copy on the device is not what was sent; it was thrown away",
                answer.complaints,
                hint="the same again; if it stays so, look at the device's disk",
            )
        if answer.code:
            raise self._failed("the copy failed", answer.complaints)
        return release.size

    def _engines(self, device: Device) -> Iterator[EngineReport]:
        for number, build in enumerate(self.plan.release.engines):
            yield self._engine(device, build, self.out / f"engine_{number}.log")

    def _engine(self, device: Device, build: EngineBuild, path: Path) -> EngineReport:
        self.tell("engine", build.engine)
        started = time.monotonic()
        names = (self.plan.place, self.plan.release.short, build.key(device) or "", build.engine)
        with path.open("w", encoding="utf-8") as file:

            def told(line: str) -> None:
                file.write(f"{line}\n")
                self.tell("engine", line)

            answer = self.remote.run("build", *names, *build.on(device), timeout=BUILD, told=told)
        made = answer.value("engine")
        if made == "kept":
            path.unlink()
            return EngineReport(build.engine, "kept", 0.0)
        if made != "built":
            lines = path.read_text(encoding="utf-8").splitlines()
            said = log.errors(lines) or answer.complaints or tuple(lines[-log.SHOWN :])
            raise self._failed(f"{build.engine} was not built", said, hint=f"its log: {path}")
        return EngineReport(build.engine, "built", time.monotonic() - started, path.name)

    def _try(self, device: Device) -> TrialReport:
        plan = self.plan
        self.tell("try", f"{plan.seconds} s")
        unit = (plan.unit, device.unit) if device.unit else ("", "")
        app, display = device.deepstream_app or "deepstream-app", plan.release.display or ""
        names = (plan.place, plan.release.short, str(plan.seconds), app, *unit, display)
        path = self.out / "app.log"
        with path.open("w", encoding="utf-8") as file:

            def told(line: str) -> None:
                file.write(f"{line}\n")
                rate = log.mean_rate(line)
                if rate is not None:
                    self.tell("try", f"{rate:.1f} frames/s a stream")

            answer = self.remote.run(
                "try", *names, *plan.release.written, timeout=plan.seconds + GRACE, told=told
            )
        self.tell("fetch", "")
        self._fetch()
        lines = path.read_text(encoding="utf-8").splitlines()
        try:
            labels = plan.release.labels
            return trial.judge(answer.value("code"), lines, self.out, labels, plan.seconds)
        except T2EError as error:
            stays = f"{device.current} stays" if device.current else "nothing was switched"
            said = f"the trial run failed, {stays}: {error.message}"
            raise WorkError(said, where=self.remote.host.address, hint=f"its log: {path}") from None

    def _fetch(self) -> None:
        with tempfile.TemporaryFile() as stream:
            names = (self.plan.place, self.plan.release.short)
            answer = self.remote.run("fetch", *names, timeout=FETCH, into=stream)
            if answer.code:
                raise self._failed("what it wrote could not be fetched", answer.complaints)
            stream.seek(0)
            trial.unpack(stream, self.out)

    def _switch(self, device: Device) -> Scope | None:
        plan = self.plan
        scope = check.service_scope(device) if plan.service else device.unit
        if plan.service and scope:
            self._install(device, scope)
        self.tell("switch", "")
        names = (plan.place, plan.release.short, *((plan.unit, scope) if scope else ("", "")))
        answer = self.remote.run("switch", *names, timeout=SHORT)
        if answer.code:
            back = answer.value("back")
            stays = f"; {back} runs again" if back else ""
            plain = tuple(one for one in answer.lines if not one.startswith("t2e."))
            raise self._failed(f"the service does not stay up{stays}", (*plain, *answer.complaints))
        self.remote.run("prune", plan.place, timeout=SHORT)
        return scope

    def _install(self, device: Device, scope: Scope) -> None:
        self.tell("service", scope)
        text = render.unit(service.plan(self.plan, device, scope)).encode()

        def feed(pipe: IO[bytes]) -> None:
            pipe.write(text)

        names = (self.plan.unit, scope)
        answer = self.remote.run("install", *names, timeout=SHORT, feed=feed)
        if answer.code:
            hint = f"sudo loginctl enable-linger {device.user}, there"
            raise self._failed("the service was not installed", answer.complaints, hint=hint)

    def _failed(self, message: str, said: tuple[str, ...], hint: str | None = None) -> WorkError:
        lines = [message, *(f"  {one}" for one in said[: log.SHOWN])]
        return WorkError("\n".join(lines), where=self.remote.host.address, hint=hint)
