from __future__ import annotations

import contextlib
import threading
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.deepstream.twin.toy import OSD, moving, write_app, write_video
from train2edge.errors import InputError

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_the_page_shows_the_running_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepstream.twin import preview
    from deepstream.twin.run import run_app

    seen: dict[str, bytes] = {}
    serve = preview.serve

    @contextlib.contextmanager
    def watched(sink: object, address: str):  # type: ignore[no-untyped-def]
        with serve(sink, address) as url:
            viewer = threading.Thread(target=look, args=(url,))
            viewer.start()
            yield url
            viewer.join(10)

    def look(url: str) -> None:
        seen["page"] = urllib.request.urlopen(url, timeout=10).read()
        with urllib.request.urlopen(url + "stream", timeout=10) as stream:
            seen["kind"] = stream.headers["Content-Type"].encode()
            for _ in range(3):
                head = b"".join(stream.readline() for _ in range(4))
                length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                seen["jpeg"] = stream.read(length + 2)
        seen["fps"] = urllib.request.urlopen(url + "fps", timeout=10).read()

    monkeypatch.setattr(preview, "serve", watched)
    video = write_video(tmp_path / "a.avi", moving(15))
    app = write_app(tmp_path, [video], osd=OSD, sink0={"enable": 1, "type": 2, "sync": 1})
    report = run_app(app, preview="0")
    assert report.frames == 15
    assert "http://127.0.0.1:" in capsys.readouterr().err
    assert b"stream" in seen["page"] and b"multipart/x-mixed-replace" in seen["kind"]
    picture = cv2.imdecode(np.frombuffer(seen["jpeg"], np.uint8), 1)
    assert picture.shape == (240, 320, 3)
    assert float(seen["fps"]) > 0


@pytest.mark.parametrize("address", ["door", "localhost:", "1:99999"])
def test_what_is_no_address_is_refused(address: str) -> None:
    from deepstream.twin.preview import parse_address

    with pytest.raises(InputError, match="PORT"):
        parse_address(address)


def test_an_address_without_a_host_is_for_this_machine_alone() -> None:
    from deepstream.twin.preview import parse_address

    assert parse_address("8080") == ("127.0.0.1", 8080)
    assert parse_address("0.0.0.0:80") == ("0.0.0.0", 80)
