"""YAML as DeepStream's parsers (yaml-cpp, OpenCV's FileStorage) read it: the text of scalars.

OpenCV's first line ``%YAML:1.0`` may stand below comments; ``%YAML 1.2`` needs no ``---`` after it;
keys may stand twice; tabs may stand where spaces separate. Positions are those of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from train2edge.settings_file.document import Format, Node, Parsed, Remark, RemarkQueue

_DOCUMENTS = "documents"
_HEADER = re.compile(r"^%(?=YAML)", re.MULTILINE)
_SEPARATING_TABS = re.compile(r"(?<=[:,\-\[{])\t[\t ]*|[\t ]*\t[\t ]*(?=#|\r?$)", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_./+$\-][A-Za-z0-9_./+$;=%~@()\-]*(:[A-Za-z0-9_./;\\-]+)*\Z")


def parse(text: str) -> Parsed:
    body = _HEADER.sub("#", text)
    body = _SEPARATING_TABS.sub(lambda match: " " * len(match[0]), body)
    try:
        documents = list(yaml.compose_all(body, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = (line, f"not YAML: {getattr(error, 'problem', None) or error}")
        whole = Node("", "scalar", 1, (0, len(text)), text, text)
        return Parsed(Node("", "list", 1, (0, 0), children=(whole,)), (), (problem,))
    roots = tuple(_node("", one, one.start_mark.line + 1, text) for one in documents)
    root = roots[0] if len(roots) == 1 else Node(_DOCUMENTS, "map", 1, (0, 0), children=roots)
    return Parsed(root, tuple(_remarks(text, body)))


def _node(key: str, node: yaml.Node, line: int, text: str) -> Node:
    span = (node.start_mark.index, node.end_mark.index)
    written = text[slice(*span)]
    if isinstance(node, yaml.ScalarNode):
        return Node(key, "scalar", line, span, str(node.value), written)
    if isinstance(node, yaml.MappingNode):
        pairs = ((_key(name, text), name, value) for name, value in node.value)
        children = (_node(name, value, at.start_mark.line + 1, text) for name, at, value in pairs)
        return Node(key, "map", line, span, children=tuple(children))
    items = (_node("", one, one.start_mark.line + 1, text) for one in node.value)
    return Node(key, "list", line, span, children=tuple(items))


def _key(node: yaml.Node, text: str) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return text[node.start_mark.index : node.end_mark.index]


def _remarks(text: str, body: str) -> Iterator[Remark]:
    """Comments and headers: what stands between the tokens and is no space."""
    end = 0
    for token in yaml.scan(body, Loader=yaml.SafeLoader):
        header = isinstance(token, (yaml.DirectiveToken, yaml.DocumentStartToken))
        start, stop = token.start_mark.index, token.end_mark.index
        yield from _comments(text, end, start)
        if header:
            yield Remark(text[start:stop].strip(), token.start_mark.line + 1, True)
        end = max(end, stop)
    yield from _comments(text, end, len(text))


def _comments(text: str, start: int, end: int) -> Iterator[Remark]:
    for match in re.finditer(r"[#%][^\r\n]*", text[start:end]):
        at = start + match.start()
        line_start = text.rfind("\n", 0, at) + 1
        own = not text[line_start:at].strip()
        yield Remark(match[0].rstrip(), text.count("\n", 0, at) + 1, own)


def render(parsed: Parsed) -> str:
    if parsed.problems:
        return parsed.root.children[0].written
    queue = RemarkQueue(parsed.remarks)
    root = parsed.root
    documents = root.children if root.key == _DOCUMENTS else (root,)
    lines = [line for one in documents for line in _lines(one, "", queue)]
    lines += queue.rest()
    return "".join(f"{one}\n" for one in lines)


def _lines(node: Node, indent: str, queue: RemarkQueue) -> Iterator[str]:
    for one in node.children:
        yield from queue.before(one.line)
        head = f"{indent}{_quoted(one.key)}:" if node.kind == "map" else f"{indent}-"
        if one.kind == "scalar":
            yield f"{head} {_quoted(one.value, one)}".rstrip() + queue.beside(one.line)
        elif one.children:
            yield head + queue.beside(one.line)
            yield from _lines(one, f"{indent}  ", queue)
        else:
            yield f"{head} {'{}' if one.kind == 'map' else '[]'}" + queue.beside(one.line)


def _quoted(value: str, node: Node | None = None) -> str:
    if _PLAIN.match(value) or (node and node.written == value and "\n" not in value):
        return value
    return json.dumps(value, ensure_ascii=False) if value or (node and node.written) else ""


def _spell(value: str, node: Node) -> str:
    return _quoted(value) if value else '""'


def _line(key: str, value: str, like: Node | None) -> str:
    return f"  {key}: {_quoted(value)}"


FORMAT = Format("yaml", parse, render, _spell, _line)
