"""What a deepstream-app configuration says, typed: the groups that the CPU twin builds from.

Keys, defaults and type numbers are NVIDIA's (``deepstream_config_file_parser.c``). Keys that only
matter to hardware are known and ignored; keys that nobody knows are warned of, as
deepstream-app does; a value that cannot be is an error with its ``file:line``.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

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
from deepstream.app_sources import LIST, Sources
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
        found = self.groups.get(LIST)
        listed = self.section(SourceList, found, LIST) if found else None
        config = AppConfig(
            path=self.path,
            application=single["application"],
            tiled_display=single["tiled-display"],
            sources=self._sources(listed),
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
        config = dataclasses.replace(config, warnings=tuple(self.warnings))
        return _batched(config, listed) if listed else config

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

    def _sources(self, found: SourceList | None) -> tuple[Source, ...]:
        typed = functools.partial(self.section, Source, name="source")
        reader = Sources(self.groups, self.path.parent, typed, self.problems)
        if found is None:
            return tuple(reader.numbered())
        self.many = reader.many(found)
        return tuple(reader.listed(found))

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


def _batched(config: AppConfig, listed: SourceList) -> AppConfig:
    """With ``[source-list]`` deepstream-app takes the batch sizes from the number of sources."""
    count = len(config.sources)
    seconds = config.secondary_gies
    if listed.sgie_batch_size:
        size = listed.sgie_batch_size
        seconds = tuple(dataclasses.replace(one, batch_size=size) for one in seconds)
    return dataclasses.replace(
        config,
        streammux=dataclasses.replace(config.streammux, batch_size=max(count, 1)),
        primary_gie=dataclasses.replace(config.primary_gie, batch_size=count),
        secondary_gies=seconds,
    )
