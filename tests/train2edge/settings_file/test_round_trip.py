"""Every real file: read, written, and read back equal."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.train2edge.settings_file import corpus
from train2edge.settings_file import Document, Node, differences, open_document


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = corpus.files()
    if not found:
        pytest.skip(f"no configuration files at {corpus.FOLDER}")
    return found


def test_a_file_is_written_as_it_was_read(files: list[Path], tmp_path: Path) -> None:
    for path in files:
        copy = tmp_path / path.name
        open_document(path).write(copy)
        assert copy.read_bytes() == path.read_bytes(), path


def test_values_order_and_comments_are_all_that_a_file_says(files: list[Path]) -> None:
    """Written anew from the tree alone, a file reads back as the same tree."""
    told = []
    for path in files:
        document = open_document(path)
        again = dataclasses.replace(document, text=document.rendered())
        told += [f"{path}: {one}" for one in differences(document, again)]
    assert told == []


def test_every_value_can_be_replaced_and_nothing_else_changes(files: list[Path]) -> None:
    for path in files:
        document = open_document(path)
        keys = [keys for keys, one in document.root.walk() if _in_one_line(document, keys, one)]
        for place in [*keys[:1], *keys[-1:]]:
            edited = document.set(place, "changed")
            old, new = document.text.split("\n"), edited.text.split("\n")
            changed = [one for one in zip(old, new, strict=True) if one[0] != one[1]]
            assert len(changed) == 1 and edited.root.find(*place), (path, place)
            assert edited.root.find(*place).value == "changed", (path, place)  # type: ignore[union-attr]


def _in_one_line(document: Document, keys: tuple[str, ...], node: Node) -> bool:
    """Whether ``set`` finds the value again by its keys; a CSV header is what names them."""
    found = document.root.find(*keys)
    written = document.text[slice(*node.span)]
    return (
        found is node
        and node.kind == "scalar"
        and all(keys)
        and not ("\n" in written or keys[0] == "header")
    )


def test_glib_reads_the_same_groups_keys_and_values(files: list[Path]) -> None:
    """The reader that DeepStream itself uses, where it is installed, is the judge."""
    glib = pytest.importorskip("gi.repository.GLib")
    for path in files:
        document = open_document(path)
        if document.format.name != "gkeyfile":
            continue
        data = path.read_bytes()
        judge = glib.KeyFile()
        try:
            judge.load_from_bytes(glib.Bytes.new(data), glib.KeyFileFlags.NONE)
        except glib.Error:
            assert document.problems, path
            continue
        assert not document.problems, (path, document.problems)
        names = list(dict.fromkeys(one.key for one in document.root.children))
        assert names == judge.get_groups()[0], path
        for group in names:
            merged = [k for g in document.root.children if g.key == group for k in g.children]
            ours = {one.key: one.written for one in merged}
            assert ours == {key: judge.get_value(group, key) for key in judge.get_keys(group)[0]}
