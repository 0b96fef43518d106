"""A client of the app's RTSP stream, as a player is one: reads frames, keeps some as pictures."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import cv2

EVERY = 25  # frames between two that are kept
PATIENCE = 30_000  # milliseconds until the first whole picture, which a busy machine takes
SETTINGS = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, PATIENCE, cv2.CAP_PROP_READ_TIMEOUT_MSEC, PATIENCE]


class Client:
    """``frames`` is how many came, ``pictures`` are the files that were kept."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.frames = 0
        self.pictures: list[Path] = []
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def watch(self, alive: Callable[[], bool]) -> None:
        """Connect as soon as there is a server, and read until it is gone."""
        while alive():
            if self._served():
                self._read()
            time.sleep(0.2)

    def _served(self) -> bool:
        try:
            socket.create_connection(("localhost", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _read(self) -> None:
        address = f"rtsp://localhost:{self.port}/ds-test"
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
            "rtsp_transport;tcp"  # a busy machine loses UDP
        )
        reader = cv2.VideoCapture(address, cv2.CAP_FFMPEG, SETTINGS)
        while True:
            more, picture = reader.read()
            if not more:
                return
            self.frames += 1
            if self.frames % EVERY == 1:
                path = self.folder / f"{self.frames:06}.png"
                cv2.imwrite(str(path), picture)
                self.pictures.append(path)
