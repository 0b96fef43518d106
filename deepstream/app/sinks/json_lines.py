"""``json_lines[=FILE]``: a JSON object a frame, in ``detections.jsonl`` of the results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepstream.app.frame import Frame, record
from deepstream.app.sinks import OPTION, Place, Sink
from train2edge.errors import InputError
from train2edge.files import writing

NAME = "detections.jsonl"


@contextmanager
def opened(value: str, place: Place) -> Iterator[Sink]:
    path = Path(value) if value else place.out / NAME if place.out else None
    if path is None:
        hint = "json_lines=FILE, or -o OUT"
        raise InputError("json_lines does not know where to write", where=OPTION, hint=hint)
    with writing(path) as out:

        def write(frame: Frame) -> None:
            out.write(json.dumps(record(frame)) + "\n")

        yield Sink(finished=write, files=(path,))
