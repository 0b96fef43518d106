"""Forms that no file of the shared corpus has: read, written anew, and read back equal."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from train2edge.errors import InputError
from train2edge.settings_file import Document, differences, open_document

YAML = {
    "anchors": "a: &x\n  b: 1\nc: *x\nd: &v value # why\ne: *v\nf:\n  <<: *x\n  g: 2\n",
    "in one line": "a: {b: 1, c: [1, 2, {d: e}]}\nf: [x, 'y, z',  # why\n  \"#\"]\ng: []\nh: {}\n",
    "blocks": "a: |\n  # no comment\n  text\n\nb: >-\n  folded\n  text\nc: |2+\n    x\n\n\nd: 1\n",
    "quotes": "a: 'it''s: # x'\nb: \"\\x41 \\u00e9 \\\"\\t\\\\\"\nc: ''\nd: \"0\"\n'e f': 'null'\n",
    "plain": "a: null\nb: ~\nc:\nd: a#b\ne: 50%\nf: a;b;\ng: 1:30\nh: yes\ni: .5\nj: x\n  y\n",
    "lists": "a:\n- b\n-  c: 1\n   d: 2\n- - 1\n  - 2\n-\n",
    "a list": "- a\n- b: 1\n",
    "a text": "nothing but text # why\n",
    "documents": "--- one\n---\n- two\n---\n---\nthree: 3\n...\n",
    "types": "a: !!opencv-matrix\n   rows: 3\n   data: [ 1.,\n      3. ]\nb: !!str 5\nc: !m {}\n",
    "keys": f"? {'x ' * 400}y\n: 1\n? |\n  a\n  b\n: 2\n1: 3\na: 1\na: 2\n",
    "ends": "%YAML:1.0\r\n---\r\na: 1   \r\n  # in\r\n\r\nb:\r\n  - 1\t# tab\r\n  # c\r\n# d",
    "nothing": "# but comments\n\n  # two\n",
}
KEY_FILES = {
    "byte order mark": "\ufeff[property]\na=1\n",
    "lists": "[a]\nk=v;w;\nl=a\\;b;c\nm=100%\nn = %d\no=#\np=\\\n",
    "no groups": "# but\n\n  # comments\n",
    "languages": "[a]\nname[de]=x\nname=y\n",
    "line ends": "[a]\r\nx=1\r\r\ny=1\rz=2\n\r\n[b]\n",
    "odd spaces": "[a]\n\tx\t=\t1\u00a0\nv=\x0b2\n[ b ] \n",
    "no key file": "{% if x %}\n[a] # c\nx\n// y\n; z\n[\n\x1a",
}
MESSAGES = {
    "colons, commas, brackets": "m : { a: 1 } n <b: 2> o: <c: 3>; p { } , q: [1] r: [] s [{t: 1}]",
    "texts": 'm { a: "x" \'y\'\n "z" b: \'it"s\' d: "a\\\n b" e: \'\' }',
    "escapes": 'm { c: "\\303\\251\\u00e9\\U0001F600\\xff\\r\\0\\\\\\"" }',
    "maps": '# c\nm { key: "a" value: 1 } # d\nm { key: "b" value { x: 1 } }\n# e',
    "extensions": "m { [a.b] { c: 1 } [type.googleapis.com/d.E] { f: 2 } [g]: 3 }",
    "numbers": "m { a: -inf b: nan c: 1.5f d: 0x1F e: - 5 f: .5 g: 5. h: 1e-10 i: true }",
    "comments": "m { l: [ # a\n 1, # b\n 2 ] # c\n # d\n} # e\n\n# f",
    "not closed": "m { a { b: 1 }",
    "one message only": "m {}",
}
LISTS = {"line ends": "enable,uri\r\n1,rtsp://h/a?b=c\r\n\r\n0,\r\n", "twice": "a,a\n1, 2 \n,"}
ALL = [
    *(("a.yml", name, text) for name, text in YAML.items()),
    *(("a.txt", name, text) for name, text in {**KEY_FILES, **MESSAGES}.items()),
    *(("a.csv", name, text) for name, text in LISTS.items()),
]


def document(folder: Path, name: str, text: str) -> Document:
    (folder / name).write_bytes(text.encode())
    return open_document(folder / name)


@pytest.mark.parametrize(("name", "form", "text"), ALL, ids=[f"{n} {f}" for n, f, _ in ALL])
def test_an_odd_form_is_written_and_read_back_equal(
    tmp_path: Path, name: str, form: str, text: str
) -> None:
    given = document(tmp_path, name, text)
    given.write(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == text.encode()
    again = dataclasses.replace(given, text=given.rendered())
    assert list(differences(given, again)) == []
    assert bool(given.problems) == (form in ("byte order mark", "no key file", "not closed"))


@pytest.mark.parametrize("form", [one for one in YAML if one not in ("types", "ends")])
def test_another_reader_finds_the_same_in_yaml_written_anew(tmp_path: Path, form: str) -> None:
    """Kinds of values too: a text that looks like a number stays a text."""
    given = document(tmp_path, "a.yml", YAML[form])
    assert _pyyaml(given.rendered()) == _pyyaml(YAML[form])


def _pyyaml(text: str) -> list[Any]:
    return [_tree(one) for one in yaml.compose_all(text, Loader=yaml.SafeLoader)]


def _tree(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.tag, node.value
    if isinstance(node, yaml.MappingNode):
        return [(_tree(key), _tree(value)) for key, value in node.value]
    return [_tree(one) for one in node.value]


def test_an_alias_is_replaced_where_it_stands(tmp_path: Path) -> None:
    given = document(tmp_path, "a.yml", "a: &x 1\nb: *x\nc: !!str 5\n")
    assert given.set(("b",), "2").text == "a: &x 1\nb: 2\nc: !!str 5\n"
    assert given.set(("a",), "3").text == "a: &x 3\nb: *x\nc: !!str 5\n"
    assert given.set(("c",), "7").text == "a: &x 1\nb: *x\nc: !!str 7\n"


SHARED = """\
usual: &usual
  threshold: 0.5   # of all
  name: 'a b'
  roi: &roi [1, 2]
  inner: {x: "1, 2", y: }
