"""Gathering the files of an app, and running the rules over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deepstream.lint.context import ConfigFile, Context, open_file, place
from deepstream.lint.finding import Finding
from deepstream.lint.references import references
from deepstream.lint.rules import rules_for
from train2edge.errors import InputError

SUFFIXES = (".txt", ".yml", ".yaml", ".csv", ".cfg", ".conf", ".pbtxt", ".prototxt")


@dataclass(frozen=True)
class LintReport:
    """``findings`` in the order of the files; ``kinds`` says as what each file was read."""

    release: str
    findings: tuple[Finding, ...]
    kinds: Mapping[Path, str]

    @property
    def failed(self) -> bool:
        return any(one.level == "error" for one in self.findings)

    @property
    def unknown(self) -> tuple[Path, ...]:
        """Files of which only the form could be checked."""
        return tuple(path for path, kind in self.kinds.items() if kind == "other")


def lint(path: Path, target: str | None = None, version: str | None = None) -> tuple[Finding, ...]:
    """The findings of ``check``."""
    return check(path, target, version).findings


def check(path: Path, target: str | None = None, version: str | None = None) -> LintReport:
    """Look at a folder and everything in it, or at a file, with all that they name.

    ``target`` is a device and ``version`` a DeepStream release; without a device nothing is said
    about hardware, without a release the newest is meant. Raises ``InputError`` for an unknown
    device or release, and for a folder without DeepStream's files.
    """
    where = place(target, version)
    files = _with_references(_files(Path(path)))
    if not files:
        raise InputError(
            "not an app folder: no DeepStream settings here",
            where=str(path),
            hint="t2e stream config writes them",
        )
    findings: list[Finding] = []
    for one in files:
        context = Context(one, files, where)
        found = [finding for rule in rules_for(one) for finding in rule(context)]
        findings += sorted(found, key=_line)
    kinds = {one.path: one.kind_name for one in files}
    return LintReport(where.release.name, tuple(dict.fromkeys(findings)), kinds)


def _line(finding: Finding) -> int:
    line = finding.where.rpartition(":")[2]
    return int(line) if line.isdecimal() else 0


def _files(path: Path) -> list[ConfigFile]:
    """A file is taken as it is; of a folder those that look like DeepStream's."""
    if path.is_file():
        return [open_file(path)]
    if not path.is_dir():
        raise InputError("no such file or folder", where=str(path))
    found = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())
    opened = [open_file(one) for one in found if not _hidden(one.relative_to(path))]
    return [one for one in opened if _is_settings(one)]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_settings(file: ConfigFile) -> bool:
    """Lists of labels and other tables have the same suffixes and none of the keys."""
    form, text = file.document.format.name, file.document.text
    if form == "csv":
        return "uri" in text.split("\n", 1)[0]
    if form == "prototxt":
        return "infer_config" in text
    return file.kind is not None or (form == "yaml" and bool(file.document.problems))


def _with_references(files: list[ConfigFile]) -> list[ConfigFile]:
    """The files and those that they name, and so on, each once."""
    known: dict[Path, ConfigFile] = {}
    waiting = list(files)
    while waiting:
        one = waiting.pop(0)
        if one.path.resolve() in known:
            continue
        known[one.path.resolve()] = one
        waiting += [open_file(path) for path in _named(one) if path.resolve() not in known]
    return list(known.values())


def _named(file: ConfigFile) -> Iterator[Path]:
    for name in references(file):
        path = file.beside(name)
        if path.suffix in SUFFIXES and path.is_file():
            yield path
