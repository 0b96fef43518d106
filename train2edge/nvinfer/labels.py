"""nvinfer's label file: one row a class of a detector, one row an output layer of a classifier.

Rows end with LF (a CR stays), labels within a row are parted by semicolons, empty lines are
skipped, and a semicolon at the end gives one empty label more.
"""

from __future__ import annotations

from pathlib import Path

from train2edge.errors import InputError

Rows = tuple[tuple[str, ...], ...]


def read(path: Path) -> Rows:
    """The labels of ``path``, row by row; ``InputError`` if it cannot be read."""
    try:
        return rows(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None


def rows(text: str) -> Rows:
    return tuple(tuple(line.split(";")) for line in text.split("\n") if line)


def label(table: Rows, row: int, column: int = 0) -> str | None:
    """The label at a place of the table, or ``None`` where nvinfer finds none."""
    if 0 <= row < len(table) and 0 <= column < len(table[row]):
        return table[row][column]
    return None
