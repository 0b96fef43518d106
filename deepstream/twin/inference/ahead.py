"""Batches that are under way: begun in order, pushed in order, several computed at a time.

gst-nvinfer does so too: one thread queues batches for the device, another waits for the oldest,
reads its outputs and pushes it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from deepstream.twin.gst import Gst

Finish = Callable[[], Any]  # what is left to do with a buffer, its push included; gives the flow


class Ahead:
    """A thread that finishes buffers in the order in which they came.

    ``most`` of them may wait; who brings another waits as well.
    """

    def __init__(self, most: int) -> None:
        self.waiting: queue.Queue[Finish | None] = queue.Queue(most)
        self.flow = Gst.FlowReturn.OK
        self.thread = threading.Thread(target=self._run, name="nvinfer", daemon=True)
        self.thread.start()

    def put(self, finish: Finish) -> Any:
        """Queue ``finish``; gives the last flow there was.

        What follows a flow that is not OK is dropped: it has nowhere to go.
        """
        if self.flow == Gst.FlowReturn.OK:
            self.waiting.put(finish)
        return self.flow

    def drain(self) -> None:
        """Wait until all is pushed: an event must not overtake the buffers before it."""
        self.waiting.join()

    def begin(self) -> None:
        """Buffers have somewhere to go again."""
        self.drain()
        self.flow = Gst.FlowReturn.OK

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self.flow = Gst.FlowReturn.FLUSHING
        self.waiting.put(None)
        self.thread.join()

    def _run(self) -> None:
        while (finish := self.waiting.get()) is not None:
            if self.flow == Gst.FlowReturn.OK:
                flow = finish()
                self.flow = flow if self.flow == Gst.FlowReturn.OK else self.flow
            del finish
            self.waiting.task_done()
