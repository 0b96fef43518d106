"""DeepStream's settings files: ``read`` for values and lines, ``open_document`` for the whole."""

from train2edge.settings_file.document import Document, Remark, differences
from train2edge.settings_file.node import Node
from train2edge.settings_file.open import open_document
from train2edge.settings_file.sections import (
    YAML_SUFFIXES,
    Entry,
    SettingsFile,
    read,
    sections_of,
)

__all__ = [
    "YAML_SUFFIXES",
    "Document",
    "Entry",
    "Node",
    "Remark",
    "SettingsFile",
    "differences",
    "open_document",
    "read",
    "sections_of",
]
