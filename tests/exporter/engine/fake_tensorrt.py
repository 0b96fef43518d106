"""A stand-in for ``import tensorrt`` without a name or an argument that TensorRT has not.

It is made from the signatures of one release (``bindings``): what that release lacks is an
``AttributeError``, a wrong argument a ``TypeError``, a property that cannot be set an
``AttributeError``. Every call and every property that is set is recorded. Values that matter to a
test are given as ``answers``: ``{"ICudaEngine.num_io_tensors": 3}``, or a function of self and the
arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

NUMBERS = {"int", "float", "typing.SupportsInt", "typing.SupportsFloat", "typing.SupportsIndex"}
BUFFERS = {"buffer", "typing_extensions.Buffer", "collections.abc.Buffer", "bytes"}
SEQUENCES = {"tuple", "list", "Dims", "Permutation"}
EMPTY: dict[str, Any] = {"bool": True, "str": "", "None": None, "object": None}


class Recorder:
    """``calls`` holds ``(what, positional and named arguments)`` in order."""

    def __init__(self, book: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        self.book, self.answers = book, answers
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.classes: dict[str, Any] = {}

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of ``name``, or every value it was set to."""
        return [arguments for called, arguments in self.calls if called == name]

    def make(self, kind: str) -> Any:
        """An object of the type that a call gives back."""
        if kind in self.classes:
            found = self.classes[kind]
            return next(iter(found.members.values())) if hasattr(found, "members") else _bare(found)
        if kind in EMPTY:
            return EMPTY[kind]
        if kind in NUMBERS:
            return 0
        if kind in BUFFERS:
            return b""
        return []

    def answer(self, what: str, kind: str, this: Any, arguments: Sequence[Any]) -> Any:
        if what not in self.answers:
            return self.make(kind)
        given = self.answers[what]
        return given(this, *arguments) if callable(given) else given


def fake(book: Mapping[str, Any], answers: Mapping[str, Any] | None = None) -> Any:
    """The module; ``module.recorder`` is what was done with it."""
    recorder = Recorder(book, answers or {})
    for name in book["classes"]:
        _class(name, recorder)
    for name, entry in book["classes"].items():
        for key, one in entry.get("members", {}).items():
            if one["kind"] == "constant":
                setattr(recorder.classes[name], key, _constant(recorder, one["value"]))
    top = {name: one for name, one in recorder.classes.items() if "." not in name}
    values = {key: _constant(recorder, one) for key, one in book["values"].items()}
    functions = {key: _function(key, one, recorder) for key, one in book["functions"].items()}
    everything = {**values, **functions, **top, "__version__": book["version"]}
    return SimpleNamespace(**everything, recorder=recorder)


def _constant(recorder: Recorder, value: Sequence[str]) -> Any:
    return recorder.classes[value[0]].members[value[1]]


class _Member:
    """One value of an enumeration: like pybind11's, no ``int`` but turned into one."""

    def __init__(self, name: str, value: int) -> None:
        self.name, self.value = name, value

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __repr__(self) -> str:
        return self.name


def _class(name: str, recorder: Recorder) -> Any:
    if name in recorder.classes:
        return recorder.classes[name]
    entry = recorder.book["classes"][name]
    if "enum" in entry:
        made = type(name, (_Member,), {})
        made.members = {key: made(key, value) for key, value in entry["enum"].items()}
        for key, one in made.members.items():
            setattr(made, key, one)
    else:
        bases = tuple(_class(base, recorder) for base in entry["bases"]) or (_Native,)
        made = type(name, bases, {"native": True, "recorder": recorder})
        members = entry["members"]
        made.__init__ = _constructor(name, members.get("__init__"), recorder)
        for key, one in members.items():
            if one["kind"] != "constant" and key != "__init__":
                setattr(made, key, _member(name, key, one, recorder))
    recorder.classes[name] = made
    return made


class _Native:
    """Like an object of a compiled class: no attribute but those that it was made with."""

    native = True
    recorder: Recorder

    def __setattr__(self, name: str, value: Any) -> None:
        known = getattr(type(self), name, None)
        if "native" in vars(type(self)) and not isinstance(known, property):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r} to be set")
        object.__setattr__(self, name, value)

    def __bytes__(self) -> bytes:
        """Compiled buffers (``IHostMemory``) can be read; nothing else is turned into bytes."""
        return bytes(self.recorder.answers.get("IHostMemory.bytes", b"engine"))


