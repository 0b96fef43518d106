"""The REST interface of ``nvmultiurisrcbin``: streams come and go while the pipeline runs.

Paths, bodies and texts are those of NVIDIA's ``nvds_rest_server`` (DeepStream 6.2 and later, "REST
API payload definitions"): ``POST /api/v1/stream/add`` and ``/remove``, ``GET
/api/v1/stream/get-stream-info`` and ``/api/v1/health/get-dsready-state``. Its other paths set
properties of NVIDIA's decoders and encoders, which the twin does not have: they answer 501.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from deepstream.twin.source.sensors import Refused, Sensor
from train2edge.errors import InputError

API = "/api/v1/"
ADD, REMOVE = f"{API}stream/add", f"{API}stream/remove"
STREAMS, READY = f"{API}stream/get-stream-info", f"{API}health/get-dsready-state"
LONGEST = 65536  # bytes of a body
Answer = tuple[HTTPStatus, str]


class Streams(Protocol):
    """What can be done to the streams; ``Refused`` says what cannot."""

    def add_sensor(self, uri: str, camera_id: str, camera_name: str) -> None: ...

    def remove_sensor(self, uri: str, camera_id: str) -> None: ...

    def listed(self) -> list[Sensor]: ...

    def ready(self) -> bool: ...


@dataclass(frozen=True)
class Change:
    """What a body asks for: ``what`` is its ``change``, NVIDIA's ``camera_add`` or alike."""

    what: str
    camera_id: str
    camera_name: str
    uri: str


def parse(body: bytes) -> Change:
    """The change that a body describes; ``ValueError`` with NVIDIA's text for what is no such."""
    try:
        given = json.loads(body)
    except ValueError as error:
        raise ValueError(f"Invalid JSON request: {error}") from None
    value = (given.get("value") or given.get("event")) if isinstance(given, Mapping) else None
    if not isinstance(value, Mapping):
        raise ValueError("Sensor API change string not supported: the body has no 'value'")
    change = Change(
        _text(value, "change"),
        _text(value, "camera_id"),
        _text(value, "camera_name"),
        _text(value, "camera_url"),
    )
    failed = "STREAM_ADD_FAIL" if "add" in change.what else "STREAM_REMOVE_FAIL"
    if not change.uri:
        raise ValueError(f"{failed}, Source url empty")
    if not change.camera_id:
        raise ValueError(f"{failed}, Source id empty")
    return change


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key, "")
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise ValueError(f"Invalid JSON request: '{key}' is no text")
    return str(found)


def carry_out(streams: Streams, change: Change) -> Answer:
    """Do it, and say how it went: the status of the answer and its reason."""
    adds = "add" in change.what or "streaming" in change.what
    if not adds and "remove" not in change.what:
        return HTTPStatus.BAD_REQUEST, "Sensor API change string not supported"
    name = "STREAM_ADD" if adds else "STREAM_REMOVE"
    try:
        if adds:
            streams.add_sensor(change.uri, change.camera_id, change.camera_name)
        else:
            streams.remove_sensor(change.uri, change.camera_id)
    except Refused as refused:
        return HTTPStatus.INTERNAL_SERVER_ERROR, f"{name}_FAIL, {refused}"
    return HTTPStatus.OK, f"{name}_SUCCESS"


class RestServer(ThreadingHTTPServer):
    """Answers at ``host:port`` until it is closed; ``InputError`` if it cannot listen there."""

    daemon_threads = True

    def __init__(self, host: str, port: int, streams: Streams) -> None:
        self.streams = streams
        try:
            super().__init__((host, port), Handler)
        except OSError as error:
            raise InputError(f"cannot listen at {host}:{port}: {error.strerror}") from None
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    server: RestServer
    timeout = 10  # seconds for a request that was begun

    def handle(self) -> None:
        """A client that goes away before it has its answer is nobody's news."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        if self.path not in (ADD, REMOVE):
            self._refuse((STREAMS, READY))
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._say(HTTPStatus.LENGTH_REQUIRED, "Invalid JSON request: no Content-Length")
        elif int(length) > LONGEST:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {LONGEST} bytes")
        else:
            self._say(*self._change(self.rfile.read(int(length))))

    def _change(self, body: bytes) -> Answer:
        try:
            change = parse(body)
        except ValueError as error:
            return HTTPStatus.BAD_REQUEST, str(error)
        return carry_out(self.server.streams, change)

    def do_GET(self) -> None:
        if self.path == STREAMS:
            listed = self.server.streams.listed()
            shown = {"stream-count": len(listed), "stream-info": [_shown(one) for one in listed]}
            self._say(HTTPStatus.OK, "GET_LIVE_STREAM_INFO_SUCCESS", {"stream-info": shown})
        elif self.path == READY:
            ready = {"ds-ready": "YES" if self.server.streams.ready() else "NO"}
            self._say(HTTPStatus.OK, "GET_READY_INFO_SUCCESS", {"health-info": ready})
        else:
            self._refuse((ADD, REMOVE))

    def _refuse(self, others: tuple[str, ...]) -> None:
        """A path that wants the other method, one of NVIDIA's that the twin has not, or none."""
        if self.path in others:
            self._say(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
        elif self.path.startswith(API):
            self._say(HTTPStatus.NOT_IMPLEMENTED, f"the CPU twin has no {self.path}")
        else:
            self._say(HTTPStatus.NOT_FOUND, f"no such path: {self.path}")

    def _say(self, status: HTTPStatus, reason: str, more: Mapping[str, Any] | None = None) -> None:
        line = f"HTTP/1.1 {status.value} {status.phrase}"
        body = json.dumps({"status": line, "reason": reason, **(more or {})}, indent=1).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_arguments: Any) -> None:
        """Requests are nobody's news."""


def _shown(one: Sensor) -> dict[str, str | int]:
    return {
        "source_id": one.source_id,
        "camera_id": one.camera_id,
        "camera_name": one.camera_name,
    }
