"""JSON with line numbers: the elements of a file's arrays, and where each of them begins."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from json.decoder import WHITESPACE  # type: ignore[attr-defined]
from typing import Any


def elements(text: str, arrays: Collection[str]) -> Iterator[tuple[str, int, int, Any]]:
    """Array, index, line and value of each element of the top level's ``arrays``.

    Raises ``json.JSONDecodeError`` for what is no JSON object.
    """
    scanner = _Scanner(text)
    for key in scanner.members():
        if key not in arrays or not scanner.sees("["):
            scanner.value()
            continue
        index = 0
        while scanner.more("[", "]", first=index == 0):
            line = scanner.line()
            yield key, index, line, scanner.value()
            index += 1


class _Scanner:
    """A place in the text that moves on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._line, self._counted = 1, 0
        self._decoder = json.JSONDecoder()

    def members(self) -> Iterator[str]:
        """The keys of the object here; whoever takes one reads its value before the next."""
        first = True
        while self.more("{", "}", first=first):
            first = False
            if not self.sees('"'):
                self._expect('"')
            key = self.value()
            self._expect(":")
            yield key
        self._skip()
        if self.at < len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, self.at)

    def more(self, opening: str, closing: str, *, first: bool) -> bool:
        """Step over what stands before the next element; false at the end."""
        if first:
            self._expect(opening)
            if not self.sees(closing):
                return True
        elif not self.sees(closing):
            self._expect(",")
            return True
        self._expect(closing)
        return False

    def sees(self, letter: str) -> bool:
        self._skip()
        return self.text.startswith(letter, self.at)

    def value(self) -> Any:
        self._skip()
        value, self.at = self._decoder.raw_decode(self.text, self.at)
        return value

    def line(self) -> int:
        """The line, from 1, of what comes next."""
        self._skip()
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _skip(self) -> None:
        self.at = WHITESPACE.match(self.text, self.at).end()

    def _expect(self, letter: str) -> None:
        if not self.sees(letter):
            raise json.JSONDecodeError(f"'{letter}' is wanted", self.text, self.at)
        self.at += 1