def _bare(made: Any) -> Any:
    return made.__new__(made)


def _constructor(name: str, entry: Any, recorder: Recorder) -> Any:
    def __init__(self: Any, *given: Any, **named: Any) -> None:
        if entry is None:
            raise TypeError(f"{name}: No constructor defined!")
        _bind(f"{name}.__init__", entry["overloads"], given, named, recorder)
        recorder.calls.append((name, (*given, *named.values())))

    return __init__


def _member(owner: str, key: str, entry: Any, recorder: Recorder) -> Any:
    what = f"{owner}.{key}"
    if entry["kind"] == "property":
        return _property(what, entry, recorder)

    def method(self: Any, *given: Any, **named: Any) -> Any:
        overload = _bind(what, entry["overloads"], given, named, recorder)
        recorder.calls.append((what, (*given, *named.values())))
        return recorder.answer(what, overload["returns"], self, (*given, *named.values()))

    return method


def _function(name: str, entry: Any, recorder: Recorder) -> Any:
    method = _member("tensorrt", name, entry, recorder)
    return lambda *given, **named: method(None, *given, **named)


def _property(what: str, entry: Any, recorder: Recorder) -> Any:
    def get(self: Any) -> Any:
        return recorder.answer(what, entry["type"], self, ())

    def set_(self: Any, value: Any) -> None:
        if not _fits(value, entry["type"], recorder):
            raise TypeError(f"{what} = {value!r}: wants {entry['type']}")
        _check_overrides(value)
        recorder.calls.append((what, (value,)))

    return property(get, set_ if entry["writable"] else None)


def _bind(
    what: str, overloads: Any, given: Sequence[Any], named: Mapping[str, Any], recorder: Recorder
) -> Any:
    for overload in overloads:
        parameters = overload["parameters"]
        names = [name for name, _, _ in parameters]
        values = {**dict(zip(names, given, strict=False)), **named}
        required = {name for name, _, default in parameters if not default}
        if len(given) > len(names) or set(named) & set(names[: len(given)]):
            continue
        if not required <= set(values) or not set(values) <= set(names):
            continue
        kinds = {name: kind for name, kind, _ in parameters}
        if all(_fits(value, kinds[name], recorder) for name, value in values.items()):
            return overload
    raise TypeError(f"{what}{(*given, *named.items())}: TensorRT has only {overloads}")


def _fits(value: Any, kind: str, recorder: Recorder) -> bool:
    if kind in recorder.classes and isinstance(value, recorder.classes[kind]):
        return True
    if kind in SEQUENCES:
        return isinstance(value, (tuple, list)) and all(hasattr(one, "__int__") for one in value)
    if kind in recorder.classes:
        return False
    if kind in NUMBERS:
        return not isinstance(value, (str, bytes)) and hasattr(value, "__int__")
    if kind in BUFFERS:
        return isinstance(value, (bytes, bytearray, memoryview))
    return {"str": isinstance(value, str), "bool": isinstance(value, bool)}.get(kind, True)


def _check_overrides(value: Any) -> None:
    """What a Python class of ours overrides must be there in TensorRT's own class."""
    if not isinstance(value, _Native):
        return
    *ours, native = _down_to_native(type(value))
    members = native.recorder.book["classes"][native.__name__]["members"]  # type: ignore[attr-defined]
    for key, method in ((key, made) for one in ours for key, made in vars(one).items()):
        if key.startswith("_"):
            continue
        if not hasattr(native, key):
            raise AttributeError(f"{native.__name__} has no {key} to override")
        counts = {len(one["parameters"]) for one in members.get(key, {}).get("overloads", ())}
        own = len(inspect.signature(method).parameters) - 1
        if counts and own not in counts:
            raise TypeError(f"{native.__name__}.{key} is called with {counts}, not {own} arguments")


def _down_to_native(kind: type) -> list[type]:
    line = []
    for one in kind.__mro__:
        line.append(one)
        if "native" in vars(one):
            break
    return line
