"""A real ssh server on the loopback; every user of it is a device of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import Any

import asyncssh

from tests.deepstream.deploy.device import ToyDevice


class Server:
    """``config`` is for ``ssh -F``: every host is this server but ``gone``; of ``unknown-*`` no key
    is known. The user's name says which device is meant."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.devices: dict[str, ToyDevice] = {}
        self.config = folder / "ssh config"
        self.children: set[asyncio.subprocess.Process] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self) -> None:
        self.thread.start()
        port = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(20)
        names = ("known", "unknown")
        self.config.write_text("".join(self._entry(port, name) for name in names))

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()

    def add(self, name: str) -> ToyDevice:
        self.devices[name] = ToyDevice(self.folder / "devices" / name)
        return self.devices[name]

    async def _listen(self) -> int:
        host, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        client.write_private_key(self.folder / "key")
        (self.folder / "key").chmod(0o600)
        self.taken = client.convert_to_public()
        outer = self

        class Door(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username in outer.devices and key == outer.taken

        self.listener = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[host],
            process_factory=self._serve,
            encoding=None,
        )
        port = int(self.listener.get_port())
        public = host.export_public_key().decode().split()
        (self.folder / "known").write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
        (self.folder / "unknown").touch()
        return port

    def _entry(self, port: int, known: str) -> str:
        head = "Host unknown-*\n" if known == "unknown" else "Host * !unknown-* !gone\n"
        return (
            f'{head}  HostName 127.0.0.1\n  Port {port}\n  IdentityFile "{self.folder}/key"\n'
            f'  IdentitiesOnly yes\n  UserKnownHostsFile "{self.folder}/{known}"\n'
            "  StrictHostKeyChecking yes\n  GlobalKnownHostsFile /dev/null\n"
        )

    async def _close(self) -> None:
        for child in self.children:
            _end(child, signal.SIGKILL)
        self.listener.close()
        await self.listener.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.1)

    async def _serve(self, process: Any) -> None:
        device = self.devices[process.get_extra_info("username")]
        device.commands.append(process.command or "")
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            process.command or "",
            cwd=device.home,
            env=device.environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
        )
        self.children.add(child)
        feeding = asyncio.ensure_future(_feed(process.stdin, child.stdin))
        outs = (_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
        try:
            await asyncio.gather(*outs)
            process.exit(await child.wait())
        except (BrokenPipeError, ConnectionError, asyncssh.Error):
            _end(child, signal.SIGHUP)
            await child.wait()
        finally:
            feeding.cancel()
            child._transport.close()  # what is still there writes into nothing, as by sshd
            self.children.discard(child)


def _end(child: asyncio.subprocess.Process, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, how)


async def _pump(source: Any, sink: Any) -> None:
    with contextlib.suppress(asyncssh.Error, BrokenPipeError, ConnectionError):
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()


async def _feed(source: Any, sink: Any) -> None:
    await _pump(source, sink)
    with contextlib.suppress(OSError, RuntimeError):
        sink.write_eof()
