"""Which files a settings file names that hold settings themselves."""

from __future__ import annotations

from collections.abc import Iterator

from deepstream.lint.context import ConfigFile, is_placeholder

KEYS = (
    "config-file", "config-file-path", "cfg-file-path", "ll-config-file", "csv-file-path",
    "msg-conv-config", "msg-broker-config", "preprocess-config", "infer-config",
)  # fmt: skip


def references(file: ConfigFile) -> Iterator[str]:
    """The names as they stand, of groups that are not switched off."""
    for section, keys in file.settings.sections.items():
        for key, entry in keys.items():
            if key in KEYS and file.enabled(section) and not is_placeholder(entry.value):
                yield from (one.strip() for one in entry.value.split(";") if one.strip())
