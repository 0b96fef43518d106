"""YAML as DeepStream's parsers (yaml-cpp, OpenCV's FileStorage) read it: the text of scalars.

OpenCV's first line ``%YAML:1.0`` may stand below comments; ``%YAML 1.2`` needs no ``---`` after it;
keys may stand twice; tabs may stand where spaces separate. Positions are those of the file.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from train2edge.settings_file.document import Format, Parsed, Remark, RemarkQueue
from train2edge.settings_file.node import Node
from train2edge.yaml_loader import Loader

_DOCUMENTS = "documents"
# Anchor and tag in front of a value.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+|[&!]\S*\Z)+")
_ALIAS = re.compile(r"\*[^\s,\[\]{}]+\Z")
_TAG = re.compile(r"(?<!\S)!\S*")
_LONGEST_KEY = 500  # of 1024 that a key may have on one line with its value
_HEADER = re.compile(r"^%(?=YAML)", re.MULTILINE)
_SEPARATING_TABS = re.compile(r"(?<=[:,\-\[{])\t[\t ]*|[\t ]*\t[\t ]*(?=#|\r?$)", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_./+$\-][A-Za-z0-9_./+$;=%~@()\-]*(:[A-Za-z0-9_./;\\-]+)*\Z")


def parse(text: str) -> Parsed:
    body = _HEADER.sub("#", text)
    body = _SEPARATING_TABS.sub(lambda match: " " * len(match[0]), body)
    try:
        documents = list(yaml.compose_all(body, Loader=_Loader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = (line, f"not YAML: {getattr(error, 'problem', None) or error}")
        whole = Node("", "scalar", 1, (0, len(text)), text, text)
        return Parsed(Node("", "list", 1, (0, 0), children=(whole,)), (), (problem,))
    roots = tuple(_node("", one, one.start_mark.line + 1, text) for one in documents)
    one = len(roots) == 1 and roots[0].kind != "scalar"
    root = roots[0] if one else Node(_DOCUMENTS, "map", 1, (0, 0), children=roots)
    return Parsed(root, tuple(_remarks(text, body)))


class _Loader(Loader):
    """Gives an alias a place of its own; PyYAML gives it its anchor's."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        is_alias = self.check_event(yaml.AliasEvent)
        alias = self.peek_event() if is_alias else None  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if alias is not None and node is not None:
            node = copy.copy(node)
            node.start_mark, node.end_mark = alias.start_mark, alias.end_mark
        return node


def _node(key: str, node: yaml.Node, line: int, text: str) -> Node:
    start, end = node.start_mark.index, node.end_mark.index
    head = _PROPERTIES.match(text, start, end)
    tag = _TAG.search(head[0]) if head else None
    span = (head.end() if head else start, end)
    bare = _bare(key, node, line, text, span)
    is_alias = _ALIAS.match(text, *span) is not None
    return dataclasses.replace(bare, tag=tag[0] if tag else "", is_alias=is_alias)


def _bare(key: str, node: yaml.Node, line: int, text: str, span: tuple[int, int]) -> Node:
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
    lines = [line for one in documents for line in _document(one, queue)]
    lines += queue.rest()
    return "".join(f"{one}\n" for one in lines)


def _document(node: Node, queue: RemarkQueue) -> Iterator[str]:
    if node.kind != "scalar":
        yield from _lines(node, "", queue)
        return
    yield from queue.before(node.line)
    yield _tagged(node, _quoted(node.value, node)) + queue.beside(node.line)


def _lines(node: Node, indent: str, queue: RemarkQueue) -> Iterator[str]:
    for one in node.children:
        yield from queue.before(one.line)
        head = f"{indent}{_key_of(one, indent)}:" if node.kind == "map" else f"{indent}-"
        if one.kind == "scalar":
            value = _tagged(one, _quoted(one.value, one))
            yield f"{head} {value}".rstrip() + queue.beside(one.line)
        elif one.children:
            yield f"{head} {one.tag}".rstrip() + queue.beside(one.line)
            yield from _lines(one, f"{indent}  ", queue)
        else:
            empty = _tagged(one, "{}" if one.kind == "map" else "[]")
            yield f"{head} {empty}" + queue.beside(one.line)


def _inline(node: Node) -> str:
    """YAML's flow style, on one line: what stands in the place of an alias."""
    if node.kind == "scalar":
        value = _quoted(node.value, node)
        bare = value[:1] not in ("'", '"') and any(one in ",[]{}" for one in value)
        return _tagged(node, json.dumps(node.value, ensure_ascii=False) if bare else value)
    if node.kind == "list":
        return _tagged(node, f"[{', '.join(map(_inline, node.children))}]")
    pairs = (f"{_quoted(one.key)}: {_inline(one)}" for one in node.children)
    return _tagged(node, f"{{{', '.join(pairs)}}}")


def _key_of(node: Node, indent: str) -> str:
    """A long key needs a line of its own; ``<<`` takes in another map, and quoted is but a name."""
    key = node.key if node.key == "<<" else _quoted(node.key)
    return f"? {key}\n{indent}" if len(key) > _LONGEST_KEY else key


def _tagged(node: Node, value: str) -> str:
    return f"{node.tag} {value}" if node.tag else value


def _quoted(value: str, node: Node | None = None) -> str:
    """Quoted where it must be, and where it was: ``"0"`` is a text to OpenCV, 0 a number."""
    was_quoted = node is not None and node.written[:1] in ("'", '"', "|", ">") and node.written
    bare = node is not None and node.written == value and "\n" not in value
    if not was_quoted and (_PLAIN.match(value) or bare):
        return value
    return json.dumps(value, ensure_ascii=False) if value or (node and node.written) else ""


def _spell(value: str, node: Node) -> str:
    return _quoted(value) if value else '""'


def _line(key: str, value: str, like: Node | None) -> str:
    return f"  {key}: {_quoted(value)}"


FORMAT = Format("yaml", parse, render, _spell, _line, _inline)
