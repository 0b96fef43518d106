"""Nothing may fail in silence: PyGObject swallows an exception raised in a vfunc.

Without this the pipeline would end in a "successful" end of stream.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from deepstream.twin.gst import GLib, Gst
from train2edge.errors import T2EError

Vfunc = TypeVar("Vfunc", bound=Callable[..., Any])


def guarded(on_failure: Any) -> Callable[[Vfunc], Vfunc]:
    """Wrap a vfunc of an element: an exception becomes an error on the bus and ``on_failure``."""

    def wrap(vfunc: Vfunc) -> Vfunc:
        @functools.wraps(vfunc)
        def call(self: Any, *arguments: Any) -> Any:
            return _tried(self, on_failure, vfunc, self, *arguments)

        return call  # type: ignore[return-value]

    return wrap


def guarded_by(element: Any, on_failure: Any) -> Callable[[Vfunc], Vfunc]:
    """``guarded`` for a function that is not a method: ``element`` tells of its exceptions.

    It is not kept by it: what is hung on a pad would keep its element for ever.
    """
    known = element.weak_ref()

    def wrap(function: Vfunc) -> Vfunc:
        @functools.wraps(function)
        def call(*arguments: Any) -> Any:
            return _tried(known(), on_failure, function, *arguments)

        return call  # type: ignore[return-value]

    return wrap


def _tried(element: Any, on_failure: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        if element is not None and not gone(element):
            post(element, error)
        return on_failure


def gone(element: Any) -> bool:
    """Whether the element's Python half was taken away: GStreamer still releases its pads then."""
    return isinstance(element, Gst.Element) and not element.__dict__


def post(element: Any, error: Exception) -> None:
    """Post ``error`` on the bus in the name of ``element`` and keep it in ``element.failure``."""
    element.failure = error
    if not isinstance(error, T2EError):  # our own bug: it keeps its traceback
        traceback.print_exception(error, file=sys.stderr)
    problem = GLib.Error.new_literal(
        Gst.StreamError.quark(), f"{type(error).__name__}: {error}", Gst.StreamError.FAILED
    )
    where = traceback.format_exception_only(type(error), error)[-1].strip()
    element.post_message(Gst.Message.new_error(element, problem, where))


def warn(element: Any, text: str) -> None:
    """Post a warning on the bus in the name of ``element``: the pipeline goes on."""
    problem = GLib.Error.new_literal(Gst.StreamError.quark(), text, Gst.StreamError.FAILED)
    element.post_message(Gst.Message.new_warning(element, problem, text))
