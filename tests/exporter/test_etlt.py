"""``t2e models etlt`` with a stand-in that has the two functions of NVIDIA's codec."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import onnx
import pytest

from exporter import etlt, onnx_file
from tests.exporter import toy
from train2edge import cli
from train2edge.errors import InputError, WorkError

KEY = "a secret key"
CODEC = """
import itertools, os

def _stream(source, target, passphrase, encryption=True, rewind=True):
    assert isinstance(passphrase, bytes) and encryption and not rewind
    if os.path.exists(os.environ.get("RECORD", "")):
        raise ValueError(f"cannot use {passphrase.decode()}")
    data = source.read()
    target.write(bytes(a ^ b for a, b in zip(data, itertools.cycle(passphrase))))

encrypt_stream = decrypt_stream = _stream
"""


@pytest.fixture
def codec(tmp_path, monkeypatch) -> Path:
    package = tmp_path / "site" / "eff_tao_encryption"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "tao_codec.py").write_text(CODEC)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return package / "tao_codec.py"


@pytest.fixture
def model_file(model, tmp_path) -> Path:
    path = tmp_path / "m.onnx"
    onnx_file.write(model, path, toy.CONTRACT)
    return path


@pytest.fixture
def key_file(tmp_path) -> Path:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(KEY + "\n")
    return path


def t2e(capsys, *arguments: object) -> tuple[int, str, str]:
    code = cli.run(["models", "etlt", *map(str, arguments)])
    captured = capsys.readouterr()
    assert KEY not in captured.out + captured.err
    return code, captured.out, captured.err


def test_there_and_back_again(codec, model_file, key_file, tmp_path, capsys):
    locked, opened = tmp_path / "m.etlt", tmp_path / "again.onnx"
    code, told, _ = t2e(capsys, "encrypt", model_file, "-o", locked, "--key-file", key_file)
    assert (code, told.strip()) == (0, str(locked))
    assert locked.read_bytes()[:4] == bytes(4)
    assert model_file.read_bytes()[:64] not in locked.read_bytes()
    code, told, _ = t2e(capsys, "decrypt", locked, "-o", opened, "--key-file", key_file, "--json")
    assert (code, json.loads(told)["path"]) == (0, str(opened))
    assert opened.read_bytes() == model_file.read_bytes()


def test_the_key_is_in_no_command_line_and_in_no_childs_environment(
    codec, model_file, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("THE_KEY", KEY)
    seen = []
    real = subprocess.run

    def run(command, **settings):
        seen.append((command, settings["env"]))
        return real(command, **settings)

    monkeypatch.setattr(etlt.subprocess, "run", run)
    out = tmp_path / "m.etlt"
    code, _, _ = t2e(capsys, "encrypt", model_file, "-o", out, "--key-env", "THE_KEY")
    assert (code, len(seen)) == (0, 2)
    for command, environment in seen:
        assert KEY not in " ".join(command)
        assert KEY not in environment.values()
    assert KEY not in repr(etlt.Codec(Path("python"), KEY))


def test_a_wrong_key_leaves_nothing(codec, model_file, key_file, tmp_path, capsys):
    locked = tmp_path / "m.etlt"
    t2e(capsys, "encrypt", model_file, "-o", locked, "--key-file", key_file)
    key_file.write_text("another")
    out = tmp_path / "again.onnx"
    code, _, error = t2e(capsys, "decrypt", locked, "-o", out, "--key-file", key_file)
    assert (code, "the key is wrong" in error) == (2, True)
    assert not out.exists() and not list(tmp_path.glob(".again*"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (struct.pack("<i", 7) + b"input_1" + b"rest", "UFF (input 'input_1')"),
        (b"", "not an .etlt"),
        (struct.pack("<i", -1), "not an .etlt"),
        (struct.pack("<i", 100) + b"short", "not an .etlt"),
    ],
)
def test_other_payloads_are_refused(content, told, codec, key_file, tmp_path, capsys):
    path = tmp_path / "m.etlt"
    path.write_bytes(content)
    out = tmp_path / "m.onnx"
    code, _, error = t2e(capsys, "decrypt", path, "-o", out, "--key-file", key_file)
    assert (code, told in error) == (2, True)
    assert not out.exists()


def test_only_onnx_is_encrypted(codec, key_file, tmp_path, capsys):
    path = tmp_path / "m.uff"
    path.write_bytes(b"not onnx")
    code, _, _ = t2e(capsys, "encrypt", path, "-o", tmp_path / "o", "--key-file", key_file)
    assert code == 2
    assert not (tmp_path / "o").exists()


def test_without_the_codec_it_is_exit_3_and_says_where_it_can_be_had(
    model_file, key_file, tmp_path, capsys
):
    code, _, error = t2e(
        capsys, "encrypt", model_file, "-o", tmp_path / "o", "--key-file", key_file
    )
    assert (code, "Python 3.10 and 3.12" in error) == (3, True)
    assert not (tmp_path / "o").exists()


def test_a_key_that_others_may_read_is_refused(codec, model_file, key_file, tmp_path, capsys):
    key_file.chmod(0o644)
    code, _, error = t2e(
        capsys, "encrypt", model_file, "-o", tmp_path / "o", "--key-file", key_file
    )
    assert (code, "chmod 600" in error) == (2, True)


def test_what_the_codec_says_of_the_key_is_hidden(
    codec, model_file, key_file, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("RECORD", str(codec))
    code, _, error = t2e(
        capsys, "encrypt", model_file, "-o", tmp_path / "o", "--key-file", key_file
    )
    assert (code, "cannot use ***" in error) == (1, True)


def test_a_codec_that_gives_back_something_else_is_caught(codec, model_file, tmp_path):
    codec.write_text(CODEC + "\ndef decrypt_stream(a, b, *rest, **more): b.write(b'x')\n")
    with pytest.raises(WorkError, match="does not give back"):
        etlt.encrypt(model_file, tmp_path / "o", etlt.Codec(Path(sys.executable), KEY))
    assert not (tmp_path / "o").exists()


def test_a_codec_that_crashes_is_a_message(codec, model_file, tmp_path):
    codec.write_text("import os; os.abort()")
    with pytest.raises(WorkError, match="exit code -6"):
        etlt.encrypt(model_file, tmp_path / "o", etlt.Codec(Path(sys.executable), KEY))


@pytest.mark.parametrize(
    ("file", "variable"), [(None, None), ("key", "THE_KEY"), (None, "NOT_SET"), ("absent", None)]
)
def test_the_key_comes_from_one_place(file, variable, key_file):
    chosen = key_file.with_name(file) if file else None
    with pytest.raises(InputError):
        etlt.key_of(chosen, variable)


def test_a_real_onnx_file_is_what_comes_out(codec, model_file, tmp_path):
    used = etlt.Codec(Path(sys.executable), KEY)
    etlt.encrypt(model_file, tmp_path / "m.etlt", used)
    etlt.decrypt(tmp_path / "m.etlt", tmp_path / "o.onnx", used)
    onnx.checker.check_model(onnx.load(str(tmp_path / "o.onnx")))
