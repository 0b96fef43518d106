from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")

COUNT = """
import ctypes, threading
from deepstream.twin.gst import start
start()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(8)
def take():
    together.wait()
    libc.malloc(ctypes.c_size_t(100_000))
    together.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()
libc.malloc_info(0, ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w")))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc")
@pytest.mark.parametrize(("asked", "most"), [(None, 2), ("5", 5)])
def test_all_threads_share_two_heaps_unless_the_user_says_otherwise(
    asked: str | None, most: int
) -> None:
    environment = {key: one for key, one in os.environ.items() if key != "MALLOC_ARENA_MAX"}
    if asked is not None:
        environment["MALLOC_ARENA_MAX"] = asked
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, check=True
    )
    assert len(re.findall("<heap nr", done.stdout)) == most
