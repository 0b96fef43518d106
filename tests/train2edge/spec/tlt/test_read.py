"""Reading: both forms, and everything that is no specification."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train2edge.errors import InputError
from train2edge.settings_file.prototxt import parse
from train2edge.spec.tlt.group import Group, Leaf, grown
from train2edge.spec.tlt.kinds import kind_of
from train2edge.spec.tlt.read import read, read_all

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


def of(folder: Path, text: str | bytes, name: str = "old.txt") -> Group:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path)


def test_names_lines_maps_and_repeated_keys(tmp_path: Path) -> None:
    text = 'a {\n  m { key: "car" value: "bus" }\n  b: 0\n  b: 1\n}\na { c: [2, 3] }\n'
    found = of(tmp_path, text)
    assert [(one.name, one.text, one.line) for one in found.walk()] == [
        ("a[0].m[car]", "bus", 2),
        ("a[0].b[0]", "0", 3),
        ("a[0].b[1]", "1", 4),
        ("a[1].c[0]", "2", 6),
        ("a[1].c[1]", "3", 6),
    ]
    assert next(one.pattern for one in found.walk()) == "a.m"
    assert found.leaf("a.b") == found.leaves("a.b")[-1]


def test_references_and_nothing_in_yaml(tmp_path: Path) -> None:
    text = "a:\n  b: 3\n  c: ???\n  d: null\ne: ${a.b}/x\nf: ${a.c}\n"
    found = of(tmp_path, text, "old.yaml")
    told = {one.name: (one.text, one.is_given) for one in found.walk()}
    assert told["e"] == ("3/x", True)
    assert not any(told[name][1] for name in ("a.c", "a.d", "f"))


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    assert of(tmp_path, "train_config {\n  n_epochs: 3\n}\n", "old.yaml").has(
        "train_config.n_epochs"
    )
    assert of(tmp_path, "train:\n  num_epochs: 3\n", "old.txt").has("train.num_epochs")


@pytest.mark.parametrize(
    ("name", "content", "tells"),
    [
        ("a.txt", "m {\n  n {\n    a: 1\n}\n", ":1: not protobuf's text form: m is opened"),
        ("a.txt", "m {\n  a: 1\n}\n}\n", ":4: "),
        ("a.txt", "m {\n  a 1\n}\n", ":2: not protobuf's text form: no ':' after a"),
        ("a.yaml", "a:\n  b: [1, 2\nc: 3\n", ":3: not YAML"),
        ("a.yaml", "a:\n\tb: 1\n", ":2: not YAML"),
        ("a.yaml", "a: 1\n---\nb: 1\n", "several YAML documents"),
        ("a.yaml", "- 1\n- 2\n", "holds no keys"),
        ("a.txt", "hello world\n", "not a specification"),
        ("a.txt", "", "is empty"),
        ("a.tlt", b"\x00\x01model", "not a text file"),
        ("a.hdf5", b"\x89HDF\r\n\x1a\n", "not a text file"),
        ("a.txt", "a {" * 9000, "too deep"),
        ("a.yaml", BOMB, "aliases stand for over"),
    ],
)
def test_what_is_no_specification(
    tmp_path: Path, name: str, content: str | bytes, tells: str
) -> None:
    with pytest.raises(InputError) as error:
        of(tmp_path, content, name)
    assert f"{tmp_path / name}" in str(error.value)
    assert tells in str(error.value)


def test_what_is_wrong_with_any_of_the_files_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("m {\n")
    with pytest.raises(InputError) as error:
        read_all([tmp_path / "a.txt", tmp_path / "none.txt", tmp_path])
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("inferencer_config { image_width: 960 }\n", "t2e infer"),
        ("lpr_config { hidden_units: 512 }\n", "letters"),
        ("nms_config { top_k: 200 }\n", "t2e evaluate"),
        ("train_config { preprocess_mode: 'caffe' }\n", "says nothing of training"),
        ("image_size: 3\nrows { a: 1 }\n", "not a specification of TLT or TAO: its keys are"),
        ("dataset:\n  classes: [a]\n  train: []\n", "already"),
        ("dataset: {train_ann_path: /a}\ntrain: {num_epochs: 3}\n", "masks"),
        ("results_dir: /a\nexport: {onnx_file: b}\n", "nothing carries over"),
    ],
)
def test_of_which_nothing_carries_over(tmp_path: Path, text: str, tells: str) -> None:
    with pytest.raises(InputError) as error:
        kind_of(of(tmp_path, text))
    assert tells in str(error.value)
    assert f"{tmp_path / 'old.txt'}:1" in str(error.value)


NAMES = st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True)
TEXTS = st.text(max_size=12)
TREES = st.recursive(
    st.one_of(st.integers().map(str), st.booleans().map(str), TEXTS.map(lambda one: ("text", one))),
    lambda inner: st.lists(st.tuples(NAMES, inner), min_size=1, max_size=4),
    max_leaves=12,
)


def written(tree: object, indent: str = "") -> str:
    """A tree of ``TREES`` in protobuf's text form, one key a line."""
    lines = []
    assert isinstance(tree, list)
    for name, value in tree:
        if isinstance(value, list):
            lines.append(f"{indent}{name} {{\n{written(value, indent + '  ')}{indent}}}\n")
        else:
            lines.append(f"{indent}{name}: {_quoted(value)}\n")
    return "".join(lines)


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return value
    assert isinstance(value, tuple)
    data = str(value[1]).encode()
    return '"' + "".join(f"\\{byte:03o}" for byte in data) + '"'


def leaves(tree: object) -> list[str]:
    assert isinstance(tree, list)
    return [
        text
        for _, value in tree
        for text in (
            leaves(value)
            if isinstance(value, list)
            else [value if isinstance(value, str) else value[1]]
        )
    ]


@given(st.lists(st.tuples(NAMES, TREES), min_size=1, max_size=4))
def test_every_value_of_protobuf_text_is_found_on_its_line(tree: list[tuple[str, object]]) -> None:
    text = written(tree)
    parsed = parse(text)
    assert not parsed.problems
    found = list(grown(parsed.root, Path("x")).walk())
    assert [one.text for one in found] == leaves(tree)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if ": " in line]
    assert [one.line for one in found] == lines
    assert all(isinstance(one, Leaf) for one in found)
