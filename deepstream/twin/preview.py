"""The picture in a browser: one page, one endless motion JPEG, on the loopback."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from deepstream.twin.gst import Gst
from deepstream.twin.guard import guarded
from deepstream.twin.watch import rate
from train2edge.errors import InputError

BOUNDARY = "t2eframe"
WAIT = 1.0  # seconds for the next picture before the connection is looked at again
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>train2edge</title>
<meta name="viewport" content="width=device-width">
<style>body{margin:0;background:#111;color:#ddd;font:14px system-ui,sans-serif}
img{display:block;max-width:100vw;max-height:calc(100vh - 9rem);margin:auto}
main{display:flex;flex-wrap:wrap;align-items:start;gap:.5rem 3rem;padding:.5rem 1rem}
p{margin:0;width:100%}td,th{padding:.1rem 1rem .1rem 0;text-align:left;font-weight:normal}
th{color:#999}td:last-child{text-align:right;font-variant-numeric:tabular-nums}</style>
<img src="stream" alt="live picture">
<main><p id="fps">waiting for the first picture</p>
<table id="streams"><caption hidden>streams</caption></table>
<table id="classes"><caption hidden>classes</caption></table></main>
<script>
function fill(id, heads, rows) {
  const table = document.getElementById(id);
  table.replaceChildren();
  for (const [cells, kind] of [[heads, "th"], ...rows.map(row => [row, "td"])]) {
    const line = table.insertRow();
    for (const text of cells) {
      const cell = document.createElement(kind);
      cell.textContent = text;
      line.append(cell);
    }
  }
}
async function look() {
  const seen = await (await fetch("state")).json();
  document.getElementById("fps").textContent = seen.fps.toFixed(1) + " pictures a second";
  fill("streams", ["stream", "frames/s"], seen.streams.map(s => [s.source, s.fps.toFixed(1)]));
  fill("classes", ["class", "objects now"], Object.entries(seen.classes));
}
look(); setInterval(look, 1000);
</script></html>"""
State = Callable[[], Mapping[str, Any]]


class Pictures:
    """The newest JPEG and how fast they come; readers wait for the next one."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.number = 0
        self.jpeg = b""
        self.closed = False
        self.times: list[float] = []

    def put(self, jpeg: bytes) -> None:
        with self.changed:
            self.jpeg, self.number = jpeg, self.number + 1
            now = time.monotonic()
            self.times = [one for one in self.times if now - one < 2.0] + [now]
            self.changed.notify_all()

    def after(self, number: int) -> tuple[int, bytes]:
        """The next picture after ``number``; the same number if none came within ``WAIT``."""
        with self.changed:
            self.changed.wait_for(lambda: self.number > number or self.closed, WAIT)
            return self.number, self.jpeg

    @property
    def rate(self) -> float:
        return rate(self.times)

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()


@contextlib.contextmanager
def serve(sink: Any, address: str, state: State) -> Iterator[str]:
    """Show what comes to the appsink ``sink`` at ``address``, ``[HOST:]PORT``; gives the URL.

    ``state`` tells what stands beside the picture: ``streams`` and ``classes``.
    """
    host, port = parse_address(address)
    pictures = Pictures()
    sink.set_property("emit-signals", True)
    sink.connect("new-sample", _take, pictures)
    try:
        server = PreviewServer((host, port), pictures, state)
    except OSError as error:
        raise InputError(
            f"cannot listen at {host}:{port}: {error.strerror}", where="--preview"
        ) from None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/"
    finally:
        pictures.close()
        server.shutdown()
        server.server_close()
        thread.join()


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of ``[HOST:]PORT``; without a host only this machine can look."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise InputError(f"{address!r} is not [HOST:]PORT", where="--preview", hint="8080")
    return host.strip("[]") or "127.0.0.1", int(port)


@guarded(Gst.FlowReturn.ERROR)
def _take(sink: Any, pictures: Pictures) -> Any:
    sample = sink.emit("pull-sample")
    if sample is None:
        return Gst.FlowReturn.EOS
    with sample.get_buffer().map(Gst.MapFlags.READ) as info:
        pictures.put(bytes(info.data))
    return Gst.FlowReturn.OK


class PreviewServer(ThreadingHTTPServer):
    """Serves the page to several browsers at once."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], pictures: Pictures, state: State) -> None:
        super().__init__(address, Handler)
        self.pictures, self.state = pictures, state


class Handler(BaseHTTPRequestHandler):
    """``/`` the page, ``/stream`` the picture, ``/state`` rates and counts as JSON."""

    server: PreviewServer

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer("text/html; charset=utf-8", PAGE.encode())
        elif self.path == "/state":
            shown = {"fps": round(self.server.pictures.rate, 1), **self.server.state()}
            self._answer("application/json", json.dumps(shown).encode())
        elif self.path == "/stream":
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._stream(self.server.pictures)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pictures: Pictures) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        number = 0
        while not pictures.closed:
            newest, jpeg = pictures.after(number)
            if newest > number:
                self._part(jpeg)
            number = newest

    def _part(self, jpeg: bytes) -> None:
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
        self.wfile.write(head.encode() + b"\r\n\r\n" + jpeg + b"\r\n")

    def log_message(self, *_arguments: Any) -> None:
        """Requests are nobody's news."""
