"""How steady the CPU twin's streams are: cameras that fail, and files that loop for half an hour.

``python -m benchmarks.streams [--cameras 8] [--camera-minutes 2] [--loop-minutes 30] [--app APP]``

Cameras: RTSP servers on the loopback, each frame with its number in it. One is killed and one
frozen again and again, one sends broken data, a file ends early, a source comes and goes; the
others are counted frame by frame, which holds on a busy machine too. Told are what they lost, their
rate, the longest time that one gave nothing, and how long a failed camera took to come back.

Loops: a whole app (network, tracker, tiles, display, H.264) over four files that are played again
and again, in a process of its own; the network and the first two files are those of the app folder
``--app``, without it a drawn scene's. Told is how memory grows: a line through the resident size,
the first fifth left out.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from deepstream import app_config
from tests.deepstream.twin import toy
from tests.deepstream.twin.cameras import RATE, Camera, numbered
from tests.deepstream.twin.player import Player

TICK = 1.0  # seconds between two looks
DOWN = 4.0  # seconds that a camera stays away
PAUSE = 8.0  # seconds between two failures
STARTED = 10.0  # seconds until an app plays
ENDED = 60.0  # seconds that it has to finish
FAILING = 3  # cameras: killed, frozen, broken
SHORT = 2 * RATE  # frames of the file that ends early
PORT = 8654  # of the looping app's RTSP output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--camera-minutes", type=float, default=2)
    parser.add_argument("--loop-minutes", type=float, default=30)
    parser.add_argument("--app", type=Path, help="an app folder: its network and its videos loop")
    options = parser.parse_args()
    # A shell has SIGINT ignored in what it starts in the background, and in all its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from deepstream.twin import elements

    elements.register()
    if options.camera_minutes:
        cameras(max(FAILING + 1, options.cameras), options.camera_minutes * 60)
    if options.loop_minutes:
        loops(options.loop_minutes * 60, options.app)


@dataclass
class Memory:
    """The resident size of a process, megabytes, by second."""

    process: int | str = "self"
    seconds: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def note(self) -> None:
        text = Path(f"/proc/{self.process}/status").read_text()
        kilobytes = next(line.split()[1] for line in text.splitlines() if line[:6] == "VmRSS:")
        self.seconds.append(time.monotonic())
        self.sizes.append(int(kilobytes) / 1024)

    def __str__(self) -> str:
        """The first and the last are medians of a twentieth of the time: frames come and go."""
        start, part = len(self.sizes) // 5, max(1, len(self.sizes) // 20)
        minutes = np.array(self.seconds[start:]) / 60
        slope = np.polyfit(minutes - minutes[0], self.sizes[start:], 1)[0]
        first, last = median(self.sizes[start : start + part]), median(self.sizes[-part:])
        most = max(self.sizes[start:])
        return f"RSS {first:.0f} -> {last:.0f} MB, most {most:.0f}, {slope:+.3f} MB a minute"


def cameras(count: int, seconds: float) -> None:
    """Of the last three one is killed, one frozen and one broken; the others run on."""
    steady = range(count - FAILING)
    with ExitStack() as stack:
        servers = [stack.enter_context(served(n == count - 1)) for n in range(count)]
        spare = stack.enter_context(served(False))
        video = short_video(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        addresses = [*(one.address() for one in servers), f"file://{video}"]
        player = stack.enter_context(Player(addresses))
        for number in range(count):
            player.more(number, 2)
        memory, back = Memory(), []
        start, before = time.monotonic(), player.seen()
        while time.monotonic() - start < seconds:
            back += failure(player, servers[count - 3], servers[count - 2], count)
            comes_and_goes(player, count + 1, spare.address())
            pause(PAUSE, memory)
        passed = time.monotonic() - start
        rates = [(player.seen()[n] - before[n]) / passed / RATE for n in steady]
        lost, gaps = [player.lost(n) for n in steady], [longest(player.times[n]) for n in steady]
        ended, shown = player.seen()[count], [player.seen()[n] for n in steady]
    failures, broken = len(back) // 2, player.seen()[count - 1]
    print(
        f"{count} cameras, {passed:.0f} s, {failures} times one killed, one frozen, each back after"
    )
    print(f"  at most {max(back):.1f} s (reconnect interval 1 s), and a source that came and went;")
    print(f"  one camera broken, {broken} frames of it; a file of {SHORT} frames, {ended} shown")
    print(f"  the other {len(steady)}: {sum(lost)} of {sum(shown)} frames lost,", end=" ")
    print(f"{min(rates):.3f} to {max(rates):.3f} of their rate, longest gap {max(gaps):.1f} s")
    print(f"  {memory}")


@contextmanager
def served(broken: bool) -> Iterator[Camera]:
    camera = Camera(broken=broken).start()
    try:
        yield camera
    finally:
        camera.kill()


def short_video(folder: Path) -> Path:
    return toy.write_video(
        folder / "short.avi", [np.dstack([numbered(n)] * 3) for n in range(SHORT)]
    )


def longest(times: list[float]) -> float:
    return max(b - a for a, b in pairwise(times))


def failure(player: Player, killed: Camera, frozen: Camera, count: int) -> list[float]:
    """Kill one camera and freeze another; seconds until each gives frames again."""
    killed.kill()
    frozen.freeze()
    time.sleep(DOWN)
    killed.start()
    frozen.thaw()
    start, back = time.monotonic(), []
    for number in (count - 3, count - 2):
        player.more(number, 1)
        back.append(time.monotonic() - start)
    return back


def comes_and_goes(player: Player, number: int, address: str) -> None:
    player.add(number, address).sync_state_with_parent()
    player.more(number, 2)
    player.remove(number)


def pause(seconds: float, memory: Memory) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(TICK)
        memory.note()


def loops(seconds: float, app: Path | None) -> None:
    """Four looping files through a whole app in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = looping(folder, app)
        command = [sys.executable, "-m", "train2edge", "stream", "run", str(path), "--twin"]
        with (folder / "log").open("w") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log)
        memory = Memory(child.pid)
        end = time.monotonic() + seconds
        try:
            time.sleep(STARTED)
            while time.monotonic() < end and child.poll() is None:
                memory.note()
                time.sleep(TICK)
            child.send_signal(signal.SIGINT)
            child.wait(ENDED)
        finally:
            child.kill()
        text = (folder / "log").read_text()
    rounds = [line for line in text.splitlines() if " frames in " in line]
    print(f"looping files, {seconds:.0f} s, exit {child.returncode}: {' '.join(rounds)}")
    print(f"  {memory}")


def looping(folder: Path, app: Path | None) -> Path:
    """A configuration whose four sources are played again and again: two long, two of a second."""
    drawn = [toy.write_video(folder / f"{n}.avi", toy.moving(10 + n)) for n in range(4)]
    changed: dict[str, dict[str, Any]] = {}
    videos: list[Path | str] = [*drawn]
    if app is not None:
        found = app_config.load(app / "app.txt" if app.is_dir() else app)
        mux = found.streammux
        videos[:2] = [(found.sources * 2)[n].uri for n in range(2)]
        changed["primary_gie"] = {"enable": 1, "config-file": found.primary_gie.config_file}
        changed["streammux"] = {"width": mux.width, "height": mux.height}
    return toy.write_app(
        folder,
        videos,
        application={"enable-perf-measurement": 1},
        tiled_display={"enable": 1, "rows": 2, "columns": 2, "width": 640, "height": 480},
        tracker={"enable": 1, "ll-config-file": "tracker.yml"},
        osd=dict(toy.OSD),
        sink0={"enable": 1, "type": 4, "sync": 1, "bitrate": 1000000, "rtsp-port": PORT},
        tests={"file-loop": 1},
        **changed,
    )


if __name__ == "__main__":
    main()
