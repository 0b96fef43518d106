"""A function of the user's that is called with every frame: ``FILE.py:FUNCTION``."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepstream.app.frame import Frame
from train2edge.errors import InputError, WorkError

OPTION, USUAL = "--callback", "on_frame"
HINT = f"--callback FILE.py:FUNCTION, in the file def {USUAL}(frame): ..."


def load(text: str) -> Callable[[Frame], None]:
    """The function that ``FILE.py:FUNCTION`` means; without ``:FUNCTION`` it is ``on_frame``.

    Its file's folder is searched for what the file imports. ``InputError`` if there is no such
    function; when it raises, ``WorkError`` with the line of the file.
    """
    file, _, name = text.partition(".py:")
    path = Path(f"{file}.py" if name else text)
    if not path.is_file():
        raise InputError(f"no such file: {path}", where=OPTION, hint=HINT)
    module = _module(path)
    function = getattr(module, name or USUAL, None)
    if not callable(function):
        known = ", ".join(one for one, value in vars(module).items() if _own(value, module))
        message = f"{path} has no function '{name or USUAL}'; it has {known or 'none'}"
        raise InputError(message, where=OPTION, hint=HINT)

    def call(frame: Frame) -> None:
        try:
            function(frame)
        except Exception as error:
            raise WorkError(f"{name or USUAL}: {_told(error)}", where=_line(path, error)) from None

    return call


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"callback_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is no Python file", where=OPTION, hint=HINT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses and pickle look for it
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(_told(error), where=_line(path, error)) from None
    return module


def _own(value: Any, module: Any) -> bool:
    return callable(value) and getattr(value, "__module__", None) == module.__name__


def _told(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    return traceback.format_exception_only(type(error), error)[-1].strip()


def _line(path: Path, error: Exception) -> str:
    """The innermost line of ``path`` that led to ``error``."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    steps = traceback.extract_tb(error.__traceback__)
    own = path.resolve()
    lines = [step.lineno for step in steps if Path(step.filename).resolve() == own]
    return f"{path}:{lines[-1]}" if lines else str(path)
