"""Cameras on the loopback: RTSP servers in processes of their own, to be killed and frozen.

``python -m tests.deepstream.twin.cameras PORT COUNT RATE BROKEN`` serves ``/0`` to ``/COUNT-1``,
RATE frames a second, BROKEN of a thousand of their bytes wrong. Every frame shows its own number:
eight fields in a row, white for a one.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 10  # frames a second
BROKEN = 10  # bytes of a thousand that a broken camera gets wrong
BITS, WIDTH, HEIGHT = 8, 128, 96


def numbered(number: int) -> NDArray[np.uint8]:
    """A grey picture that shows ``number``, the lowest bit at the left."""
    bits = [number >> bit & 1 for bit in range(BITS)]
    row = np.repeat(np.array(bits, np.uint8) * 200 + 20, WIDTH // BITS)
    return np.tile(row, (HEIGHT, 1))


def number_of(picture: NDArray[np.uint8]) -> int:
    """The number that a picture of any size shows; ``[height, width, ...]``."""
    height, width = picture.shape[:2]
    row = picture[height // 2].reshape(width, -1)[:, 0]
    fields = [row[width * (2 * bit + 1) // (2 * BITS)] for bit in range(BITS)]
    return sum((int(one) > 120) << bit for bit, one in enumerate(fields))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Camera:
    """A server that can fail in every way; the same address when it comes back."""

    count: int = 1
    broken: bool = False
    port: int = field(default_factory=free_port)
    child: subprocess.Popen[str] | None = None

    def address(self, number: int = 0) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{number}"

    def start(self) -> Camera:
        settings = (self.port, self.count, RATE, BROKEN if self.broken else 0)
        command = [sys.executable, "-m", __name__, *(str(one) for one in settings)]
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.child.stdout is not None
        assert self.child.stdout.readline() == "ready\n"
        return self

    def kill(self) -> None:
        if self.child is None:
            return
        self.child.kill()
        self.child.communicate()
        self.child = None

    def freeze(self) -> None:
        assert self.child is not None
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.child is not None
        self.child.send_signal(signal.SIGCONT)


class Feed:
    """Pushes one numbered frame after the other into an appsrc, in real time."""

    def __init__(self, source: Any, rate: int) -> None:
        from deepstream.twin.gst import GLib

        self.source, self.number = source, 0
        GLib.timeout_add(1000 // rate, self.push)

    def push(self) -> bool:
        from deepstream.twin.gst import Gst

        buffer = Gst.Buffer.new_wrapped(numbered(self.number).tobytes())
        self.number = (self.number + 1) % 2**BITS
        return bool(self.source.emit("push-buffer", buffer) == Gst.FlowReturn.OK)


def serve(port: int, count: int, rate: int, broken: int) -> None:
    from deepstream.twin.gst import GLib, start

    import gi  # isort: skip

    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GstRtspServer

    start()
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    for number in range(count):
        factory = GstRtspServer.RTSPMediaFactory.new()
        factory.set_launch(
            "( appsrc name=feed is-live=true do-timestamp=true format=time"
            f" caps=video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},framerate={rate}/1 !"
            " videoconvert ! video/x-raw,format=I420 !"
            " x264enc tune=zerolatency speed-preset=ultrafast key-int-max=5 bitrate=500 !"
            f" breakmydata probability={broken / 1000} ! rtph264pay name=pay0 config-interval=1 )"
        )
        factory.set_shared(True)
        factory.connect("media-configure", _feed, rate)
        server.get_mount_points().add_factory(f"/{number}", factory)
    if not server.attach(None):
        sys.exit(f"port {port} is in use")
    print("ready", flush=True)
    GLib.MainLoop().run()


def _feed(_factory: Any, media: Any, rate: int) -> None:
    media.feed = Feed(media.get_element().get_by_name("feed"), rate)


if __name__ == "__main__":
    serve(*(int(one) for one in sys.argv[1:5]))
