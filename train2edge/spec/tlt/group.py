"""An old specification as a tree of named values, the same from protobuf text and from YAML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from train2edge.settings_file import Node

_REFERENCE = re.compile(r"\$\{([\w.]+)\}")


@dataclass(frozen=True)
class Leaf:
    """One value: its key with all that is around it, where it stands, how it is written.

    ``label`` is the key of a protobuf map's entry: a class's name, mostly.
    """

    name: str
    text: str
    line: int
    file: Path
    label: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def pattern(self) -> str:
        """The name without what stands in brackets: the same for every class and every source."""
        return _without_brackets(self.name)

    @property
    def is_given(self) -> bool:
        """Whether something stands there: YAML's null, OmegaConf's ``???`` and what a reference
        leads to that is not there are nothing."""
        nothing = ("", "null", "~", "None", "???", "??", "[]", "{}")
        return self.text not in nothing and not self.text.startswith("${")


@dataclass(frozen=True)
class Group:
    """A message or a section with what is in it, in the order of the file."""

    name: str
    file: Path
    line: int = 1
    label: str = ""
    entries: tuple[tuple[str, Leaf | Group], ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def keys(self) -> set[str]:
        return {key for key, _ in self.entries}

    def leaves(self, path: str) -> list[Leaf]:
        """Every value of a key that may be repeated; ``a.b`` looks into group ``a``."""
        around, key = self._around(path)
        return [one for name, one in around.entries if name == key and isinstance(one, Leaf)]

    def leaf(self, path: str) -> Leaf | None:
        """A value that is given; of a key that stands twice the last, as protobuf and YAML do."""
        given = [one for one in self.leaves(path) if one.is_given]
        return given[-1] if given else None

    def groups(self, path: str) -> list[Group]:
        around, key = self._around(path)
        return [one for name, one in around.entries if name == key and isinstance(one, Group)]

    def group(self, path: str) -> Group:
        """One group, empty where there is none; given twice they are merged, as protobuf does."""
        found = self.groups(path)
        if len(found) == 1:
            return found[0]
        entries = tuple(entry for one in found for entry in one.entries)
        return Group(path, self.file, found[0].line if found else self.line, entries=entries)

    def has(self, path: str) -> bool:
        around, key = self._around(path)
        return key in around.keys

    def walk(self) -> Iterator[Leaf]:
        """Every value, in the order of the file."""
        for _, one in self.entries:
            if isinstance(one, Leaf):
                yield one
            else:
                yield from one.walk()

    def _around(self, path: str) -> tuple[Group, str]:
        outer, _, key = path.rpartition(".")
        group = self
        for name in outer.split(".") if outer else ():
            group = group.group(name)
        return group, key


def grown(node: Node, file: Path) -> Group:
    """The tree of a reader's root node; OmegaConf's ``${a.b}`` is what stands under ``a.b``."""
    root = _group(node, "", file, "")
    return _resolved(root, root)


def _resolved(group: Group, root: Group) -> Group:
    def text(match: re.Match[str]) -> str:
        found = root.leaf(match[1])
        return found.text if found is not None and "${" not in found.text else match[0]

    def entry(one: Leaf | Group) -> Leaf | Group:
        if isinstance(one, Group):
            return _resolved(one, root)
        return replace(one, text=_REFERENCE.sub(text, one.text)) if "${" in one.text else one

    return replace(group, entries=tuple((key, entry(one)) for key, one in group.entries))


def _group(node: Node, name: str, file: Path, label: str) -> Group:
    items = [item for child in node.children for item in _items(child)]
    counts = Counter(key for key, _, _ in items)
    seen: Counter[str] = Counter()
    entries: list[tuple[str, Leaf | Group]] = []
    for key, item, in_list in items:
        entry = _map_entry(item)
        index = entry[0] if entry else str(seen[key])
        inner = f"{name}.{key}" if name else key
        if entry or in_list or counts[key] > 1:
            inner += f"[{index}]"
        seen[key] += 1
        entries.append((key, _entry(item, inner, file, entry)))
    return Group(name, file, node.line, label, tuple(entries))


def _items(node: Node) -> Iterator[tuple[str, Node, bool]]:
    """A key with its value, or with each value of its list."""
    if node.kind != "list" or not node.children:
        yield node.key, node, False
        return
    for one in node.children:
        yield node.key, one, True


def _map_entry(node: Node) -> tuple[str, Node | None] | None:
    """Label and value of a protobuf map's entry."""
    keys = [one.key for one in node.children]
    if node.kind != "map" or "key" not in keys or not set(keys) <= {"key", "value"}:
        return None
    label = node.find("key")
    return (label.value if label else "", node.find("value"))


def _entry(
    node: Node, name: str, file: Path, entry: tuple[str, Node | None] | None
) -> Leaf | Group:
    label, value = entry if entry else ("", node)
    if value is not None and value.kind == "map" and value.children:
        return _group(value, name, file, label)
    text = "" if value is None else _text(value)
    return Leaf(name, text, node.line, file, label)


def _text(node: Node) -> str:
    if node.kind == "scalar":
        return node.value
    inner = (f"{one.key}: {_text(one)}" if one.key else _text(one) for one in node.children)
    return ("[{}]" if node.kind == "list" else "{{{}}}").format(", ".join(inner))


def _without_brackets(name: str) -> str:
    depth, kept = 0, []
    for letter in name:
        depth += letter == "["
        if not depth:
            kept.append(letter)
        depth -= letter == "]" and depth > 0
    return "".join(kept)
