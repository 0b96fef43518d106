"""Checking an app folder against what DeepStream does with its files.

Rules are functions that look at one kind of file and yield findings; they stand in
``lint_infer.py`` and ``lint_app.py``. Most say what DeepStream passes over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from train2edge.errors import InputError
from train2edge.settings_file import SettingsFile, read
from train2edge.targets import Deployment, deployment

Level = Literal["error", "warning"]
APP_FILES = ("app.txt", "app.yaml")
INFER_FILES = ("infer.txt", "infer.yaml")


@dataclass(frozen=True)
class Finding:
    """One thing: ``where`` is file:line, ``what`` stands there, ``why`` it is wrong, ``fix``."""

    level: Level
    where: str
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.level}: {self.what}: {self.why} ({self.fix})"


@dataclass(frozen=True)
class Context:
    """A file that is looked at, and where it is to run; ``find`` makes a finding in it."""

    file: SettingsFile
    place: Deployment

    @property
    def folder(self) -> Path:
        return self.file.path.parent

    def get(self, section: str, key: str) -> str | None:
        return self.file.get(section, key)

    def number(self, section: str, key: str, default: float) -> float:
        """The number that stands there; ``default`` without one."""
        try:
            return float(self.get(section, key) or default)
        except ValueError:
            return default

    def items(self, section: str, key: str) -> list[str] | None:
        """A ``;`` list, without the empty end that GKeyFile allows."""
        text = self.get(section, key)
        return None if text is None else [one for one in text.split(";") if one.strip()]

    def since(self, release: str) -> bool:
        """Whether the release that is targeted is ``release`` or newer."""
        return _version(self.place.release.name) >= _version(release)

    def find(
        self, level: Level, section: str, key: str | None, why: str, fix: str, what: str = ""
    ) -> Finding:
        value = self.get(section, key) if key else None
        said = what or (f"{key}={value}" if value is not None else f"[{section}] {key or ''}")
        return Finding(level, self.file.where(section, key), said.strip(), why, fix)


def lint(path: Path, target: str, version: str) -> tuple[Finding, ...]:
    """Findings for an app folder, or for one file of it, on ``target`` with DeepStream
    ``version``, in the order of the files.

    Raises ``InputError`` for an unknown device or release, a folder without settings files, and
    a file that cannot be parsed.
    """
    place = deployment(target, version)
    files = [path / name for name in (*APP_FILES, *INFER_FILES)]
    files += sorted(path.glob("infer_secondary*.[ty]*"))
    found = [one for one in ([path] if path.is_file() else files) if one.is_file()]
    if not found:
        raise InputError(
            "no DeepStream settings here", where=str(path), hint="t2e stream config writes them"
        )
    findings: list[Finding] = []
    for file in found:
        findings += _file(Context(read(file), place))
    return tuple(findings)


def _file(context: Context) -> Iterator[Finding]:
    from deepstream import lint_app, lint_infer

    yield from _inline_comments(context)
    sections = context.file.sections
    if "property" in sections:
        rules = lint_infer.RULES
    elif "application" in sections or "primary-gie" in sections or "streammux" in sections:
        rules = lint_app.RULES
    else:
        raise InputError(
            "neither an nvinfer nor a deepstream-app file",
            where=str(context.file.path),
            hint="the one has [property], the other [application] or [primary-gie]",
        )
    for rule in rules:
        yield from rule(context)


def _inline_comments(context: Context) -> Iterator[Finding]:
    if context.file.is_yaml:
        return
    for section, keys in context.file.sections.items():
        for key, entry in keys.items():
            if " #" in entry.value or "\t#" in entry.value:
                why = "a comment after a value becomes part of the value"
                yield context.find("error", section, key, why, "put it on a line of its own")


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))
