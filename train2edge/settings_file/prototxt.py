"""protobuf's text format, as nvinferserver's files are written, without a schema.

Values are told by their text: quotes and escapes of strings are undone, names and numbers are
left as they stand (https://protobuf.dev/reference/protobuf/textformat-spec/).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from train2edge.settings_file.document import Format, Parsed, Remark, RemarkQueue
from train2edge.settings_file.node import Node

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>\#[^\r\n]*)|(?P<mark>[{}<>\[\]:,;])"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<word>-?[\w.+\-/]+)|(?P<other>.)""",
    re.DOTALL,
)
_CLOSING = {"{": "}", "<": ">"}
_ESCAPE = re.compile(
    r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL
)
END = "the end of the file"
_BYTE = 0xF0000  # in Unicode's private plane, where no file's letters are
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    line: int


class _Refusal(Exception):
    """What is wrong and the line."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.remarks: list[Remark] = []
        self.tokens = list(self._tokens(text))
        self.at = 0

    def _tokens(self, text: str) -> Iterator[_Token]:
        line = 1
        for match in _TOKEN.finditer(text):
            kind = str(match.lastgroup)
            if kind == "comment":
                own = not text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
                self.remarks.append(Remark(match[0].rstrip(), line, own))
            elif kind != "space":
                yield _Token(kind, match[0], match.start(), line)
            line += match[0].count("\n")
        yield _Token("end", END, len(text), line)

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> _Token:
        token = self.token
        if texts and token.text not in texts:
            wanted = " or ".join(texts)
            raise _Refusal(f"{token.text!r} where {wanted} is wanted", token.line)
        self.at += 1
        return token

    def fields(self, closing: str | None) -> tuple[Node, ...]:
        found: list[Node] = []
        while self.token.kind != "end" and self.token.text != closing:
            found.append(self.field())
            if self.token.text in (",", ";"):
                self.take()
        return tuple(found)

    def field(self) -> Node:
        name = self.name()
        colon = self.token.text == ":"
        if colon:
            self.take(":")
        found = self.value(name.text, name.line)
        messages = found.kind == "map" or all(one.kind == "map" for one in found.children)
        if not colon and (found.kind == "scalar" or not messages):
            raise _Refusal(f"no ':' after {name.text}", name.line)
        return found

    def name(self) -> _Token:
        """A field's name; an extension or a type of ``Any`` stands in brackets."""
        first = self.take()
        if first.text == "[" and self.token.kind == "word":
            inner = self.take()
            self.take("]")
            return dataclasses.replace(inner, text=f"[{inner.text}]")
        if first.kind != "word":
            raise _Refusal(f"{first.text!r} where a field's name is wanted", first.line)
        return first

    def value(self, key: str, line: int) -> Node:
        opening = self.token
        if opening.text in _CLOSING:
            return self._message(key, line)
        if opening.text == "[":
            return self._list(key, line)
        if opening.kind == "string":
            return self._string(key, line)
        if opening.kind != "word":
            raise _Refusal(f"{opening.text!r} where a value is wanted", opening.line)
        self.take()
        end, value = opening.start + len(opening.text), opening.text
        if value == "-" and self.token.kind == "word":  # the sign may stand apart
            end, value = self.token.start + len(self.token.text), f"-{self.take().text}"
        return Node(key, "scalar", line, (opening.start, end), value, value)

    def _message(self, key: str, line: int) -> Node:
        opening = self.take("{", "<")
        children = self.fields(_CLOSING[opening.text])
        if self.token.kind == "end":
            raise _Refusal(f"{key} is opened here and not closed before {END}", opening.line)
        closing = self.take(_CLOSING[opening.text])
        return Node(key, "map", line, (opening.start, closing.start), children=children)

    def _list(self, key: str, line: int) -> Node:
        opening = self.take("[")
        items: list[Node] = []
        while self.token.text != "]":
            items.append(self.value("", self.token.line))
            if self.token.text != "]":
                self.take(",")
        closing = self.take("]")
        return Node(key, "list", line, (opening.start, closing.start + 1), children=tuple(items))

    def _string(self, key: str, line: int) -> Node:
        """One string, or several side by side, which are one."""
        parts: list[_Token] = []
        while self.token.kind == "string":
            parts.append(self.take())
        span = (parts[0].start, parts[-1].start + len(parts[-1].text))
        value = "".join(_unquoted(one.text) for one in parts)
        return Node(key, "scalar", line, span, value, '"')


def parse(text: str) -> Parsed:
    reader = _Reader(text)
    try:
        root = Node("", "map", 1, (0, len(text)), children=reader.fields(None))
    except _Refusal as error:
        what, line = error.args
        whole = Node("", "scalar", 1, (0, len(text)), text, text)
        root = Node("", "list", 1, (0, 0), children=(whole,))
        return Parsed(root, (), ((line, f"not protobuf's text form: {what}"),))
    return Parsed(root, tuple(reader.remarks))


def _unquoted(text: str) -> str:
    """Numbers of escapes are bytes of UTF-8."""

    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        number = int(code[1:], 16) if code[0] == "x" and len(code) > 1 else None
        if code[0] in "01234567":
            number = int(code, 8)
        return _LETTERS.get(code, code) if number is None else chr(_BYTE + number % 256)

    return _joined(_ESCAPE.sub(letter, text[1:-1]))


def _joined(text: str) -> str:
    """The text with its bytes, which ``_BYTE`` marks, made letters where they are some."""
    parts = re.split(f"([{chr(_BYTE)}-{chr(_BYTE + 255)}]+)", text)
    for at in range(1, len(parts), 2):
        data = bytes(ord(one) - _BYTE for one in parts[at])
        parts[at] = data.decode("utf-8", "surrogateescape")
    return "".join(parts)


def render(parsed: Parsed) -> str:
    if parsed.problems:
        return parsed.root.children[0].written
    queue = RemarkQueue(parsed.remarks)
    lines = list(_lines(parsed.root, "", queue))
    lines += queue.rest()
    return "".join(f"{one}\n" for one in lines)


def _lines(node: Node, indent: str, queue: RemarkQueue) -> Iterator[str]:
    for one in node.children:
        yield from queue.before(one.line)
        if one.kind == "map":
            yield f"{indent}{one.key} {{" + queue.beside(one.line)
            yield from _lines(one, f"{indent}  ", queue)
            yield f"{indent}}}"
        else:
            yield f"{indent}{one.key}: {_inline(one)}" + queue.beside(one.line)


def _inline(node: Node) -> str:
    if node.kind == "map":
        return "{" + " ".join(f"{one.key}: {_inline(one)}" for one in node.children) + "}"
    if node.kind == "list":
        return "[" + ", ".join(_inline(one) for one in node.children) + "]"
    return _quoted(node.value) if node.written == '"' else node.value


def _quoted(value: str) -> str:
    inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    data = re.sub(r"[\x00-\x1f\x7f\udc80-\udcff]", _escaped, inner)
    return f'"{data}"'


def _escaped(match: re.Match[str]) -> str:
    """Control characters, and bytes that are no text, as octal numbers."""
    return f"\\{ord(match[0]) & 0xFF:03o}"


def _spell(value: str, node: Node) -> str:
    return _quoted(value) if node.written == '"' else value


def _line(key: str, value: str, like: Node | None) -> str:
    plain = re.fullmatch(r"-?[\d.]+(e-?\d+)?|true|false|[A-Z][A-Z0-9_]+", value)
    return f"{key}: {value if plain else _quoted(value)}"


FORMAT = Format("prototxt", parse, render, _spell, _line)
