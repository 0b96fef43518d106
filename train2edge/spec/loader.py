"""Reading an experiment file: every problem at once, each with its file and line.

Paths in the file are relative to the file; paths given with ``--set`` to the working directory.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import write_text
from train2edge.spec.experiment import Experiment
from train2edge.spec.origin import check_origin
from train2edge.spec.section import MISFITS
from train2edge.yaml_loader import Loader

Location = tuple[str | int, ...]


@dataclass
class _Tree:
    """Plain values and, for each of them, where it stands."""

    values: dict[str, Any]
    places: dict[Location, str] = field(default_factory=dict)

    def place(self, location: Location) -> str:
        """Of the value, or of the nearest one around it that the file holds."""
        while location and location not in self.places:
            alone = tuple(key for key in location if key != 0)  # one source without a list
            if alone in self.places:
                return self.places[alone]
            location = location[:-1]
        return self.places.get(location, "")


def load(path: Path, sets: Sequence[str] = ()) -> Experiment:
    """Read ``path``, apply ``a.b=c`` overrides, check everything against the schema.

    Raises ``InputError`` if the file cannot be read and ``ProblemsError`` with all that is wrong.
    """
    return _checked(_read(Path(path)), sets)


def load_values(values: dict[str, Any], *, where: str, sets: Sequence[str] = ()) -> Experiment:
    """The same for values that are no file's; ``where`` names what they come from."""
    return _checked(_Tree(values, {(): where}), sets)


def problems_of(values: dict[str, Any], places: Mapping[Location, str]) -> list[Problem]:
    """What the schema says to plain values, each with the place that it came from elsewhere."""
    tree = _Tree(values, dict(places))
    try:
        Experiment.model_validate(values)
    except ValidationError as error:
        return [told for one in _readable(error) for told in _problems(one, tree)]
    return []


def _checked(tree: _Tree, sets: Sequence[str]) -> Experiment:
    problems = list(_override(tree, sets))
    try:
        experiment = Experiment.model_validate(tree.values)
    except ValidationError as error:
        problems += [told for one in _readable(error) for told in _problems(one, tree)]
    if problems:
        raise ProblemsError(problems)
    return experiment


def save(experiment: Experiment, path: Path) -> None:
    """Write the resolved experiment, all values filled in, absolute paths, as YAML."""
    data = experiment.model_dump(mode="json")
    write_text(path, yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def _read(path: Path) -> _Tree:
    if not path.is_file():
        raise InputError(
            "no such experiment file", where=str(path), hint="t2e spec new detection -o spec.yaml"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("not a text file", where=str(path)) from None
    check_origin(text, path)
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(f"not YAML: {problem}", where=where) from None
    if not isinstance(node, yaml.MappingNode):
        raise InputError(
            "an experiment file is a mapping of sections",
            where=f"{path}:1",
            hint="t2e spec new detection shows one",
        )
    tree = _Tree({})
    reader = _Reader(path, tree)
    tree.values = reader.value(node, ())
    if reader.problems:
        raise ProblemsError(reader.problems)
    _resolve_paths(tree.values, Experiment, path.resolve().parent)
    return tree


class _Reader:
    """YAML nodes to plain values, remembering lines and refusing keys given twice."""

    def __init__(self, path: Path, tree: _Tree) -> None:
        self.path = path
        self.tree = tree
        self.problems: list[Problem] = []
        self.construct = yaml.SafeLoader("")

    def value(self, node: yaml.Node, location: Location) -> Any:
        self.tree.places[location] = f"{self.path}:{node.start_mark.line + 1}"
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*location, i)) for i, one in enumerate(node.value)]
        try:
            return self.construct.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            text = getattr(error, "problem", None) or str(error)
            self.problems.append(Problem(self.tree.places[location], f"not YAML: {text}"))
            return None

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node, (*location, "?"))
            line = f"{self.path}:{key_node.start_mark.line + 1}"
            if not isinstance(key, (str, int)):
                self.problems.append(Problem(line, f"a key must be a word, not {key!r}"))
                continue
            if key in values:
                self.problems.append(Problem(line, f"'{key}' is given twice"))
            values[key] = self.value(value_node, (*location, key))
            self.tree.places[(*location, key)] = line
        return values


def _override(tree: _Tree, sets: Sequence[str]) -> Iterator[Problem]:
    for text in sets:
        where = f"--set {text}"
        name, equals, raw = text.partition("=")
        keys: Location = tuple(int(key) if key.isdigit() else key for key in name.split("."))
        if not equals or not all(str(key) for key in keys):
            yield Problem(where, "not of the form a.b=c", "e.g. --set training.epochs=10")
            continue
        try:
            value = yaml.safe_load(raw)
        except yaml.YAMLError:
            yield Problem(where, f"{raw!r} is not a YAML value", "quote it")
            continue
        new = _new_sections(tree.values, keys)
        if not _assign(tree.values, keys, value):
            yield Problem(where, f"{name} goes through a value that has no keys")
            continue
        tree.places |= dict.fromkeys((*new, keys), where)
        _resolve_paths(tree.values, Experiment, Path.cwd(), only=keys)


