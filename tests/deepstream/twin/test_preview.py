from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
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
    def watched(*arguments: object):  # type: ignore[no-untyped-def]
        with serve(*arguments) as url:  # type: ignore[arg-type]
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
        seen["state"] = urllib.request.urlopen(url + "state", timeout=10).read()

    monkeypatch.setattr(preview, "serve", watched)
    video = write_video(tmp_path / "a.avi", moving(15))
    app = write_app(tmp_path, [video], osd=OSD, sink0={"enable": 1, "type": 2, "sync": 1})
    report = run_app(app, preview="0")
    assert report.frames == 15
    assert "http://127.0.0.1:" in capsys.readouterr().err
    assert b"stream" in seen["page"] and b"multipart/x-mixed-replace" in seen["kind"]
    picture = cv2.imdecode(np.frombuffer(seen["jpeg"], np.uint8), 1)
    assert picture.shape == (240, 320, 3)
    state = json.loads(seen["state"])
    assert state["fps"] > 0
    assert [one["source"] for one in state["streams"]] == [str(video)]
    assert state["streams"][0]["fps"] > 0
    assert state["classes"] == {"red": 1}


@pytest.mark.parametrize("address", ["door", "localhost:", "1:99999"])
def test_what_is_no_address_is_refused(address: str) -> None:
    from deepstream.twin.preview import parse_address

    with pytest.raises(InputError, match="PORT"):
        parse_address(address)


def test_an_address_without_a_host_is_for_this_machine_alone() -> None:
    from deepstream.twin.preview import parse_address

    assert parse_address("8080") == ("127.0.0.1", 8080)
    assert parse_address("0.0.0.0:80") == ("0.0.0.0", 80)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium")
def test_a_browser_shows_the_picture_and_the_counts(tmp_path: Path) -> None:
    """The page as Chromium has built it, after its script has asked for rates and counts."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.preview import serve

    assert BROWSER is not None
    line = "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! jpegenc !"
    pipeline = Gst.parse_launch(f"{line} appsink name=end max-buffers=1 drop=true")
    state = {"streams": [{"source": "door", "fps": 24.5}], "classes": {"<b>car": 3, "bus": 0}}
    pipeline.set_state(Gst.State.PLAYING)
    with serve(pipeline.get_by_name("end"), "0", lambda: state) as url:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/c"]
        looks = ["--virtual-time-budget=3000", "--timeout=15000", "--window-size=800,700"]
        picture = f"--screenshot={tmp_path}/page.png"
        command = [BROWSER, *options, *looks]
        done = subprocess.run(
            [*command, "--dump-dom", url], capture_output=True, text=True, timeout=90
        )
        subprocess.run([*command, picture, url], capture_output=True, timeout=90)
    pipeline.set_state(Gst.State.NULL)
    assert "<td>door</td><td>24.5</td>" in done.stdout
    assert "<td>&lt;b&gt;car</td><td>3</td>" in done.stdout
    assert "pictures a second" in done.stdout
    shown = cv2.imread(str(tmp_path / "page.png"))
    assert shown is not None and shown[100:200, 300:500].std() > 20  # the test picture's bars
