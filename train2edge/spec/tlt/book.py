"""The book that an import keeps: the experiment's values, and an outcome for every old key."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from train2edge.errors import Problem
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.outcome import Outcome, Setting, Verdict
from train2edge.spec.tlt.paths import Paths

Location = tuple[str | int, ...]
Rest = Mapping[str, tuple[Literal["-", "x"], str]]

_TRUE = {"true", "t", "1", "yes", "on"}
_FALSE = {"false", "f", "0", "no", "off"}
_VERDICTS: Mapping[str, Verdict] = {"-": "not needed here", "x": "not possible here"}


class Book:
    """Filled by one network's importer; ``rest`` gives the keys that nobody told a word."""

    def __init__(self, paths: Paths, *, several_files: bool = False) -> None:
        self.paths = paths
        self.settings: dict[Location, Setting] = {}
        self.problems: list[Problem] = []
        self.statements: list[str] = []
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._several = several_files

    @property
    def outcomes(self) -> list[Outcome]:
        return list(self._outcomes.values())

    def number(self, leaf: Leaf | None) -> float | None:
        """What a value says as a number of 32 bits, which is how protobuf keeps it."""
        value = self._exact(leaf, "a number")
        return None if value is None else float(str(np.float32(value)))

    def whole(self, leaf: Leaf | None) -> int | None:
        """A whole number; ``2.0`` is one."""
        value = self._exact(leaf, "a whole number")
        if leaf is None or value is None:
            return None
        if not value.is_integer():
            self._refuse(leaf, "a whole number")
            return None
        return int(value)

    def truth(self, leaf: Leaf | None, default: bool = False) -> bool:
        if leaf is None:
            return default
        word = leaf.text.lower()
        if word not in _TRUE | _FALSE:
            self._refuse(leaf, "true or false")
        return word in _TRUE

    def take(self, leaf: Leaf | None, to: str, value: object) -> None:
        """The value, as it is; ``None`` (not given, or no value) is passed over."""
        if leaf is not None and value is not None:
            self.take_all([leaf], to, value)

    def take_all(self, leaves: Iterable[Leaf], to: str, value: object) -> None:
        """One value that several old ones say together, unchanged."""
        leaves = list(leaves)
        self._set(to, value, leaves, "")
        for one in leaves:
            self.tell(one, "taken over", to)

    def change(self, leaf: Leaf | None, to: str, value: object, why: str) -> None:
        """The value in other units or with another meaning."""
        if leaf is not None and value is not None:
            self.join([leaf], to, value, why)

    def join(self, leaves: Iterable[Leaf], to: str, value: object, why: str) -> None:
        """One value made of several old ones."""
        leaves = list(leaves)
        self._set(to, value, leaves, why)
        for one in leaves:
            self.tell(one, "changed", to, why)

    def needless(self, leaf: Leaf | None, why: str) -> None:
        if leaf is not None:
            self.tell(leaf, "not needed here", why=why)

    def impossible(self, leaf: Leaf | None, why: str) -> None:
        if leaf is not None:
            self.tell(leaf, "not possible here", why=why)

    def default(self, to: str, value: object, why: str) -> None:
        """A value that the old file does not name, unless something stands there already."""
        self.settings.setdefault(location(to), Setting(value, why))

    def open(self, to: str, value: object, why: str) -> None:
        """A value that somebody has to write: the old file does not say it."""
        self.settings[location(to)] = Setting(value, why, is_open=True)

    def value(self, to: str) -> object:
        found = self.settings.get(location(to))
        return None if found is None else found.value

    def state(self, text: str) -> None:
        """Something to know of the whole."""
        if text not in self.statements:
            self.statements.append(text)

    def problem(self, leaf: Leaf, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(leaf.place, f"{leaf.name}: {message}", hint))

    def rest(self, root: Group, tables: Iterable[Rest]) -> None:
        """An outcome for every key that has none: what the tables say of it, else that it is
        not known."""
        known = [(pattern, told) for table in tables for pattern, told in table.items()]
        for leaf in root.walk():
            if (leaf.place, leaf.name) in self._outcomes:
                continue
            found = (told for glob, told in known if fnmatch.fnmatchcase(leaf.pattern, glob))
            kind, why = next(found, ("x", UNKNOWN))
            if not leaf.is_given:
                kind, why = "-", "nothing stands there"
            self.tell(leaf, _VERDICTS[kind], why=why)

    def _exact(self, leaf: Leaf | None, wanted: str) -> float | None:
        if leaf is None:
            return None
        try:
            value = float(leaf.text.removesuffix("f"))
        except ValueError:
            value = math.nan
        if not math.isfinite(np.float32(value)):
            self._refuse(leaf, wanted)
            return None
        return value

    def _set(self, to: str, value: object, leaves: list[Leaf], why: str) -> None:
        names = _origins(leaves, self._several)
        place = leaves[0].place if leaves else ""
        self.settings[location(to)] = Setting(value, f"{names}: {why}" if why else names, place)

    def tell(self, leaf: Leaf, verdict: Verdict, to: str = "", why: str = "") -> None:
        """What became of a key; one that goes to several places has them all, else the last word
        counts."""
        before = self._outcomes.get((leaf.place, leaf.name))
        if before is not None and before.to and to and to not in before.to.split(", "):
            to = f"{before.to}, {to}"
            verdict = verdict if before.verdict == "taken over" else before.verdict
            why = before.why if why in before.why else "; ".join(filter(None, (before.why, why)))
        self._outcomes[leaf.place, leaf.name] = Outcome(
            leaf.name, leaf.text, leaf.place, leaf.line, verdict, to, why
        )

    def _refuse(self, leaf: Leaf, wanted: str) -> None:
        told = Problem(leaf.place, f"{leaf.name}: '{leaf.text}' where {wanted} is wanted")
        if told not in self.problems:
            self.problems.append(told)
        self.tell(leaf, "not possible here", why=f"is not {wanted}")


UNKNOWN = "not known to t2e and not taken over; is it spelt right?"


def location(to: str) -> Location:
    """``dataset.train.0.images`` as keys and numbers; what stands in ``[...]`` is one key."""
    keys = re.findall(r"\[(.*?)\](?:\.|$)|([^.\[]+)", to)
    return tuple(named or (int(key) if key.isdigit() else key) for named, key in keys)


def _origins(leaves: list[Leaf], several: bool) -> str:
    """Keys with their lines; a key that every class has is named once."""
    lines: dict[tuple[str, Path], list[str]] = {}
    alike = len({one.pattern for one in leaves}) < len(leaves)
    for one in leaves:
        lines.setdefault((one.pattern if alike else one.name, one.file), []).append(str(one.line))
    told = []
    for (name, file), numbers in lines.items():
        word = "line" if len(numbers) == 1 else "lines"
        place = f" of {file.name}" if several else ""
        told.append(f"{name} ({word} {', '.join(numbers)}{place})")
    return ", ".join(told)