def _new_sections(values: Any, keys: Location) -> list[Location]:
    """The sections that an assignment would have to make: what is wrong with them is its fault."""
    for depth, key in enumerate(keys[:-1], 1):
        if isinstance(values, dict) and values.get(key) is None and key != 0:
            return [keys[:end] for end in range(depth, len(keys))]
        values = values.get(key) if isinstance(values, dict) else None
    return []


def _assign(values: Any, keys: Location, value: Any) -> bool:
    for key, following in itertools.pairwise(keys):
        if isinstance(values, list):
            if not isinstance(key, int) or key >= len(values):
                return False
            values = values[key]
        elif isinstance(values, dict):
            if key == 0:
                continue  # one source may stand there without the list around it
            if values.get(key) is None:
                values[key] = [] if isinstance(following, int) else {}
            values = values[key]
        else:
            return False
    last = keys[-1]
    if isinstance(values, dict):
        values[last] = value
        return True
    if isinstance(values, list) and isinstance(last, int) and last <= len(values):
        values[last : last + 1] = [value]
        return True
    return False


def _resolve_paths(
    values: Any, model: type[BaseModel], folder: Path, only: Location | None = None
) -> None:
    """Make every path field absolute, in place; a value of the wrong kind is left to the schema."""
    if not isinstance(values, dict):
        return
    for name, info in model.model_fields.items():
        value = values.get(name)
        rest = only[1:] if only and only[0] == name else None
        if value is None or (only and rest is None):
            continue
        inner = list(_models(info.annotation))
        if inner:
            for one in value if isinstance(value, list) else [value]:
                deeper = rest[1:] if rest and isinstance(rest[0], int) else rest
                _resolve_paths(one, inner[0], folder, deeper or None)
        elif _is_path(info.annotation) and isinstance(value, str) and value.strip():
            values[name] = str(folder / Path(value).expanduser())
        elif model.__name__ == "Stream" and name == "inputs":
            values[name] = _resolve_inputs(value, folder)


def _resolve_inputs(value: Any, folder: Path) -> Any:
    inputs = [value] if isinstance(value, str) else value
    if not isinstance(inputs, list):
        return value
    return [
        str(folder / Path(one).expanduser()) if isinstance(one, str) and "://" not in one else one
        for one in inputs
    ]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _is_path(annotation: Any) -> bool:
    return annotation is Path or any(_is_path(one) for one in get_args(annotation))


def _readable(error: ValidationError) -> Iterable[ErrorDetails]:
    """Pydantic's errors without echoes: a union reports every branch, a list its items."""
    errors = error.errors(include_url=False)
    seen: set[Location] = set()
    for one in errors:
        location = _keys(one["loc"])
        inside = any(
            _keys(other["loc"])[: len(location)] == location for other in errors if other is not one
        )
        if location in seen or (one["type"] == "too_short" and inside):
            continue
        seen.add(location)
        yield one


def _keys(location: Location) -> Location:
    """Without pydantic's names of union branches, which are no keys of the file."""
    fields = set(_all_fields(Experiment))
    return tuple(
        key
        for index, key in enumerate(location)
        if isinstance(key, int) or index == 0 or key in fields or not _is_branch(str(key))
    )


def _is_branch(key: str) -> bool:
    return key in {"float", "int", "str"} or key.startswith(
        ("literal[", "constrained-", "function-")
    )


def _all_fields(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield name
        for inner in _models(info.annotation):
            yield from _all_fields(inner)


def _problems(error: ErrorDetails, tree: _Tree) -> Iterator[Problem]:
    if error["type"] != MISFITS:
        yield _problem(error, tree)
        return
    for keys, message in error["ctx"]["found"]:
        location = (*_keys(error["loc"]), *keys)
        yield Problem(tree.place(location), f"{'.'.join(map(str, location))}: {message}")


def _problem(error: ErrorDetails, tree: _Tree) -> Problem:
    location = _keys(error["loc"])
    name = ".".join(str(key) for key in location)
    where = tree.place(location) or name
    if error["type"] == "extra_forbidden":
        return Problem(where, f"{name}: unknown key", _nearest(location))
    if error["type"] == "missing":
        return Problem(where, f"{name}: must be given", _description(location))
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    value = error["input"]
    plain = not isinstance(value, (dict, list, tuple, BaseModel))
    shown = f", not {value!r}" if plain and str(value) not in message else ""
    return Problem(where, f"{name}: {message}{shown}" if name else message)


def _section(location: Location) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Experiment
    for key in location:
        if isinstance(key, int):
            continue
        info = model.model_fields.get(key) if model else None
        if info is None:
            return None
        model = next(_models(info.annotation), None)
    return model


def _nearest(location: Location) -> str | None:
    model = _section(location[:-1])
    if model is None:
        return None
    near = difflib.get_close_matches(str(location[-1]), model.model_fields, 1, 0.5)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known here: {', '.join(model.model_fields)}"


def _description(location: Location) -> str | None:
    model = _section(location[:-1])
    info = model.model_fields.get(str(location[-1])) if model else None
    return info.description if info else None
