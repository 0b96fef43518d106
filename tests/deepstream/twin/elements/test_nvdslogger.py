from __future__ import annotations

import re

import pytest

from tests.deepstream.twin.elements.scenes import run

pytestmark = pytest.mark.usefixtures("gstreamer")
SLOW = "identity sleep-time=20000 ! nvdslogger name=after fps-measurement-interval-sec=0 "


def test_every_stream_has_its_rate(capfd: pytest.CaptureFixture[str]) -> None:
    ended = run(f"{SLOW} ! fakesink", lambda *_: [], count=5, streams=2)
    assert ended.error is None
    lines = [one for one in capfd.readouterr().out.splitlines() if one.startswith("**PERF")]
    assert lines
    assert all(re.fullmatch(r"\*\*PERF : (FPS_[01] \(\d+\.\d\d\)\t)+", one) for one in lines)
    rates = [float(one) for one in re.findall(r"\(([\d.]+)\)", lines[-1])]
    assert all(0 <= one < 60 for one in rates)  # a batch of two waits 20 ms


def test_latency_is_told_frame_by_frame_and_rates_can_be_left_out(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run(f"{SLOW} show-fps=false show-latency=true ! fakesink", lambda *_: [], count=3)
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "************BATCH-NUM = 0**************"
    assert lines[4] == "************BATCH-NUM = 2**************"
    told = re.fullmatch(r"Source id = 0 Frame_num = 2 Frame latency = ([\d.]+) \(ms\) ", lines[5])
    assert told is not None
    assert float(told[1]) >= 20
    assert len(lines) == 6
