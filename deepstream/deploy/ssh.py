"""Shell scripts on a device, by the system's ``ssh``: argument lists, no password, a time for all.

A script is parsed whole before it runs, so nothing that it starts reads the rest of it, and a
connection that breaks leaves no half of it.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO

from deepstream.deploy.host import Host
from deepstream.deploy.refusal import refusal
from deepstream.sources import masked
from train2edge.errors import MissingError, WorkError

CONNECT = 10  # seconds to a connection
ALIVE = ("ServerAliveInterval=15", "ServerAliveCountMax=4")
REFUSED = 255  # what ssh itself ends with
_LINES = 200

Told = Callable[[str], None]
Feed = Callable[[IO[bytes]], None]


@dataclass(frozen=True)
class Answer:
    """How a script ended and its last lines: what it printed, and what it complained of."""

    code: int
    lines: tuple[str, ...]
    complaints: tuple[str, ...]

    def value(self, key: str) -> str | None:
        """What the script told as ``t2e.KEY=...`` last."""
        return self.values().get(key)

    def values(self) -> dict[str, str]:
        pairs = (one.removeprefix("t2e.").partition("=") for one in self.lines if _is_told(one))
        return {key: value for key, _, value in pairs}


def _is_told(line: str) -> bool:
    return line.startswith("t2e.") and "=" in line


@dataclass
class Connections:
    """Every ``ssh`` that runs now, of all devices, so that all can be ended at once.

    ``MissingError`` where there is no ``ssh``.
    """

    config: Path | None = None
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: bool = False

    def __post_init__(self) -> None:
        if shutil.which("ssh") is None:
            hint = "sudo apt-get install openssh-client"
            raise MissingError("ssh is not installed here", hint=hint)

    def stop(self) -> None:
        """End all, and let none begin."""
        with self._lock:
            self._stopped = True
            for one in self._running:
                one.kill()

    @contextlib.contextmanager
    def started(self, command: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
        pipe = subprocess.PIPE
        with self._lock:
            if self._stopped:
                raise WorkError("stopped")
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
            self._running.add(process)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for one in (process.stdout, process.stderr):
                assert one is not None
                one.close()
            with self._lock:
                self._running.discard(process)


@dataclass(frozen=True)
class Remote:
    """One device. ``WorkError`` where it cannot be reached or takes longer than it may."""

    host: Host
    connections: Connections

    def run(
        self,
        script: str,
        *arguments: str,
        timeout: float,
        feed: Feed | None = None,
        into: IO[bytes] | None = None,
        told: Told | None = None,
    ) -> Answer:
        """Run a script of ``deploy/scripts`` in the home of the device.

        Its stdin is what ``feed`` writes. Its stdout goes to ``into``, or line by line, without
        passwords of addresses, to ``told``.
        """
        text = whole(script)
        if feed is None:
            remote = ("sh", "-s", "--", *arguments)

            def feed(pipe: IO[bytes]) -> None:
                pipe.write(text.encode())
        else:
            remote = ("sh", "-c", text, "sh", *arguments)
        with self.connections.started(self._command(shlex.join(remote))) as process:
            answer = _Talk(process, feed, into, told).run(timeout)
        if answer is None:
            raise WorkError(
                f"no end of {script}.sh in {timeout:.0f} s: stopped", where=self.host.address
            )
        if answer.code == REFUSED:
            raise refusal(self.host, answer.complaints)
        if answer.code < 0:
            raise WorkError("stopped", where=self.host.address)
        return answer

    def _command(self, remote: str) -> tuple[str, ...]:
        config = self.connections.config
        settings = ("BatchMode=yes", f"ConnectTimeout={CONNECT}", *ALIVE)
        options = [word for one in settings for word in ("-o", one)]
        file = ("-F", str(config)) if config else ()
        return ("ssh", "-T", *file, *options, "--", self.host.address, remote)


def whole(script: str) -> str:
    """The script as a function that is called when it has been read to its end."""
    folder = resources.files("deepstream.deploy") / "scripts"
    both = (folder.joinpath(f"{one}.sh").read_text(encoding="utf-8") for one in ("service", script))
    return 'main() {\n{}\n}\nmain "$@"\n'.replace("{}", "\n".join(both))


@dataclass
class _Talk:
    """One ``ssh`` from its start to its end: fed, read, and ended when its time is up."""

    process: subprocess.Popen[bytes]
    feed: Feed
    into: IO[bytes] | None
    told: Told | None
    complaints: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failed: Exception | None = None
    late: bool = False

    def run(self, timeout: float) -> Answer | None:
        """What the device answered; ``None`` if the time was up."""
        timer = threading.Timer(timeout, self._end)
        beside = (threading.Thread(target=self._write), threading.Thread(target=self._complaints))
        for one in (*beside, timer):
            one.daemon = True
            one.start()
        try:
            self._read()
            code = self.process.wait()
        finally:
            timer.cancel()
        for one in beside:
            one.join(5)
        if self.failed is not None:
            raise self.failed
        return None if self.late else Answer(code, tuple(self.lines), tuple(self.complaints))

    def _end(self) -> None:
        self.late = True
        self.process.kill()

    def _write(self) -> None:
        assert self.process.stdin is not None
        # a device that ends before it has read all says why on stderr
        with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
            try:
                self.feed(pipe)
            except BrokenPipeError:
                raise
            except Exception as error:
                self.failed = error
                self.process.kill()

    def _complaints(self) -> None:
        assert self.process.stderr is not None
        _keep(self.process.stderr, self.complaints, None)

    def _read(self) -> None:
        assert self.process.stdout is not None
        if self.into is None:
            _keep(self.process.stdout, self.lines, self.told)
        else:
            shutil.copyfileobj(self.process.stdout, self.into)


def _keep(pipe: IO[bytes], lines: list[str], told: Told | None) -> None:
    """Read lines, tell them, and keep those for machines and the last of the others."""
    others = 0
    for raw in pipe:
        line = masked(raw.decode(errors="replace").rstrip("\r\n"))
        lines.append(line)
        if _is_told(line):
            continue
        others += 1
        if others > _LINES:
            lines.remove(next(one for one in lines if not _is_told(one)))
        if told is not None:
            told(line)
