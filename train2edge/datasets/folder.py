"""A folder of pictures beside a folder of label files: who belongs to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from train2edge.datasets.header import SUFFIXES
from train2edge.datasets.picture import Skipped, picture_size
from train2edge.datasets.reading import LabelledBox, LabelledPicture, Reading
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.spec.dataset import Source

CLASS_LIST = "classes.txt"  # what labelling tools write among the label files
OTHERS = (".webp", ".tif", ".tiff", ".gif", ".heic", ".avif", ".jp2", ".jfif")  # no format of ours

# label file, picture size -> objects, the size the file states; problems go to the list
Parse = Callable[
    [Path, tuple[int, int], list[Problem]], tuple[list[LabelledBox], tuple[int, int] | None]
]


def read_folder(
    source: Source, suffix: str, parse: Parse, *, unlabelled_is_empty: bool = False
) -> Reading:
    """Read one label file a picture: same name under ``source.labels``, ending ``suffix``.

    A picture without a label file is left out and told, or is a picture without objects where the
    format says so (``unlabelled_is_empty``).
    """
    pictures = wanted_pictures(source)
    labels = _label_files(source.labels, suffix)
    reading = Reading()
    for key, image in pictures.items():
        label = labels.get(key)
        if label is None:
            reading.unlabelled.append(image)
            if not unlabelled_is_empty:
                continue
        _read_one(reading, key, image, label, parse)
    if source.list is None:
        others = _other_pictures(source.images)
        reading.corrupt += [_unreadable(one) for key, one in others.items() if key not in pictures]
        known = {*pictures, *others}
        reading.pictureless += [str(path) for key, path in labels.items() if key not in known]
    return reading


def read_pictures(
    source: Source,
    objects: Callable[[Path, str, tuple[int, int], list[Problem]], list[LabelledBox]],
) -> Reading:
    """Read pictures that need no label file: ``objects`` of each from its path, key and size."""
    reading = Reading()
    for key, image in wanted_pictures(source).items():
        try:
            size = picture_size(image)
        except InputError as error:
            reading.corrupt.append(Skipped(image, error.message))
            continue
        found = tuple(objects(image, key, size, reading.problems))
        reading.pictures.append(LabelledPicture(image, key, *size, found, str(image)))
    return reading


def wanted_pictures(source: Source) -> dict[str, Path]:
    """Key to path of the pictures that ``source`` names, in the order of their keys."""
    pictures = _pictures(source.images)
    if source.list is None:
        return pictures
    problems, keys = [], set()
    for number, key in _listed(source.list):
        keys.add(key)
        if key not in pictures:
            message = f"no picture '{key}' in {source.images}"
            problems.append(Problem(f"{source.list}:{number}", message))
    if problems:
        raise ProblemsError(problems)
    return {key: path for key, path in pictures.items() if key in keys}


def read_text(path: Path, problems: list[Problem]) -> str:
    """The text of a label file; ``""`` and a problem if it is no text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), f"not a UTF-8 text file (byte {error.start})"))
    except OSError as error:
        problems.append(Problem(str(path), f"cannot be read: {error.strerror}"))
    return ""


def existing_folder(path: Path, what: str) -> Path:
    if not path.is_dir():
        kind = "is a file, a folder is wanted" if path.exists() else "no such folder"
        raise InputError(f"{what}: {kind}", where=str(path))
    return path


def _read_one(reading: Reading, key: str, image: Path, label: Path | None, parse: Parse) -> None:
    try:
        size = picture_size(image)
    except InputError as error:
        reading.corrupt.append(Skipped(image, error.message))
        return
    objects: list[LabelledBox] = []
    stated = None
    if label is not None:
        objects, stated = parse(label, size, reading.problems)
    where = str(label or image)
    reading.pictures.append(LabelledPicture(image, key, *size, tuple(objects), where, stated))


def _pictures(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    problems = []
    for path in _files(existing_folder(folder, "pictures"), SUFFIXES):
        key = _key(path, folder)
        if key in found:
            message = f"{found[key].name} and {path.name} would share one label file"
            problems.append(Problem(str(path), message))
        found[key] = path
    if problems:
        raise ProblemsError(problems)
    if not found:
        wanted = ", ".join(SUFFIXES)
        raise InputError(f"pictures: none in this folder ({wanted})", where=str(folder))
    return found


def _other_pictures(folder: Path) -> dict[str, Path]:
    """Key to path of pictures in formats that are not read."""
    return {_key(path, folder): path for path in _files(folder, OTHERS)}


def _unreadable(path: Path) -> Skipped:
    return Skipped(path, f"{path.suffix} is not read: convert it to .jpg or .png")


def _key(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _label_files(folder: Path, suffix: str) -> dict[str, Path]:
    files = _files(existing_folder(folder, "labels"), (suffix,))
    return {_key(path, folder): path for path in files if path.name != CLASS_LIST}


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Files below ``folder`` by their suffix, sorted; hidden ones are not looked at."""
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return sorted(path for path in paths if not path.name.startswith("."))


def _listed(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and key of each line; a path or a suffix in the list does no harm."""
    if not path.is_file():
        raise InputError("list of pictures: no such file", where=str(path))
    problems: list[Problem] = []
    for number, line in enumerate(read_text(path, problems).splitlines(), 1):
        key = line.strip()
        if key and Path(key).suffix.lower() in SUFFIXES:
            key = Path(key).stem
        if key:
            yield number, key
    if problems:
        raise ProblemsError(problems)
