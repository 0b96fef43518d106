"""A page is one file, and text in it is text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from train2edge.page import Bar, Card, Link, Page

VOID = {"meta", "img", "link"}


class _Balance(HTMLParser):
    """Every tag that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def page() -> Page:
    evil = "<script>alert('&')</script>"
    return (
        Page(evil, evil)
        .cards([Card(evil, "1 < 2", evil)])
        .section("One", f"{evil}\n\nsecond paragraph")
        .table([evil, "n"], [[evil, 1234567], [Link(evil, '"x'), None], [Bar(0.5), 0.12345]], evil)
        .figure("<svg></svg>", evil)
        .section("Two")
        .gallery([(b"\x89PNG....", evil), (b"\xff\xd8..", "jpeg")])
        .legend({evil: "#fff"})
        .facts({evil: Path("/x")})
        .folded(evil, evil)
    )


def test_everything_is_escaped_and_balanced(page: Page) -> None:
    text = page.html()
    assert "<script" not in text
    parser = _Balance()
    parser.feed(text)
    assert parser.open == []
    assert parser.seen.count("section") == 2
    assert parser.seen.count("tr") == 4


def test_cells(page: Page) -> None:
    text = page.html()
    assert '<td class="number">1,234,567</td>' in text
    assert '<td class="number">0.123</td>' in text
    assert "--part:50.0%" in text
    assert "n/a" in text
    assert 'href="&quot;x"' in text


def test_pictures_are_inside(page: Page) -> None:
    text = page.html()
    assert "data:image/png;base64," in text
    assert "data:image/jpeg;base64," in text


def test_sections_are_in_the_navigation(page: Page) -> None:
    text = page.html()
    assert '<a href="#s2">Two</a>' in text
    assert '<section id="s2"><h2>Two</h2>' in text


def test_written_whole(page: Page, tmp_path: Path) -> None:
    path = page.write(tmp_path / "deep" / "page.html")
    assert path.read_text(encoding="utf-8") == page.html()
    assert Page("empty").html().count("<section") == 0
