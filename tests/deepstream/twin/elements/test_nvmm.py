"""What the twin's elements share."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")

# One thread sets a bin's property, the other adds elements that are written in Python to the bin.
AT_ONCE = """
import sys, threading
from deepstream.twin import elements

elements.register()
from deepstream.twin.elements.nvmm import Strip, put
from deepstream.twin.gst import Gst

sys.setswitchinterval(1e-6)
pipeline, inner = Gst.Pipeline.new("pipeline"), Gst.Bin.new("inner")
pipeline.add(inner)
over = threading.Event()

def add():
    while not over.is_set():
        one = Strip()
        one.known = True
        inner.add(one)
        inner.remove(one)

adds = threading.Thread(target=add)
adds.start()
for number in range(50_000):
    put(inner, async_handling=number % 2 == 0)
over.set()
adds.join()
"""


def test_a_property_is_set_while_another_thread_adds_to_the_bin() -> None:
    """PyGObject's own ``set_property`` stands still within 50 000 times."""
    subprocess.run([sys.executable, "-c", AT_ONCE], check=True, timeout=120)


def test_a_property_that_an_element_does_not_have_is_told() -> None:
    from deepstream.twin.elements.nvmm import make, put

    with pytest.raises(RuntimeError, match="no property 'max-size-bufers'"):
        put(make("queue"), max_size_bufers=3)
