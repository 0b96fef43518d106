"""One file that is looked at, the app it belongs to, and where that is to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deepstream.lint.finding import Finding, Level
from deepstream.lint.schema import KindSpec, kind_of
from train2edge.feasibility import Feature, Refusal, refusal
from train2edge.settings_file import Document, Node, SettingsFile, open_document, sections_of
from train2edge.targets import Deployment, Release, Target, releases

LONGEST = 80
PLACEHOLDERS = ("${", "{{", "<")


@dataclass(frozen=True)
class Place:
    """A release, and a device if one was named: rules about hardware need it."""

    release: Release
    target: Target | None = None

    @property
    def tensorrt(self) -> tuple[int, ...]:
        kind = self.target.kind if self.target else "dgpu"
        return tuple(int(part) for part in self.release.platforms[kind].tensorrt.split("."))

    def refusal(self, feature: Feature) -> Refusal | None:
        """Why the device that was named cannot do ``feature``."""
        if self.target is None:
            return None
        return refusal(Deployment(self.target, self.release), feature)

    def since(self, release: str) -> bool:
        """Whether the release that is targeted is ``release`` or newer."""
        return version(self.release.name) >= version(release)

    def after(self, release: str) -> bool:
        return version(self.release.name) > version(release)


def place(target: str | None, deepstream: str | None) -> Place:
    """What was asked for; without a release the newest that the device runs, or that is known."""
    from train2edge.targets import deployment, release
    from train2edge.targets import target as device

    if target is None:
        return Place(release(deepstream or list(releases())[-1]))
    known = device(target)
    deployed = deployment(target, deepstream or known.deepstream[-1])
    return Place(deployed.release, deployed.target)


@dataclass(frozen=True)
class ConfigFile:
    """A file with its kind, ``None`` if nothing in it is known."""

    document: Document
    settings: SettingsFile
    kind: KindSpec | None

    @property
    def path(self) -> Path:
        return self.document.path

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def kind_name(self) -> str:
        """The name of its table; ``nvinferserver`` and ``sources`` go by their format."""
        named = {"prototxt": "nvinferserver", "csv": "sources"}
        return named.get(self.document.format.name, self.kind.name if self.kind else "other")

    def get(self, section: str, key: str) -> str | None:
        return self.settings.get(section, key)

    def number(self, section: str, key: str, default: float) -> float:
        """The number that stands there; ``default`` without one."""
        try:
            return float((self.get(section, key) or str(default)).split()[0])
        except (ValueError, IndexError):
            return default

    def items(self, section: str, key: str) -> list[str]:
        """A ``;`` list, without the empty end that GKeyFile allows."""
        return [one.strip() for one in (self.get(section, key) or "").split(";") if one.strip()]

    def numbers(self, section: str, key: str) -> list[int]:
        return [int(one) for one in self.items(section, key) if one.lstrip("-").isdecimal()]

    def enabled(self, section: str) -> bool:
        """Whether a group is there and not switched off."""
        return section in self.settings.sections and self.number(section, "enable", 1) != 0

    def numbered(self, stem: str) -> list[str]:
        """Groups ``stem`` with a number behind it, or none."""
        names = self.settings.sections
        return [one for one in names if one.rstrip("0123456789") == stem]

    def beside(self, name: str) -> Path:
        """A path in the file, which is relative to its folder."""
        return self.folder / name


def open_file(path: Path) -> ConfigFile:
    document = open_document(path)
    return ConfigFile(document, sections_of(document), kind_of(document))


@dataclass(frozen=True)
class Context:
    """``file`` is looked at; ``files`` are all of the app, itself among them."""

    file: ConfigFile
    files: Sequence[ConfigFile]
    place: Place

    def of_kind(self, *names: str) -> Iterator[ConfigFile]:
        return (one for one in self.files if one.kind_name in names)

    def opened(self, name: str | None) -> ConfigFile | None:
        """The file that a value names, if it is one of the app's."""
        if not name:
            return None
        wanted = self.file.beside(name).resolve()
        return next((one for one in self.files if one.path.resolve() == wanted), None)

    def find(
        self,
        rule: str,
        level: Level,
        at: tuple[str, str | None],
        why: str,
        fix: str,
        what: str = "",
    ) -> Finding:
        """A finding at a key, or at its section if the key is absent or ``None``."""
        section, key = at
        value = self.file.get(section, key) if key else None
        said = what or (
            f"{key}={short(value)}" if value is not None else f"[{section}] {key or ''}"
        )
        where = self.file.settings.where(section, key)
        return Finding(level, where, said.strip(), why, fix, rule)

    def at_node(
        self, rule: str, level: Level, node: Node, why: str, fix: str, what: str = ""
    ) -> Finding:
        said = what or (f"{node.key}: {short(node.value)}" if node.kind == "scalar" else node.key)
        return Finding(level, f"{self.file.path}:{node.line}", said, why, fix, rule)


def short(value: str) -> str:
    """The value, cut where it would fill the screen."""
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 3]}..."


def is_placeholder(value: str) -> bool:
    """Whether a template's hole stands there instead of a value."""
    return any(one in value for one in PLACEHOLDERS)


def version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))
