"""What a plan needs before anything is started: its videos, and the files of its messages.

A pipeline starts from its end: a broker is connected to before the converter in front of it opens
its file. So all of them are read here first, and everything that is wrong is told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deepstream.messages import broker, brokers, site
from deepstream.twin.pieces import Piece, TwinPlan
from deepstream.twin.playing import local
from train2edge.errors import InputError, Problem, ProblemsError


def check_files(plan: TwinPlan, *, stand_ins: bool) -> None:
    """``ProblemsError`` with every file of ``plan`` that is absent or wrong.

    What brokers there are is known of the ``stand_ins`` alone.
    """
    problems = [*_videos(plan)]
    for piece in plan.pieces:
        if piece.factory == "nvmsgconv":
            problems += _converter(piece)
        if piece.factory == "nvmsgbroker" and stand_ins:
            problems += _broker(piece)
    if problems:
        raise ProblemsError(list(dict.fromkeys(problems)))  # two sinks may share a file


def _videos(plan: TwinPlan) -> Iterator[Problem]:
    for where, uri in zip(plan.places, plan.uris, strict=True):
        path = local(uri)
        if path is not None and not path.is_file():
            yield Problem(where, f"no such video: {path}")
        elif "://" not in uri:
            yield Problem(where, f"{uri!r} is no address", f"file://{uri}")


def _converter(piece: Piece) -> tuple[Problem, ...]:
    config = piece.properties.get("config")
    return _told(piece, site.read, Path(str(config))) if config else ()


def _broker(piece: Piece) -> tuple[Problem, ...]:
    asked, where = piece.properties, piece.where
    config = Path(str(asked["config"])) if "config" in asked else None
    address, topic = str(asked.get("conn-str", "")), str(asked.get("topic", ""))
    return (
        *_told(piece, brokers.check, str(asked["proto-lib"]), config, where),
        *_told(piece, broker.address, address, topic, where),
    )


def _told(piece: Piece, read: Callable[..., Any], *arguments: Any) -> tuple[Problem, ...]:
    try:
        read(*arguments)
    except ProblemsError as error:
        return error.problems
    except InputError as error:
        return (Problem(error.where or piece.where, error.message, error.hint),)
    return ()
