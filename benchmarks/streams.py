"""How steady the CPU twin's streams are: cameras that fail, and files that loop for half an hour.

``python -m benchmarks.streams [--cameras 8] [--camera-minutes 2] [--loop-minutes 30]``: RTSP
servers on the loopback, of which one is killed and one frozen again and again, while the others
are counted frame by frame; then a whole app (network, tracker, tiles, display, H.264) over looping
files. Told are the rate of the undisturbed streams, what they lost, how long a failed one took to
come back, and how memory grows (a line through the resident size, the first fifth left out).
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.deepstream.twin import toy
from tests.deepstream.twin.cameras import RATE, Camera
from tests.deepstream.twin.player import Player

TICK = 1.0  # seconds between two looks
DOWN = 4.0  # seconds that a camera stays away
PAUSE = 8.0  # seconds between two failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--camera-minutes", type=float, default=2)
    parser.add_argument("--loop-minutes", type=float, default=30)
    options = parser.parse_args()
    from deepstream.twin import elements

    elements.register()
    cameras(max(3, options.cameras), options.camera_minutes * 60)
    loops(options.loop_minutes * 60)


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
        start = len(self.sizes) // 5
        minutes = np.array(self.seconds[start:]) / 60
        slope = np.polyfit(minutes - minutes[0], self.sizes[start:], 1)[0]
        return f"RSS {self.sizes[start]:.0f} -> {self.sizes[-1]:.0f} MB, {slope:+.2f} MB a minute"


def cameras(count: int, seconds: float) -> None:
    """Of the last two one is killed and one frozen, again and again; the others run on."""
    servers = [Camera().start() for _ in range(count)]
    memory, back = Memory(), []
    try:
        with Player([one.address() for one in servers]) as player:
            for number in range(count):
                player.more(number, 2)
            start, before = time.monotonic(), player.seen()
            while time.monotonic() - start < seconds:
                back += failure(player, servers, count)
                memory.note()
                pause(player, PAUSE, memory)
            passed = time.monotonic() - start
            steady = range(count - 2)
            rates = [(player.seen()[n] - before[n]) / passed / RATE for n in steady]
            lost = sum(player.lost(n) for n in steady)
    finally:
        for one in servers:
            one.kill()
    print(f"{count} cameras, {passed:.0f} s, {len(back)} failures of two of them")
    print(f"  the others: {min(rates):.3f} to {max(rates):.3f} of their rate, {lost} frames lost")
    print(f"  back after at most {max(back):.1f} s (reconnect interval 1 s); {memory}")


def failure(player: Player, servers: list[Camera], count: int) -> list[float]:
    """Kill one camera and freeze another; seconds until each gives frames again."""
    servers[-2].kill()
    servers[-1].freeze()
    time.sleep(DOWN)
    servers[-2].start()
    servers[-1].thaw()
    start, back = time.monotonic(), []
    for number in (count - 2, count - 1):
        player.more(number, 1)
        back.append(time.monotonic() - start)
    return back


def pause(player: Player, seconds: float, memory: Memory) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(TICK)
        memory.note()


def loops(seconds: float) -> None:
    """Four looping files through a whole app in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        videos = [toy.write_video(folder / f"{n}.avi", toy.moving(10 + n)) for n in range(4)]
        app = toy.write_app(
            folder,
            videos,
            application={"enable-perf-measurement": 1},
            tiled_display={"enable": 1, "rows": 2, "columns": 2, "width": 640, "height": 480},
            tracker={"enable": 1, "ll-config-file": "tracker.yml"},
            osd=dict(toy.OSD),
            sink0={"enable": 1, "type": 4, "sync": 1, "bitrate": 1000000, "rtsp-port": 8654},
            tests={"file-loop": 1},
        )
        command = [sys.executable, "-m", "train2edge", "stream", "run", str(app), "--twin"]
        with (folder / "log").open("w") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log)
        memory = Memory(child.pid)
        end = time.monotonic() + seconds
        try:
            time.sleep(5)
            while time.monotonic() < end and child.poll() is None:
                memory.note()
                time.sleep(TICK)
            child.send_signal(signal.SIGINT)
            child.wait(30)
        finally:
            child.kill()
        text = (folder / "log").read_text()
        rounds = [line for line in text.splitlines() if " frames in " in line]
        print(f"looping files, {seconds:.0f} s, exit {child.returncode}: {' '.join(rounds)}")
        print(f"  {memory}")


if __name__ == "__main__":
    main()
