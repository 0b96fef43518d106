"""Specifications of TLT and TAO, which users of those have at hand: no experiment files of ours."""

from __future__ import annotations

import re
from pathlib import Path

from train2edge.errors import InputError

# protobuf text: a section opens with a brace; YAML of TAO: sections and keys that only it has
_PROTOBUF = re.compile(r"^\s*(\w+)\s*\{\s*(?:#.*)?$", re.MULTILINE)
_TAO = re.compile(
    r"^(\w+_config|encryption_key|gen_trt_engine|results_dir|save_engine_path):", re.MULTILINE
)


def check_origin(text: str, path: Path) -> None:
    """``InputError`` with what to do if ``text`` is a specification of TLT or TAO."""
    found = _PROTOBUF.search(text) or _TAO.search(text)
    if found is None:
        return
    line = text.count("\n", 0, found.start(1)) + 1
    raise InputError(
        f"'{found.group(1)}': a specification of TLT or TAO, not an experiment file",
        where=f"{path}:{line}",
        hint=f"t2e spec import {path} -o spec.yaml makes one of it; docs/from_tlt.md",
    )
