"""A list of sources (``sources.csv``): a row of key names, then a row for each source.

DeepStream splits at every comma and knows no quotes (``deepstream_app_config_parser_yaml.cpp``).
"""

from __future__ import annotations

from collections.abc import Iterator

from train2edge.errors import InputError
from train2edge.settings_file.document import Format, Parsed
from train2edge.settings_file.node import Node


def parse(text: str) -> Parsed:
    rows = [(number, start, line) for number, start, line in _lines(text) if line.strip()]
    if not rows:
        return Parsed(Node("", "map", 1, (0, 0)))
    header = [name.strip() for name in rows[0][2].split(",")]
    problems = [
        (number, f"{len(line.split(','))} values for {len(header)} columns")
        for number, _, line in rows[1:]
        if len(line.split(",")) != len(header)
    ]
    children = (_row(count, row, header) for count, row in enumerate(rows))
    return Parsed(Node("", "map", 1, (0, 0), children=tuple(children)), (), tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        yield number, start, raw.removesuffix("\r")
        start += len(raw) + 1


def _row(count: int, row: tuple[int, int, str], header: list[str]) -> Node:
    """The header's own row is called ``header``; its cells carry the names twice."""
    number, start, line = row
    cells: list[Node] = []
    for place, cell in enumerate(line.split(",")):
        key = header[place] if place < len(header) else f"#{place}"
        at = start + len(cell) - len(cell.lstrip())
        span = (at, at + len(cell.strip()))
        cells.append(Node(key, "scalar", number, span, cell.strip(), cell))
        start += len(cell) + 1
    name = f"source{count - 1}" if count else "header"
    return Node(name, "map", number, cells[0].span, children=tuple(cells))


def render(parsed: Parsed) -> str:
    rows = (",".join(cell.value for cell in row.children) for row in parsed.root.children)
    return "".join(f"{row}\n" for row in rows)


def _spell(value: str, node: Node) -> str:
    if "," in value or "\n" in value:
        raise InputError(f"{value!r} cannot be a cell: DeepStream splits a row at every comma")
    return value


def _line(key: str, value: str, like: Node | None) -> str:
    raise InputError(f"no column {key}: a row has a cell for every column already")


FORMAT = Format("csv", parse, render, _spell, _line)
