"""An app plan as text: templates that only lay out, never decide."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from deepstream import app_settings
from deepstream.app_record import record
from deepstream.plan import AppPlan
from deepstream.settings import Section, check_text, setting
from train2edge.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from deepstream.deploy.service import ServicePlan

_PLAIN_YAML = re.compile(r"[A-Za-z0-9_./;+-][A-Za-z0-9_./;:+-]*\Z")
# YAML 1.1 would read these words and numbers as something else than the text.
_RESERVED_YAML = re.compile(r"(?i)(y|n|yes|no|on|off|true|false|null|~|-|.*:|[0-9]+(:[0-9]+)+)\Z")
_OPENCV_YAML = "%YAML:1.0"
_INFER = re.compile(r"(infer\w*)\.txt\Z")


def render(plan: AppPlan, frames: dict[str, list[str]] | None = None) -> dict[str, str]:
    """File name to text, for every file of the folder that is text."""
    files = {
        "app.txt": gkeyfile(f"deepstream-app: {_title(plan)}", plan.app),
        "app.yaml": yaml(f"deepstream-app: {_title(plan)}", _yaml_app(plan.app)),
        "sources.csv": sources_csv(plan),
        "infer.txt": gkeyfile(f"nvinfer: {_title(plan)}", plan.infer),
        "infer.yaml": yaml(f"nvinfer: {_title(plan)}", plan.infer),
        "labels.txt": "".join(f"{check_text(one, 'label')}\n" for one in plan.labels),
        "README.md": _template("README.md.j2").render(plan=plan, video=app_settings.VIDEO),
        "app.json": json.dumps(record(plan, frames), indent=2) + "\n",
    }
    for one in plan.secondaries:
        title = f"nvinfer, {one.bundle.name}: {_title(plan)}"
        files[f"infer_{one.name}.txt"] = gkeyfile(title, one.infer)
        files[f"infer_{one.name}.yaml"] = yaml(title, one.infer)
        files[f"labels_{one.name}.txt"] = one.label_text
    if plan.tracker:
        title = f"nvtracker, {plan.tracker.kind}: {_title(plan)}"
        files["tracker.yml"] = yaml(title, plan.tracker.sections, directive=_OPENCV_YAML)
    return files


def gkeyfile(title: str, sections: Sequence[Section]) -> str:
    """Sections as GKeyFile text; comments stand on lines of their own (it knows no others)."""
    return _template("gkeyfile.j2").render(title=check_text(title, "title"), sections=sections)


def yaml(title: str, sections: Sequence[Section], *, directive: str = "") -> str:
    """Sections as YAML maps; ``directive`` is a first line, as OpenCV's FileStorage wants it."""
    return _template("yaml.j2").render(
        title=check_text(title, "title"), sections=sections, directive=directive
    )


def sources_csv(plan: AppPlan) -> str:
    """The sources as DeepStream's YAML app reads them: a header of keys, a row a source.

    Columns are all keys that any source has; a source without one repeats the first one's value,
    because DeepStream ends on an empty cell (``std::stoi`` of nothing).
    """
    rows = [dict(app_settings.source_values(one)) for one in plan.sources]
    columns: dict[str, str | int] = {}
    for row in rows:
        for key, value in row.items():
            columns.setdefault(key, value)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONE, lineterminator="\n")
    try:
        writer.writerow(columns)
        writer.writerows([row.get(key, value) for key, value in columns.items()] for row in rows)
    except csv.Error as error:
        raise InputError(f"a source cannot be written into sources.csv: {error}") from None
    return out.getvalue()


def unit(plan: ServicePlan) -> str:
    """A systemd unit."""
    return _template("app.service.j2").render(plan=plan)


def _yaml_app(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The YAML form: sources stand in a CSV file, the networks' files are the YAML ones."""
    source = Section("source", (setting("csv-file-path", "sources.csv", "a row a source"),))
    result: list[Section] = []
    for section in sections:
        if not re.fullmatch(r"source\d+", section.name):
            result.append(_renamed(section))
        elif source not in result:
            result.append(source)
    return tuple(result)


def _renamed(section: Section) -> Section:
    settings = (
        replace(one, value=_INFER.sub(r"\1.yaml", one.value)) if one.key == "config-file" else one
        for one in section.settings
    )
    return replace(section, settings=tuple(settings))


def _title(plan: AppPlan) -> str:
    return (
        f"{plan.name} on {plan.place.target.name} with DeepStream {plan.place.release.name}"
        " (written by t2e stream config)"
    )


def _gkeyfile_value(value: str) -> str:
    """A string as ``g_key_file_get_string`` gives it back: only the backslash is special."""
    return check_text(value, "value").replace("\\", "\\\\")


def _yaml_value(value: str) -> str:
    """A string that any YAML reader takes as one scalar with this text."""
    check_text(value, "value")
    if _PLAIN_YAML.match(value) and not _RESERVED_YAML.match(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _unit_value(value: str) -> str:
    """A value as systemd reads it: % begins a specifier."""
    return check_text(value, "value").replace("%", "%%")


def _unit_word(value: str) -> str:
    """A word of a command line, which systemd takes apart and fills in ($) itself."""
    escaped = _unit_value(value).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("deepstream"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Not HTML: every value goes through a filter of its own, which refuses line breaks.
        autoescape=False,
    )
    filters: Mapping[str, object] = {
        "gkeyfile": _gkeyfile_value,
        "yaml": _yaml_value,
        "unit": _unit_value,
        "unit_word": _unit_word,
    }
    environment.filters.update(filters)
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)
