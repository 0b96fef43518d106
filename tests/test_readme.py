"""Every command that README and docs show is there as shown, and is run, or says why not."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.world import make
from train2edge.cli import t2e

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- ([^\n]*) -->\n)?```sh\n(.*?)```", re.DOTALL)


def shown() -> Iterator[tuple[str, str]]:
    """(page, command line) of every ``t2e`` command in code blocks and in backticks."""
    for page in PAGES:
        text = page.read_text()
        for _, block in BLOCK.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, line
        for inline in re.findall(r"`(t2e [^`]+)`", BLOCK.sub("", text)):
            yield page.name, inline


def commands() -> list[tuple[str, str]]:
    found = []
    for page, line in shown():
        words = line.partition(" #")[0].strip().removeprefix(".venv/bin/")
        if words.startswith("t2e "):
            found.append((page, words))
    return found


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 15


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_shown_command_and_option_exists(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = t2e
    context = click.Context(command, info_name="t2e")
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        inner = command.get_command(context, name)
        assert inner is not None, f"{page}: {line}: no command '{name}'"
        command = inner
        context = click.Context(command, parent=context, info_name=name)
    # raises click.NoSuchOption for an option that is not there
    command.make_parser(context).parse_args(words)


def labels() -> list[tuple[str, str]]:
    return [(page.name, label) for page in PAGES for label, _ in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "label"), labels())
def test_every_block_of_commands_is_run_or_says_why_not(page: str, label: str) -> None:
    """``commands: NAME``, which a test takes by ``block(NAME)``; ``like: TEST``; ``not in ...``."""
    kind, _, said = label.partition(": ")
    if kind == "commands":
        tests = (one.read_text() for one in (ROOT / "tests").rglob("test_*.py"))
        assert any(f'block("{said}")' in text for text in tests), f"{page}: no test runs {said}"
    elif kind == "like":
        assert (ROOT / said).is_file(), f"{page}: there is no {said}"
    else:
        assert (kind, bool(said)) == ("not in the tests", True), f"{page}: a block without a word"


def block(name: str) -> list[str]:
    """The command lines under ``<!-- commands: name -->``."""
    texts = (page.read_text() for page in PAGES)
    found = [
        body
        for text in texts
        for label, body in BLOCK.findall(text)
        if label == f"commands: {name}"
    ]
    assert len(found) == 1, f"{len(found)} blocks are named {name}"
    return [line for line in found[0].replace("\\\n", " ").splitlines() if line.strip()]


def run_line(line: str, folder: Path, *expected: int) -> None:
    words = shlex.split(line, comments=True)
    assert words[0] == "t2e"
    command = [sys.executable, "-m", "train2edge", *words[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode in (expected or (0,)), f"{line}\n{done.stdout}{done.stderr}"


def test_the_first_steps_run_as_they_stand(tmp_path: Path) -> None:
    for line in block("steps"):
        run_line(line, tmp_path)
    assert (tmp_path / "street" / "video.mp4").is_file()
    assert (tmp_path / "spec.schema.json").is_file()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make(tmp_path_factory.mktemp("small"))
    (folder / "bundle").rename(folder / "BUNDLE")
    (folder / "app").rename(folder / "APP")
    return folder


def test_engines_are_planned_and_checked_as_shown(small: Path) -> None:
    for line in block("engines"):
        if "--check" in line:
            run_line(line, small, 0, 3)  # 3: TensorRT for RTX is not installed
        else:
            run_line(line, small, 2 if "# refused" in line else 0)


def test_pictures_are_looked_at_as_shown(tmp_path: Path) -> None:
    from tests.train2edge.datasets.toys import kitti, line

    boxes = line("car", 5, 5, 20, 20) + line("van", 25, 5, 40, 20)
    kitti(tmp_path / "photos", {f"{number:02}": boxes for number in range(60)})
    for one in [*block("pictures"), *block("augment")]:
        run_line(one, tmp_path)
    assert (tmp_path / "out" / "spec.yaml").is_file()
    assert (tmp_path / "coco").is_dir()
    assert (tmp_path / "sheet" / "sheet.html").is_file()
    assert len(list((tmp_path / "more" / "train" / "images").iterdir())) == 3 * 51


def test_an_old_specification_is_imported_as_shown(tmp_path: Path) -> None:
    from tests.train2edge.spec.tlt import old
    from tests.trainer import toys

    toys.pictures(tmp_path / "tlt" / "data", 80)
    (tmp_path / "detectnet_v2_train.txt").write_text(old.SMALL)
    (tmp_path / "detectnet_v2_tfrecords.txt").write_text(old.CONVERT)
    for line in block("import"):
        run_line(line, tmp_path)
    assert (tmp_path / "RUN" / "best.safetensors").is_file()
    same = [(tmp_path / name).read_text() for name in ("spec.yaml", "mine.yaml")]
    assert all("images: tlt/data/images" in text for text in same)


def test_files_are_checked_as_shown(small: Path) -> None:
    for line in block("lint"):
        run_line(line, small)


def test_a_classifier_is_made_as_shown(tmp_path: Path) -> None:
    """As it stands, but for the experiment: what the first line writes gives way to a small one."""
    from tests.deepstream import toy
    from tests.trainer import toys
    from train2edge.spec.loader import load_values, save

    data = toys.pictures(tmp_path / "data")
    shutil.copytree(data / "images", tmp_path / "photos")
    toy.bundle(tmp_path / "detector", made=toy.contract("car", "bus"))
    (tmp_path / "video.mp4").touch()
    first, *others = block("classifier")
    run_line(first, tmp_path)
    (tmp_path / "spec.yaml").unlink()
    values = toys.classification(data, epochs=1).model_dump()
    sets = ["export.calibration.pictures=4", "export.gate={max_drop: 100, min_sqnr: 0}"]
    few = load_values(values, where="toy", sets=sets)
    save(few, tmp_path / "spec.yaml")
    for line in others:
        run_line(line, tmp_path)
    assert "square;disc" in (tmp_path / "app" / "labels_secondary0.txt").read_text()


def test_a_network_learns_8_bits_as_shown(tmp_path: Path) -> None:
    from tests.trainer import toys
    from train2edge.bundle import ModelBundle
    from train2edge.spec.loader import load_values, save

    values = toys.experiment(toys.pictures(tmp_path / "data")).model_dump()
    sets = ["export.calibration.pictures=4", "quantization.epochs=1", "export.gate.max_drop=100"]
    save(load_values(values, where="toy", sets=sets), tmp_path / "SPEC")
    toys.narrow(tmp_path / "RUN" / "best.safetensors")
    for line in block("quantise"):
        run_line(line, tmp_path)
    told = {one.what: one.passed for one in ModelBundle.open(tmp_path / "BUNDLE").verified}
    assert any(what.startswith("torch in 8 bits") and passed for what, passed in told.items())
