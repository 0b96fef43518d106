"""Opening a settings file in the format that its content has."""

from __future__ import annotations

import re
from pathlib import Path

from train2edge.settings_file import csv_rows, gkeyfile, prototxt, yaml_text
from train2edge.settings_file.document import Document, Format, text_of
from train2edge.settings_file.sections import YAML_SUFFIXES

_MESSAGE = re.compile(r"\s*[A-Za-z_]\w*\s*[{<]")
_FIELD = re.compile(r"\s*[A-Za-z_]\w*\s*:")
_GROUP = re.compile(r"\s*\[[^\]]+\]\s*$", re.MULTILINE)
_PROTOTXT_SUFFIXES = (".pbtxt", ".prototxt")


def open_document(path: Path) -> Document:
    """Read ``path``; what it holds decides, not its name: nvinferserver's may end in .yml.

    ``InputError`` if it cannot be read. What its real reader refuses is in ``problems``.
    """
    text = text_of(path)
    return Document(path, text, format_of(path, text))


def format_of(path: Path, text: str) -> Format:
    """protobuf text by its first message, GKeyFile by its first group, else by the suffix."""
    lines = (one for one in text.lstrip("\ufeff").splitlines() if one.strip())
    told = [one for one in lines if not one.lstrip().startswith("#")][:2]
    is_yaml = path.suffix in YAML_SUFFIXES
    is_field = not is_yaml and _FIELD.match("".join(told))
    if path.suffix in _PROTOTXT_SUFFIXES or _MESSAGE.match("".join(told)) or is_field:
        return prototxt.FORMAT
    if path.suffix == ".csv":
        return csv_rows.FORMAT
    if told and _GROUP.match(told[0]):
        return gkeyfile.FORMAT
    return yaml_text.FORMAT if is_yaml else gkeyfile.FORMAT
