"""The program that ``bindings`` runs: import TensorRT's Python bindings, print their signatures.

The bindings' libraries are stand-ins without any code, so nothing may be called but ``help``: the
functions' own docstrings hold every name, parameter, type and default (pybind11 writes them).

    python read_bindings.py FOLDER_WITH_tensorrt_bindings
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

_SIGNATURE = re.compile(r"^(?:\d+\. )?(\w+)\((.*)\) -> (.+)$")
_OPEN, _CLOSE = "[(<", "])>"


def main() -> None:
    sys.setdlopenflags(os.RTLD_LAZY)  # functions that are never called need not exist
    sys.path.insert(0, sys.argv[1])
    import tensorrt_bindings as trt

    json.dump(book(trt), sys.stdout)


def book(trt: Any) -> dict[str, Any]:
    """Classes by name (a nested one by its path), the module's functions and constants."""
    classes: dict[str, Any] = {}
    _collect(vars(trt), "", classes)
    values = {key: _constant(one) for key, one in vars(trt).items() if _constant(one)}
    described = {key: _member(key, one) for key, one in vars(trt).items() if callable(one)}
    functions = {key: one for key, one in described.items() if one and key not in classes}
    return {
        "version": trt.__version__,
        "classes": classes,
        "values": values,
        "functions": functions,
    }


def _collect(names: Any, prefix: str, classes: dict[str, Any]) -> None:
    for key, one in dict(names).items():
        if not isinstance(one, type) or not one.__module__.startswith("tensorrt"):
            continue
        if one.__qualname__ != prefix + key:
            continue  # a second name for a class that stands elsewhere
        classes[one.__qualname__] = _describe(one)
        _collect(vars(one), f"{one.__qualname__}.", classes)


def _describe(one: Any) -> dict[str, Any]:
    bases = [base.__qualname__ for base in one.__bases__ if base.__module__.startswith("tensorrt")]
    if hasattr(one, "__members__"):
        return {"enum": {key: int(value) for key, value in one.__members__.items()}}
    members = {key: _member(key, value) for key, value in vars(one).items()}
    return {"bases": bases, "members": {key: made for key, made in members.items() if made}}


def _member(key: str, value: Any) -> dict[str, Any] | None:
    if isinstance(value, property):
        found = re.search(r"-> (.+)", (value.fget.__doc__ or "") if value.fget else "")
        kind = _type(found[1]) if found else "object"
        return {"kind": "property", "writable": value.fset is not None, "type": kind}
    constant = _constant(value)
    if constant:
        return {"kind": "constant", "value": constant}
    matches = map(_SIGNATURE.match, (getattr(value, "__doc__", None) or "").splitlines())
    overloads = [_overload(found) for found in matches if found and found[1] == key]
    return {"kind": "method", "overloads": overloads} if overloads else None


def _overload(found: re.Match[str]) -> dict[str, Any]:
    words = [word for word in _split(found[2]) if not word.startswith("self:")]
    return {"parameters": [_parameter(word) for word in words], "returns": _type(found[3])}


def _parameter(word: str) -> list[Any]:
    name, _, rest = word.partition(": ")
    kind, _, default = rest.partition(" = ")
    return [name, _type(kind), bool(default)]


def _split(text: str) -> list[str]:
    depth, words, word = 0, [], ""
    for letter in text:
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if letter == "," and depth == 0:
            words.append(word.strip())
            word = ""
        else:
            word += letter
    return [*words, word.strip()] if word.strip() else words


def _type(text: str) -> str:
    """A class by its own name: where a binding was made late, pybind11 prints C++'s."""
    text = text.strip().replace("tensorrt_bindings.tensorrt.", "")
    text = text.removeprefix("nvinfer1::").replace("nvonnxparser::I", "")
    return text.replace("::", ".")


def _constant(value: Any) -> list[str] | None:
    members = getattr(type(value), "__members__", None)
    return [type(value).__qualname__, value.name] if members and hasattr(value, "name") else None


if __name__ == "__main__":
    main()
