"""The reader that DeepStream itself uses is the judge of odd forms, where it is installed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train2edge.settings_file import Document, differences
from train2edge.settings_file.gkeyfile import FORMAT

LINES = [
    "[a]",
    "[b c]",
    "[a] ",
    "[ x ]",
    "[]",
    "[a]b",
    "[[z]",
    "[é]",
    "x=1",
    "x = 2 ",
    "  y=a\\sb",
    "=1",
    "z",
    "#c",
    "  # d",
    "",
    "\t",
    "k[=2",
    "a b=3",
    "x==",
    "\x0b",
    "p=\\x",
    "q=é",
    "w=1\r",
    "w=1\r\r",
    "\r",
    "m\t=\tv",
    " =",
    "\xa0r=1",
    "n\x01=2",
    "v=#",
    "a]=1",
    ";c=1",
    "u=1 # one",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=7).map("\n".join))
def test_odd_lines_are_taken_or_refused_as_glib_does(text: str) -> None:
    glib = pytest.importorskip("gi.repository.GLib")
    document = Document(Path("a.txt"), text, FORMAT)
    judge = glib.KeyFile()
    try:
        judge.load_from_bytes(glib.Bytes.new(text.encode()), glib.KeyFileFlags.NONE)
    except glib.Error:
        assert document.problems
        return
    assert not document.problems
    groups = document.root.children
    assert list(dict.fromkeys(one.key for one in groups)) == judge.get_groups()[0]
    for name in judge.get_groups()[0]:
        keys = [key for group in groups if group.key == name for key in group.children]
        found = {key: judge.get_value(name, key) for key in judge.get_keys(name)[0]}
        assert {one.key: one.written for one in keys} == found


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=7).map("\n".join))
def test_odd_lines_are_written_anew_without_loss(text: str) -> None:
    document = Document(Path("a.txt"), text, FORMAT)
    again = dataclasses.replace(document, text=document.rendered())
    assert list(differences(document, again)) == []
