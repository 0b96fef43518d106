"""Pipelines that still play when the program that made them is over."""

from __future__ import annotations

import gc
import threading
from typing import Any

from deepstream.twin.gst import Gst

PATIENCE = 10.0  # seconds until a pipeline that does not stop is left to itself


def stop() -> None:
    """Stop everything that plays in this process.

    Its threads would call Python while the interpreter goes down, which aborts the process: a
    program that leaves by ``sys.exit`` or an exception would lose its exit code.
    """
    known = [one for one in gc.get_objects() if issubclass(type(one), Gst.Element)]
    roots = {hash(root): root for root in map(_root, known)}
    for root in roots.values():
        if root.current_state != Gst.State.NULL:
            _stop(root)


def _root(element: Any) -> Any:
    while (parent := element.get_parent()) is not None:
        element = parent
    return element


def _stop(root: Any) -> None:
    """Beside this thread: a pipeline may wait for something that will not come any more."""
    worker = threading.Thread(target=root.set_state, args=(Gst.State.NULL,), daemon=True)
    worker.start()
    worker.join(PATIENCE)
