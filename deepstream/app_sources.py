"""The sources of a deepstream-app configuration: ``[sourceN]``, or a list of addresses.

As NVIDIA's ``deepstream_app_config_parser.c`` (DeepStream 9.1): with ``[source-list]`` every source
has the keys of ``[source-attr-all]``, ``enable`` among them, and an enabled ``[sourceN]`` changes
the Nth of them. Without a list ``[source-attr-all]`` means nothing.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from deepstream.app_file import Group
from deepstream.app_sections import ManySources, Source, SourceList
from train2edge.errors import Problem

LIST, SHARED = "source-list", "source-attr-all"
MULTIPLE = 3  # several addresses in one group
ADDRESSED = (2, MULTIPLE, 4)


class Sources:
    """Reads the sources of ``groups``; ``section`` types a group, ``problems`` take the rest."""

    def __init__(
        self,
        groups: Mapping[str, Group],
        folder: Path,
        section: Callable[[Group], Source],
        problems: list[Problem],
    ) -> None:
        self.groups, self.folder, self.section, self.problems = groups, folder, section, problems

    def numbered(self) -> Iterator[Source]:
        found = [(re.fullmatch(r"source(\d+)", name), one) for name, one in self.groups.items()]
        for _, group in sorted((int(m[1]), one) for m, one in found if m):
            yield from self._source(group)

    def _source(self, group: Group) -> list[Source]:
        source = self.section(group)
        if not source.enable:
            return []
        if "uri" not in group.entries and source.type in ADDRESSED:
            self.problems.append(Problem(group.where, f"[{group.name}] has no uri"))
            return []
        texts = [source.uri]
        if source.type == MULTIPLE:
            texts = [_numbered_uri(source.uri, number) for number in range(source.num_sources)]
        return [dataclasses.replace(source, uri=self._uri(text)) for text in texts]

    def listed(self, found: SourceList) -> list[Source]:
        """The addresses of ``[source-list]``."""
        shared = self.groups.get(SHARED)
        if shared is None:
            self.problems.append(Problem(found.where, f"[{LIST}] needs [{SHARED}]"))
            return []
        addresses = _addresses(found)
        if found.num_source_bins not in (-1, len(addresses)):
            message = f"num-source-bins={found.num_source_bins}, but list has {len(addresses)}"
            where = self.groups[LIST].entries["num-source-bins"].where
            self.problems.append(Problem(where, message))
        changed = self._changed(len(addresses))
        made = [self._listed(one, shared, changed.get(at)) for at, one in enumerate(addresses)]
        return [one for one in made if one.enable or found.use_nvmultiurisrcbin]

    def many(self, found: SourceList) -> ManySources | None:
        """What ``[source-list]`` asks of nvmultiurisrcbin, if it asks for it."""
        shared = self.groups.get(SHARED)
        if shared is None or not found.use_nvmultiurisrcbin:
            return None
        self._check_many(self.groups[LIST], found, _addresses(found))
        return ManySources(found, self.section(shared))

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

    def _changed(self, count: int) -> dict[int, Group]:
        """The enabled ``[sourceN]``; one that is switched off changes nothing."""
        found = {}
        for name, group in self.groups.items():
            match = re.fullmatch(r"source(\d+)", name)
            if match is None or not self.section(group).enable:
                continue
            if int(match[1]) >= count:
                message = f"[{name}]: [{LIST}] has {count} sources, counted from 0"
                self.problems.append(Problem(group.where, message))
            found[int(match[1])] = group
        return found

    def _listed(self, address: str, shared: Group, own: Group | None) -> Source:
        entries = {one: told for one, told in shared.entries.items() if one not in ("type", "uri")}
        if own is not None:
            entries.pop("latency", None)  # as NVIDIA's reader, which sets it back to its default
            entries.update(own.entries)
        source = self.section(Group(shared.name, (own or shared).where, entries))
        kind = source.type if "type" in entries else _listed_type(address)
        if kind == MULTIPLE:
            where = entries["type"].where
            self.problems.append(Problem(where, f"type={MULTIPLE} does not go with [{LIST}]"))
        uri = self._uri(source.uri if "uri" in entries else address)
        return dataclasses.replace(source, type=kind, uri=uri)

    def _uri(self, text: str) -> str:
        """A relative ``file://`` address is relative to the configuration's folder."""
        if not text.startswith("file://"):
            return text
        file = self.folder / unquote(text.removeprefix("file://"))
        return "file://" + quote(str(file))


def _addresses(found: SourceList) -> list[str]:
    return [one.strip() for one in found.list.split(";") if one.strip()]


def _listed_type(address: str) -> int:
    """NVIDIA's ``set_source_all_configs``: the scheme says the type."""
    kinds = {"rtsp": 4, "rtsps": 4, "usb": 1, "csi": 5}
    return kinds.get(address.partition(":")[0], 2)


def _numbered_uri(uri: str, number: int) -> str:
    return re.sub(r"%(0?\d*)d", lambda match: format(number, f"{match[1]}d"), uri)