car: *usual
bus: *usual
outer:
  deep: *usual
"""


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("car", "threshold"), "0.7"),
        (("car", "name"), "b, c"),
        (("car", "new"), "[1]"),
        (("car", "inner", "y"), "2"),
        (("outer", "deep", "inner", "new"), "3"),
    ],
)
def test_who_else_has_a_group_by_its_anchor_keeps_it(
    tmp_path: Path, keys: tuple[str, ...], value: str
) -> None:
    given = document(tmp_path, "a.yml", SHARED)
    edited = given.set(keys, value)
    wanted = there = _read_without_sharing(SHARED)
    for key in keys[:-1]:
        there = there[key]
    there[keys[-1]] = value
    assert _read_without_sharing(edited.text) == wanted
    changed = [one for one in SHARED.splitlines() if one not in edited.text.splitlines()]
    assert changed == [f"{'  deep' if keys[0] == 'outer' else 'car'}: *usual"]
    found = edited.root.find(*keys)
    assert found is not None and found.value == value


def _read_without_sharing(text: str) -> dict[str, Any]:
    """Every user of an anchor with a value of its own."""
    values = yaml.load(text, Loader=yaml.BaseLoader)
    values["car"], values["bus"] = copy.deepcopy(values["car"]), copy.deepcopy(values["bus"])
    return values | {"outer": copy.deepcopy(values["outer"])}


def test_a_value_goes_from_one_users_copy_alone(tmp_path: Path) -> None:
    edited = document(tmp_path, "a.yml", "a: &x {p: 1, q: 2}\nb: *x\nc: *x\n").remove("b", "p")
    assert edited.text == "a: &x {p: 1, q: 2}\nb: {q: 2}\nc: *x\n"


def test_a_key_below_a_single_value_is_refused(tmp_path: Path) -> None:
    given = document(tmp_path, "a.yml", "a: &x 1\nb: *x\n")
    for name in ("a", "b"):
        with pytest.raises(InputError, match="is no group"):
            given.set((name, "y"), "2")


def test_numbers_of_a_messages_text_are_bytes(tmp_path: Path) -> None:
    given = document(tmp_path, "a.txt", 'm { a: "caf\\303\\251 \\u00e9 \\377" }')
    found = given.root.find("m", "a")
    assert found is not None
    assert found.value == "café é \udcff"


def test_a_group_that_holds_itself_is_a_problem_with_its_line(tmp_path: Path) -> None:
    given = document(tmp_path, "a.yml", "a: &x\n  b: [1, *x]\n")
    (problem,) = given.problems
    assert problem.where.endswith("a.yml:2") and "*x stands inside" in problem.message
