"""A thread for each source: nothing that replaces a source may run in the source's own threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

WATCH = 0.5  # seconds between two looks


class Watchdog:
    """Calls ``look`` twice a second, and at once when it is woken, until that gives ``False``."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self.look = look
        self.looking = threading.RLock()  # an error that a look tells of may end everything
        self.woken = threading.Event()
        self.stopped = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def wake(self) -> None:
        self.woken.set()

    def stop(self) -> None:
        """No look goes on or begins once this has returned."""
        with self.looking:
            self.stopped = True
        self.woken.set()

    def _run(self) -> None:
        going = True
        while going:
            self.woken.wait(WATCH)
            self.woken.clear()
            with self.looking:
                going = not self.stopped and self.look()
