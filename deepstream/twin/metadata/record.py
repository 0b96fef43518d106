"""What NVIDIA's structures have in common: fields with defaults, checked when a script sets them.

A field holds what the C field of that name holds, and refuses what NVIDIA's binding refuses: a
fraction for a whole number, a number outside of the C type's range, a name that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, ClassVar, TypeVar

import numpy as np

from deepstream.twin.metadata.memory import Capsule, of_address, text_buffer

Check = Callable[[Any], Any]
Self = TypeVar("Self", bound="Record")


class Field:
    """A declared field: its default, or what makes one at the first look; its check."""

    def __init__(self, default: Any = None, make: Any = None, check: Check | None = None) -> None:
        self.default, self.make, self.check = default, make, check


class Lazy:
    """Makes a field's value at the first look: most objects never need most of their parts."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name, self.make = name, make

    def __get__(self, record: Any, owner: Any) -> Any:
        if record is None:
            return self
        value = record.__dict__[self.name] = self.make()
        return value


def whole(default: int = 0, *, bits: int = 32, signed: bool = True) -> Any:
    """A whole number of a C type."""
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)

    def check(value: Any) -> int:
        if isinstance(value, float) or not hasattr(value, "__int__"):
            raise TypeError(f"{value!r} is not a whole number")
        if not low <= int(value) < high:
            raise TypeError(f"{value!r} is outside of {low}..{high - 1}")
        return int(value)

    return Field(default, check=check)


def real(default: float = 0.0) -> Any:
    """A number."""
    return Field(default, check=_real)


def _real(value: Any) -> float:
    if isinstance(value, str) or not hasattr(value, "__float__"):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def text(default: str = "") -> Any:
    """A string that is read as a string."""
    return Field(default, check=_text)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def choice(kind: type[IntEnum], default: IntEnum) -> Any:
    """One of an enumeration's values; a plain number is none, as in NVIDIA's binding."""

    def check(value: Any) -> IntEnum:
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} is not a {kind.__name__}")
        return value

    return Field(default, check=check)


def anything(default: Any = None) -> Any:
    """An untyped pointer, or a plain Python value."""
    return Field(default)


def part(make: Callable[[], Any]) -> Any:
    """A structure (or list, or array) inside of this one."""
    return Field(make=make)


def numbers(count: int) -> Any:
    """An array of whole numbers."""
    return Field(make=lambda: np.zeros(count, np.int64))


class CString:
    """A ``char *``: takes a string; read, it is the address of a copy (see ``get_string``)."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}"

    def __get__(self, record: Any, owner: Any) -> Any:
        if record is None:
            return self
        held = record.__dict__.get(self.slot)
        if held is None:
            return 0
        if isinstance(held, str):
            held = record.__dict__[self.slot] = text_buffer(held)
        return held.address

    def __set__(self, record: Any, value: Any) -> None:
        record.__dict__[self.slot] = None if value is None else _text(value)


class Declared(type):
    """Reads the fields of a class: defaults become class attributes, checks a table."""

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Declared:
        checks: dict[str, Check] = {}
        copied: tuple[str, ...] = ()
        for base in bases:
            checks |= getattr(base, "_checks", {})
            copied += getattr(base, "_copied", ())
        for key, field in list(space.items()):
            if not isinstance(field, Field):
                continue
            space[key] = Lazy(key, field.make) if field.make else field.default
            if field.make:
                copied += (key,)
            checks[key] = field.check or _as_it_is
        space["_checks"], space["_copied"] = checks, copied
        return super().__new__(mcs, name, bases, space)


def _as_it_is(value: Any) -> Any:
    return value.target if isinstance(value, Capsule) else value


class Record(metaclass=Declared):
    """Base of every structure; ``cast`` gives it back from what NVIDIA's lists hold."""

    _checks: ClassVar[dict[str, Check]]
    _copied: ClassVar[tuple[str, ...]]

    def __init__(self, **values: Any) -> None:
        if not self._checks.keys() >= values.keys():
            unknown = ", ".join(values.keys() - self._checks.keys())
            raise TypeError(f"{type(self).__name__} has no {unknown}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        check = self._checks.get(name)
        if check is not None:
            try:
                self.__dict__[name] = check(value)
            except TypeError as error:
                raise TypeError(f"{type(self).__name__}.{name}: {error}") from None
        elif hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @classmethod
    def cast(cls: type[Self], data: Any) -> Self:
        """The structure behind a list's ``data``, an address or another look at it."""
        if isinstance(data, Capsule):
            data = data.target
        elif isinstance(data, int):
            data = of_address(data)
        if not isinstance(data, cls):
            raise TypeError(f"{cls.__name__}.cast() was given a {type(data).__name__}")
        return data

    def copy(self: Self) -> Self:
        """The same again, to be changed apart: parts are copied, pointers are not followed."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name in self._copied:
            if name in twin.__dict__:
                twin.__dict__[name] = _copy(twin.__dict__[name])
        return twin


def _copy(value: Any) -> Any:
    if isinstance(value, list):
        return [one.copy() if isinstance(one, Record) else one for one in value]
    return value.copy()
