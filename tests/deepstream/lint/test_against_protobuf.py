"""protobuf itself, with the messages of our table, is the judge of nvinferserver's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deepstream.lint.context import open_file
from deepstream.lint.run import lint
from deepstream.lint.schema import table
from tests.deepstream.lint.clean import SERVER, folder
from tests.train2edge.settings_file import corpus

SCALARS = {
    "string": "TYPE_STRING",
    "path": "TYPE_STRING",
    "bool": "TYPE_BOOL",
    "int": "TYPE_INT64",
    "uint": "TYPE_UINT64",
    "float": "TYPE_FLOAT",
}
REFUSING = ("unknown-key", "value", "twice", "one-of", "syntax")


@pytest.fixture(scope="module")
def message() -> Any:
    """The message class of a whole file, built from ``nvinferserver.yaml``."""
    pytest.importorskip("google.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    data = table("nvinferserver.yaml")
    file = descriptor_pb2.FileDescriptorProto(name="server.proto", package="p", syntax="proto3")
    for name, values in data["enums"].items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in data["messages"].items():
        _add(file.message_type.add(name=name), fields, data)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"p.{data['root']}")
    return message_factory.GetMessageClass(found)


def _add(message: Any, fields: dict[str, Any], data: dict[str, Any]) -> None:
    groups = data["one_of"].get(message.name, [])
    for number, _ in enumerate(groups):
        message.oneof_decl.add(name=f"one_of_{number}")
    for number, (name, kind) in enumerate(fields.items(), 1):
        field = message.field.add(name=name, number=number)
        many = isinstance(kind, (list, dict))
        field.label = field.LABEL_REPEATED if many else field.LABEL_OPTIONAL
        if isinstance(kind, dict):
            kind = [_entry(message, name, *next(iter(kind.items())))]
        inner = kind[0] if many else kind
        if inner in SCALARS:
            field.type = getattr(field, SCALARS[inner])
        else:
            field.type = field.TYPE_ENUM if inner in data["enums"] else field.TYPE_MESSAGE
            field.type_name = inner if inner.startswith(".") else f".p.{inner}"
        for place, names in enumerate(groups):
            if name in names:
                field.oneof_index = place


def _entry(message: Any, name: str, key: str, value: str) -> str:
    """The hidden message of a map's pairs."""
    title = "".join(part.capitalize() for part in name.split("_")) + "Entry"
    entry = message.nested_type.add(name=title)
    entry.options.map_entry = True
    first = entry.field.add(name="key", number=1, label=1)
    first.type = getattr(first, SCALARS[key])
    second = entry.field.add(name="value", number=2, label=1, type_name=f".p.{value}")
    second.type = second.TYPE_MESSAGE
    return f".p.{message.name}.{title}"


def accepted(message: Any, text: str) -> bool:
    from google.protobuf import text_format

    try:
        text_format.Parse(text, message())
    except text_format.ParseError:
        return False
    return True


def test_real_files_are_accepted(message: Any) -> None:
    files = [one for one in corpus.files() if open_file(one).kind_name == "nvinferserver"]
    if not files:
        pytest.skip("no shared files")
    for path in files:
        document = open_file(path).document
        assert accepted(message, document.text), path
        assert accepted(message, document.rendered()), path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("topk: 20", "top_k: 20"),
        ("max_batch_size: 4", "max_batch_size: four"),
        ("max_batch_size: 4", "max_batch_size: -4"),
        ("max_batch_size: 4", 'max_batch_size: "4"'),
        ("IMAGE_FORMAT_RGB", "RGB"),
        ("IMAGE_FORMAT_RGB", '"IMAGE_FORMAT_RGB"'),
        ("IMAGE_FORMAT_RGB", "1"),
        ('"net"', "net"),
        ('"net"', "'net' \"work\""),
        ("unique_id: 1", "unique_id: 1 unique_id: 2"),
        ("interval: 0", "interval: 0 secondary_reinfer_interval: 9"),
        ("scale_factor: 0.0039", "scale_factor: .0039f"),
        ("scale_factor: 0.0039", "scale_factor: 39e-4"),
        ("[0, 0, 0]", "[0 0 0]"),
        ("[0, 0, 0]", "0 channel_offsets: 1.5"),
        ("gpu_ids: [0]", "gpu_ids [0]"),
        ("gpu_ids: [0]", "gpu_ids: [0, x]"),
        ("nms {", "nms: <"),
        ("infer_config {", "infer_config {}}"),
        ("process_mode: PROCESS_MODE_FULL_FRAME", "process_mode: PROCESS_MODE_FULL_FRAME,"),
        ("process_mode: PROCESS_MODE_FULL_FRAME", "async_mode: yes"),
        ("process_mode: PROCESS_MODE_FULL_FRAME", "async_mode: t;"),
    ],
)
def test_what_is_told_is_what_protobuf_refuses(
    message: Any, tmp_path: Path, old: str, new: str
) -> None:
    folder(tmp_path)
    text = SERVER.replace(old, new, 1) if old else SERVER
    (tmp_path / "server.txt").write_text(text)
    told = [one.rule for one in lint(tmp_path / "server.txt") if one.rule in REFUSING]
    assert accepted(message, text) == (not told), told
