"""Record fields that a key of a settings file fills, and the reading of one section into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train2edge.errors import Problem
from train2edge.nvinfer.values import Read
from train2edge.settings_file import SettingsFile


@dataclass(frozen=True)
class Key:
    """The field that a key fills and how its text is read; paths start at the file's folder."""

    field: str
    read: Read
    is_list: bool
    is_path: bool

    def value(self, text: str, file: SettingsFile) -> Any:
        """The field's value; ``ValueError`` that says what was wanted."""
        if self.is_list and file.is_yaml and text.endswith(";"):
            raise ValueError(f"'{text}': in YAML the ';' at the end is one value more")
        found = self.read(text)
        return (file.path.parent / str(found)).absolute() if self.is_path else found


def key(read: Callable[[str], object], default: Any, name: str | None = None) -> Any:
    """A field that the configuration's key ``name`` (else the field's, with dashes) fills."""
    return dataclasses.field(default=default, metadata={"read": read, "name": name})


def keys_of(record: type[Any]) -> dict[str, Key]:
    """The keys that fill the fields of ``record``."""
    return {
        one.metadata["name"] or one.name.replace("_", "-"): Key(
            one.name,
            one.metadata["read"],
            str(one.type).startswith("tuple"),
            str(one.type).startswith(Path.__name__),
        )
        for one in dataclasses.fields(record)
        if "read" in one.metadata
    }


def read_section(
    file: SettingsFile, section: str, known: Mapping[str, Key], problems: list[Problem]
) -> dict[str, Any]:
    """Field values of the section's known keys, in file order; bad ones go to ``problems``."""
    values: dict[str, Any] = {}
    for name, entry in file.sections.get(section, {}).items():
        if name not in known:
            continue
        try:
            values[known[name].field] = known[name].value(entry.value, file)
        except ValueError as error:
            problems.append(Problem(file.where(section, name), f"{name}: {error}"))
    return values
