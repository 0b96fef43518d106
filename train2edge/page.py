"""A report as one HTML file: sections, tables, pictures and plots, nothing loaded from elsewhere.

    Page("Report").section("Scores").cards(...).table(...).figure(svg, "caption").write(path)

Everything that is text is escaped; SVG is put in as it is, so it must be our own.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Union

from train2edge.files import write_text
from train2edge.page_style import STYLE


@dataclass(frozen=True)
class Bar:
    """A number of 0..1 in a table, with a bar as long as it."""

    value: float | None


@dataclass(frozen=True)
class Link:
    """A link in a table or a text; ``address`` is relative to the page."""

    text: str
    address: str


@dataclass(frozen=True)
class Card:
    """One figure that is read first: what it is, its value, and what it rests on."""

    label: str
    value: str
    note: str = ""


Cell = Union[str, int, float, None, Bar, Link]  # noqa: UP007  (evaluated by Python 3.10 too)


class Page:
    """A page in the making; every method adds to its end and gives the page back."""

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title = title
        self.subtitle = subtitle
        self._parts: list[str] = []
        self._sections: list[tuple[str, str]] = []

    def section(self, title: str, text: str = "") -> Page:
        """Start a section; it appears in the navigation at the top."""
        anchor = f"s{len(self._sections) + 1}"
        self._close_section()
        self._sections.append((anchor, title))
        self._parts.append(f'<section id="{anchor}"><h2>{escape(title)}</h2>')
        return self.text(text) if text else self

    def text(self, text: str) -> Page:
        """Add paragraphs, parted by empty lines."""
        for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
            self._parts.append(f"<p>{escape(paragraph)}</p>")
        return self

    def cards(self, cards: Iterable[Card]) -> Page:
        """Add figures in large print, side by side."""
        inner = "".join(
            f'<div class="card"><span>{escape(one.label)}</span><b>{escape(one.value)}</b>'
            f"<small>{escape(one.note)}</small></div>"
            for one in cards
        )
        self._parts.append(f'<div class="cards">{inner}</div>')
        return self

    def table(
        self, headers: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str = ""
    ) -> Page:
        """Add a table; numbers stand right, floats with three decimals, ``None`` as n/a."""
        head = "".join(f'<th scope="col">{escape(one)}</th>' for one in headers)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
        text = f"<caption>{escape(caption)}</caption>" if caption else ""
        self._parts.append(
            f'<div class="wide"><table>{text}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
        return self

    def facts(self, facts: Mapping[str, object]) -> Page:
        """Add names with their values, a line each."""
        inner = "".join(
            f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>"
            for name, value in facts.items()
        )
        self._parts.append(f"<dl>{inner}</dl>")
        return self

    def figure(self, content: str | bytes, caption: str = "") -> Page:
        """Add a picture: SVG text of our own, or the bytes of a JPEG or PNG."""
        self._parts.append(_figure(content, caption))
        return self

    def gallery(self, pictures: Iterable[tuple[str | bytes, str]]) -> Page:
        """Add pictures with captions, as many side by side as fit."""
        inner = "".join(_figure(content, caption) for content, caption in pictures)
        self._parts.append(f'<div class="gallery">{inner}</div>')
        return self

    def legend(self, colors: Mapping[str, str]) -> Page:
        """Add what colours mean: text -> CSS colour."""
        inner = "".join(
            f'<span><i style="background:{escape(color)}"></i>{escape(text)}</span>'
            for text, color in colors.items()
        )
        self._parts.append(f'<p class="legend">{inner}</p>')
        return self

    def folded(self, title: str, text: str) -> Page:
        """Add a long plain text that opens when it is clicked."""
        self._parts.append(
            f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"
        )
        return self

    def html(self) -> str:
        """The whole document."""
        body = "\n".join([*self._parts, "</section>"] if self._sections else self._parts)
        links = "".join(f'<a href="#{one}">{escape(title)}</a>' for one, title in self._sections)
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f"<title>{escape(self.title)}</title><style>{STYLE}</style></head>\n<body>"
            f"<header><h1>{escape(self.title)}</h1><p>{escape(self.subtitle)}</p>"
            f"<nav>{links}</nav></header>\n<main>\n{body}\n</main></body></html>\n"
        )

    def write(self, path: Path) -> Path:
        """Write the page; it appears whole or not at all."""
        write_text(path, self.html())
        return path

    def _close_section(self) -> None:
        if self._sections:
            self._parts.append("</section>")


def _cell(value: Cell) -> str:
    if isinstance(value, Bar):
        return _bar(value.value)
    if isinstance(value, Link):
        address = escape(value.address, quote=True)
        return f'<td><a href="{address}">{escape(value.text)}</a></td>'
    if value is None:
        return '<td class="none">n/a</td>'
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    if isinstance(value, float):
        return f'<td class="number">{value:.3f}</td>'
    return f"<td>{escape(value)}</td>"


def _bar(value: float | None) -> str:
    if value is None:
        return '<td class="none">n/a</td>'
    part = 100 * min(max(value, 0.0), 1.0)
    return f'<td class="bar" style="--part:{part:.1f}%">{value:.3f}</td>'


def _figure(content: str | bytes, caption: str) -> str:
    inner = content if isinstance(content, str) else _picture(content, caption)
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{inner}{text}</figure>"


def _picture(data: bytes, caption: str) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    text = base64.b64encode(data).decode()
    alt = escape(caption, quote=True)
    return f'<img alt="{alt}" src="data:image/{kind};base64,{text}">'
