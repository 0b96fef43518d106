from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from deepstream.twin.source.rest import ADD, LONGEST, READY, REMOVE, STREAMS, RestServer
from deepstream.twin.source.sensors import Sensor, Sensors
from train2edge.errors import InputError


class Kept:
    """Streams that are only kept in a list."""

    def __init__(self) -> None:
        self.sensors = Sensors(2)

    def add_sensor(self, uri: str, camera_id: str, camera_name: str) -> None:
        self.sensors.add(uri, camera_id, camera_name)

    def remove_sensor(self, uri: str, camera_id: str) -> None:
        self.sensors.drop(self.sensors.find(uri, camera_id).source_id)

    def listed(self) -> list[Sensor]:
        return self.sensors.listed()

    def ready(self) -> bool:
        return True


@pytest.fixture
def server() -> Iterator[RestServer]:
    made = RestServer("localhost", 0, Kept())
    yield made
    made.close()


def ask(server: RestServer, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of the answer; ``body`` is sent by POST, as JSON or as it is."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://localhost:{server.server_port}{path}", data)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def change(what: str, uri: str = "file:///a.mp4", camera: str = "front") -> dict[str, Any]:
    """NVIDIA's documented body."""
    return {
        "key": "sensor",
        "value": {
            "camera_id": camera,
            "camera_name": "front_door",
            "camera_url": uri,
            "change": what,
            "metadata": {"resolution": "1920 x1080", "codec": "h264", "framerate": 30},
        },
        "headers": {"source": "vst", "created_at": "2021-06-01T14:34:13.417Z"},
    }


def test_streams_are_added_listed_and_removed(server: RestServer) -> None:
    added = ask(server, ADD, change("camera_add"))
    assert added == (200, {"status": "HTTP/1.1 200 OK", "reason": "STREAM_ADD_SUCCESS"})
    status, told = ask(server, STREAMS)
    assert (status, told["reason"]) == (200, "GET_LIVE_STREAM_INFO_SUCCESS")
    one = {"camera_id": "front", "camera_name": "front_door", "source_id": 0}
    assert told["stream-info"] == {"stream-count": 1, "stream-info": [one]}
    removed = ask(server, REMOVE, change("camera_remove"))
    assert removed == (200, {"status": "HTTP/1.1 200 OK", "reason": "STREAM_REMOVE_SUCCESS"})
    assert ask(server, STREAMS)[1]["stream-info"]["stream-count"] == 0
    assert ask(server, READY)[1]["health-info"] == {"ds-ready": "YES"}


def test_what_cannot_be_done_says_why(server: RestServer) -> None:
    assert ask(server, ADD, change("camera_add"))[0] == 200
    again = ask(server, ADD, change("camera_add", uri="file:///b.mp4"))
    assert again[0] == 500
    assert again[1]["reason"] == "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream"
    assert again[1]["status"] == "HTTP/1.1 500 Internal Server Error"
    gone = ask(server, REMOVE, change("camera_remove", camera="back"))
    assert gone[0] == 500
    assert gone[1]["reason"].startswith("STREAM_REMOVE_FAIL, No record found")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "Invalid JSON request: Expecting"),
        (b"\xff", "Invalid JSON request: "),
        (b"", "Invalid JSON request: "),
        ([1, 2], "Sensor API change string not supported"),
        ({"camera_id": "1", "camera_url": "file:///a", "change": "camera_add"}, "Sensor API"),
        ({"value": "camera_add"}, "Sensor API change string not supported"),
        (change("camera_turn"), "Sensor API change string not supported"),
        (change("camera_add", uri=""), "STREAM_ADD_FAIL, Source url empty"),
        (change("camera_remove", uri=""), "STREAM_REMOVE_FAIL, Source url empty"),
        (change("camera_add", camera=""), "STREAM_ADD_FAIL, Source id empty"),
        ({"value": {"camera_id": [], "camera_url": "file:///a"}}, "Invalid JSON request: 'camera"),
    ],
)
def test_a_body_that_asks_for_nothing_is_a_bad_request(
    server: RestServer, body: Any, reason: str
) -> None:
    status, told = ask(server, ADD, body)
    assert (status, told["status"]) == (400, "HTTP/1.1 400 Bad Request")
    assert told["reason"].startswith(reason)
    assert ask(server, STREAMS)[1]["stream-info"]["stream-count"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (ADD, None, 405),
        (STREAMS, b"{}", 405),
        ("/api/v1/dec/drop-frame-interval", b"{}", 501),
        ("/api/v2/stream/add", b"{}", 404),
        ("/", None, 404),
    ],
)
def test_other_paths_methods_and_sizes_are_told_from_one_another(
    server: RestServer, path: str, body: bytes | None, status: int
) -> None:
    assert ask(server, path, body)[0] == status


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("", b" 411 "),
        ("Content-Length: -1\r\n", b" 411 "),
        (f"Content-Length: {LONGEST + 1}\r\n", b" 413 "),
    ],
)
def test_a_body_of_no_or_of_too_great_a_length_is_not_waited_for(
    server: RestServer, length: str, status: bytes
) -> None:
    with socket.create_connection(("localhost", server.server_port), timeout=10) as one:
        one.sendall(f"POST {ADD} HTTP/1.1\r\nHost: a\r\n{length}\r\n".encode())
        assert status in one.recv(100)


def test_a_number_is_as_good_an_id_as_a_text(server: RestServer) -> None:
    body = change("camera_add")
    body["value"]["camera_id"] = 7
    assert ask(server, ADD, body)[0] == 200
    assert ask(server, STREAMS)[1]["stream-info"]["stream-info"][0]["camera_id"] == "7"


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen at 127.0.0.1:{port}"):
            RestServer("127.0.0.1", port, Kept())
