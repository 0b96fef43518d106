"""What a deepstream-app configuration says, typed: the groups that the CPU twin builds from.

Keys, defaults and type numbers are NVIDIA's (``deepstream_config_file_parser.c``). Keys that only
matter to hardware are known and ignored; keys that nobody knows are warned of, as
deepstream-app does; a value that cannot be is an error with its ``file:line``.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import quote, unquote

from deepstream.app_file import Entry, Group, read
from deepstream.app_sections import (
    AppConfig,
    Application,
    Color,
    Extra,
    Gie,
    ManySources,
    MessageConverter,
    Osd,
    SegVisual,
    Sink,
    Source,
    SourceList,
    StreamMux,
    TiledDisplay,
    Tracker,
)
from deepstream.app_values import CONVERT
from deepstream.lint import schema
from train2edge.errors import Problem, ProblemsError

Section = TypeVar("Section")

_SINGLE: dict[str, Any] = {
    "application": Application,
    "tiled-display": TiledDisplay,
    "streammux": StreamMux,
    "tracker": Tracker,
    "osd": Osd,
    "pre-process": Extra,
    "nvds-analytics": Extra,
    "segvisual": SegVisual,
    "message-converter": MessageConverter,
}
_GATHERED = ("source", "source-list", "source-attr-all", "primary-gie", "secondary-gie", "sink")
_READ = frozenset({*_SINGLE, *_GATHERED, "tests"})


def load(path: Path) -> AppConfig:
    """Read ``path`` (.txt or .yaml); every wrong value is told at once, with its line."""
    path = Path(path).absolute()
    return _Reader(path).config()


class _Reader:
    """Turns groups into sections, gathering problems and warnings on the way."""

    def __init__(self, path: Path) -> None:
        self.path, self.groups = path, read(path)
        self.known = schema.kind("app")  # with what the twin has no use for
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.many: ManySources | None = None

    def config(self) -> AppConfig:
        single = {name: self._single(kind, name) for name, kind in _SINGLE.items()}
        sinks = [self.section(Sink, group, "sink") for group in self._numbered("sink")]
        gies = [self._gie(group, "secondary-gie") for group in self._numbered("secondary-gie")]
        primary = self.groups.get("primary-gie")
        config = AppConfig(
            path=self.path,
            application=single["application"],
            tiled_display=single["tiled-display"],
            sources=self._sources(),
            streammux=single["streammux"],
            primary_gie=self._gie(primary, "primary-gie") if primary else Gie(),
            tracker=single["tracker"],
            osd=single["osd"],
            sinks=tuple(one for one in sinks if one.enable),
            secondary_gies=tuple(one for one in gies if one.enable),
            pre_process=single["pre-process"],
            analytics=single["nvds-analytics"],
            segvisual=single["segvisual"],
            message_converter=single["message-converter"],
            many=self.many,
            file_loop=self._file_loop(),
            other=tuple(self._others()),
        )
        if self.problems:
            raise ProblemsError(self.problems)
        return dataclasses.replace(config, warnings=tuple(self.warnings))

    def _single(self, kind: type[Section], name: str) -> Section:
        return self.section(kind, self.groups.get(name, Group(name, str(self.path))), name)

    def _numbered(self, stem: str) -> list[Group]:
        """``source0``, ``source1``, ... by number, as deepstream-app walks through them."""
        found = [(re.fullmatch(rf"{stem}(\d+)", name), one) for name, one in self.groups.items()]
        return [one for _, one in sorted((int(m[1]), one) for m, one in found if m)]

    def section(self, kind: type[Section], group: Group, name: str) -> Section:
        hints = get_type_hints(kind)
        fields = dataclasses.fields(kind)  # type: ignore[arg-type]
        keys = {one.name.replace("_", "-"): one for one in fields if "place" not in one.metadata}
        known = self.known.group(group.name)
        values: dict[str, Any] = {}
        for key, entry in group.entries.items():
            if key in keys:
                value = self._value(key, entry, hints[keys[key].name], keys[key].metadata)
                values[keys[key].name] = value
            elif known is None or known.key(key) is None:
                self.warnings.append(f"{entry.where}: unknown key '{key}' in [{group.name}]")
        if any("place" in one.metadata for one in fields):
            values["where"] = group.where
        return kind(**{key: value for key, value in values.items() if value is not None})

    def _value(self, key: str, entry: Entry, kind: Any, limits: Any) -> Any:
        try:
            value = CONVERT.get(kind, self._path)(entry.text)
            if "values" in limits and value not in limits["values"]:
                raise ValueError(f"one of {', '.join(str(one) for one in limits['values'])}")
            if "least" in limits and value < limits["least"]:
                raise ValueError(f"at least {limits['least']}")
            return value
        except ValueError as error:
            self.problems.append(Problem(entry.where, f"{key}={entry.text}: must be {error}"))
            return None

    def _path(self, text: str) -> Path | None:
        return self.path.parent / text if text else None

    def _sources(self) -> tuple[Source, ...]:
        if "source-list" in self.groups:
            return tuple(self._listed(self.groups["source-list"]))
        return tuple(one for group in self._numbered("source") for one in self._source(group))

    def _source(self, group: Group) -> list[Source]:
        source = self.section(Source, group, "source")
        if not source.enable:
            return []
        entry = group.entries.get("uri")
        if entry is None and source.type in (2, 3, 4):
            self.problems.append(Problem(group.where, f"[{group.name}] has no uri"))
            return []
        texts = [source.uri]
        if source.type == 3:
            texts = [_numbered_uri(source.uri, number) for number in range(source.num_sources)]
        return [dataclasses.replace(source, uri=self._uri(text)) for text in texts]

    def _listed(self, group: Group) -> list[Source]:
        """The addresses of ``[source-list]``, each with the keys of ``[source-attr-all]``."""
        found = self.section(SourceList, group, "source-list")
        shared = self.groups.get("source-attr-all")
        if shared is None:
            self.problems.append(Problem(group.where, "[source-list] needs [source-attr-all]"))
            return []
        addresses = [one.strip() for one in found.list.split(";") if one.strip()]
        if found.num_source_bins not in (-1, len(addresses)):
            message = f"num-source-bins={found.num_source_bins}, but list has {len(addresses)}"
            self.problems.append(Problem(group.entries["num-source-bins"].where, message))
        source = self.section(Source, shared, "source")
        if found.use_nvmultiurisrcbin:
            self.many = ManySources(found, source)
            self._check_many(group, found, addresses)
        return [
            dataclasses.replace(source, type=_listed_type(one), uri=self._uri(one))
            for one in addresses
        ]

    def _check_many(self, group: Group, found: SourceList, addresses: list[str]) -> None:
        """What nvmultiurisrcbin cannot be told."""
        if found.max_batch_size < len(addresses):
            entry = group.entries.get("max-batch-size")
            message = f"max-batch-size={found.max_batch_size}, but list has {len(addresses)}"
            self.problems.append(Problem(entry.where if entry else group.where, message))
        if any("," in one for one in addresses):
            message = "nvmultiurisrcbin takes a comma for the end of an address"
            self.problems.append(Problem(group.entries["list"].where, message, "write %2C"))
        if found.http_port > 65535:
            message = f"http-port={found.http_port}: must be at most 65535, 0 for no REST interface"
            self.problems.append(Problem(group.entries["http-port"].where, message))

    def _uri(self, text: str) -> str:
        """A relative ``file://`` address is relative to the configuration's folder."""
        if not text.startswith("file://"):
            return text
        file = self.path.parent / unquote(text.removeprefix("file://"))
        return "file://" + quote(str(file))

    def _gie(self, group: Group, name: str) -> Gie:
        gie = self.section(Gie, group, name)
        if gie.enable and gie.config_file is None:
            self.problems.append(Problem(group.where, f"[{group.name}] has no config-file"))
        colors = []
        for key, entry in group.entries.items():
            match = re.fullmatch(r"bbox-border-color(\d+)", key)
            color = self._value(key, entry, Color, {}) if match else None
            if match and color is not None:
                colors.append((int(match[1]), color))
        return dataclasses.replace(gie, border_colors=tuple(colors))

    def _file_loop(self) -> bool:
        entry = self.groups["tests"].entries.get("file-loop") if "tests" in self.groups else None
        return bool(entry and self._value("file-loop", entry, bool, {}))

    def _others(self) -> list[tuple[str, str]]:
        """Enabled groups that are known and have no twin; unknown groups are warned of."""
        names = []
        for name, group in self.groups.items():
            stem = name.rstrip("0123456789")
            if self.known.group(name) is None:
                self.warnings.append(f"{group.where}: unknown group [{name}]")
            elif stem not in _READ:
                entry = group.entries.get("enable")
                enabled = entry is None or entry.text.strip() != "0"
                names += [(name, group.where)] if enabled else []
        return names


def _listed_type(address: str) -> int:
    """NVIDIA's ``set_source_all_configs``: the scheme says the type."""
    kinds = {"rtsp": 4, "rtsps": 4, "usb": 1, "csi": 5}
    return kinds.get(address.partition(":")[0], 2)


def _numbered_uri(uri: str, number: int) -> str:
    return re.sub(r"%(0?\d*)d", lambda match: format(number, f"{match[1]}d"), uri)
