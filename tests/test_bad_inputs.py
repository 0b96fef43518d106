"""Wrong input, command by command: one clear line with its place, exit 2, nothing half-written.

Each case takes a copy of a small, good world (pictures, labels, experiment, run, bundle, app),
spoils one thing, runs one command, and says what has to be told.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.world import inside, make
from train2edge.cli import run

Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """``command`` is a line of arguments; ``tells`` must all be in the message."""

    command: str
    spoil: Spoil
    tells: tuple[str, ...]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("world"))


def nothing(_: Path) -> None:
    """Nothing is spoilt: the command itself is wrong."""


def text(name: str, content: str) -> Spoil:
    return lambda world: (world / name).write_text(content)


def data(name: str, content: bytes) -> Spoil:
    return lambda world: (world / name).write_bytes(content)


def gone(name: str) -> Spoil:
    def remove(world: Path) -> None:
        path = world / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def cut(name: str, part: float = 0.5) -> Spoil:
    def shorten(world: Path) -> None:
        whole = (world / name).read_bytes()
        (world / name).write_bytes(whole[: int(len(whole) * part)])

    return shorten


def key(name: str, path: str, value: object) -> Spoil:
    """Set ``a.b`` in a JSON or YAML file."""

    def change(world: Path) -> None:
        file = world / name
        values = yaml.safe_load(file.read_text())
        inner = values
        *keys, last = path.split(".")
        for one in keys:
            inner = inner.setdefault(one, {})
        inner[last] = value
        dump = json.dumps if name.endswith(".json") else yaml.safe_dump
        file.write_text(dump(values))

    return change


def film(world: Path, video: Path) -> None:
    line("app/app.txt", "uri=", f"uri={video.as_uri()}")(world)


def line(name: str, start: str, new: str) -> Spoil:
    """Replace the line that begins with ``start``."""

    def change(world: Path) -> None:
        lines = (world / name).read_text().splitlines()
        found = [new if one.startswith(start) else one for one in lines]
        assert found != lines, f"{name} has no line {start}"
        (world / name).write_text("\n".join(found) + "\n")

    return change


APP = """[source0]
enable=1
type=3
uri={uri}
[streammux]
width=96
height=64
batch-size=1
[primary-gie]
enable=1
config-file=app/infer.txt
[sink0]
enable=1
type=1
"""


def foreign(group: str = "", **files: str) -> Spoil:
    """A deepstream-app file of another tool with one more ``group``, and what that names."""

    def write(world: Path) -> None:
        uri = (world / "film.avi").as_uri()
        (world / "foreign.txt").write_text(APP.format(uri=uri) + group)
        for name, content in files.items():
            (world / f"{name}.txt").write_text(content)

    return write


def secret(name: str, mode: int) -> Spoil:
    def write(world: Path) -> None:
        (world / name).write_text("a key\n")
        (world / name).chmod(mode)

    return write


ROW = "car 0 0 0 {} 0 0 0 0 0 0 0\n"
CHECK = "spec check spec.yaml"
TRAIN = "train spec.yaml -o out"
EXPORT = "export run -o out --precision fp32 --no-check"
CONFIG = "stream config bundle -o out --target t4 --deepstream 7.1 --input film.avi"
RUN = "stream run app -o out --twin"
PYTHON = "stream run app -o out --app python"
FOREIGN = "stream run foreign.txt -o out --twin"
IMPORT = "models import bundle/model.onnx -o out --precision fp32 --no-check --recipe "
ENGINE = "engine bundle --deepstream 7.1 --target "
OLD_SPEC = "spec import old.txt -o new.yaml"
DECRYPT = "models etlt decrypt text -o out.onnx"
ENCRYPT = "models etlt encrypt bundle/model.onnx -o out.etlt --key-file my.key --python "
ANALYTICS = """[property]
enable=1
config-width=96
config-height=64
[line-crossing-stream-0]
enable=1
line-crossing-Exit=1;2;3
class-id=0
"""
AUGMENT = "data augment spec.yaml -o out "
FOLDERS = {"format": "image_folder", "images": "images"}

CASES = [
    # the experiment file
    Case("spec check none.yaml", nothing, ("none.yaml", "no such experiment file")),
    Case(CHECK, text("spec.yaml", "a: [\n"), ("spec.yaml:", "not YAML")),
    Case(CHECK, text("spec.yaml", "- 1\n"), ("spec.yaml:1", "mapping of sections")),
    Case(CHECK, data("spec.yaml", b"\xff\xfe\x00"), ("spec.yaml", "not a text file")),
    Case(CHECK, key("spec.yaml", "trainig", {}), ("trainig", "did you mean 'training'?")),
    Case(CHECK, key("spec.yaml", "training.epochs", 0), ("training.epochs", "1")),
    Case(CHECK, key("spec.yaml", "model.backbone", "vgg99"), ("model.backbone", "vgg99")),
    Case(CHECK, key("spec.yaml", "model.input.width", 100), ("100", "multiple of 16")),
    Case(CHECK, key("spec.yaml", "dataset.classes", []), ("dataset.classes",)),
    Case(CHECK, key("spec.yaml", "dataset.classes", ["a b"]), ("'a b'",)),
    Case(CHECK, key("spec.yaml", "dataset.map", {"van": "lorry"}), ("lorry", "not in classes")),
    Case(CHECK, key("spec.yaml", "pruning", {}), ("threshold, keep, speedup",)),
    Case(CHECK + " --set training.epochs", nothing, ("--set training.epochs", "a.b=c")),
    Case(CHECK + " --set model.input.width=7", nothing, ("--set model.input.width=7", "16")),
    Case("spec new detection -o spec.yaml", nothing, ("spec.yaml", "exists already")),
    # specifications of TLT and TAO
    Case(OLD_SPEC, nothing, ("old.txt", "No such file")),
    Case(OLD_SPEC, text("old.txt", "m {\n"), ("old.txt:1", "m is opened here and not closed")),
    Case(OLD_SPEC, data("old.txt", b"\x00\x89HDF"), ("old.txt", "not a text file", "TFRecords")),
    Case("spec import text -o new.yaml", nothing, ("text", "not a specification")),
    Case("spec import spec.yaml -o new.yaml", nothing, ("spec.yaml:1", "experiment file of t2e")),
    Case("spec import images -o new.yaml", nothing, ("images", "a folder")),
    Case(OLD_SPEC + " --map /a", text("old.txt", "a {}"), ("--map", "'/a'", "OLD=NEW")),
    Case(OLD_SPEC + " --labels a", text("old.txt", "a {}"), ("--labels", "--images")),
    # folders, labels, pictures
    Case(CHECK, gone("images"), ("images", "no such folder")),
    Case(CHECK, gone("labels"), ("labels", "no such folder")),
    Case(CHECK, text("labels/3.txt", "car 0 0\n"), ("3.txt:1",)),
    Case(CHECK, text("labels/3.txt", ROW.format("a b c d")), ("3.txt:1",)),
    Case(CHECK, text("labels/3.txt", ROW.format("nan 1 5 5")), ("3.txt:1",)),
    Case(CHECK, text("labels/3.txt", "lorry" + ROW.format("1 1 9 9")[3:]), ("3.txt:1", "lorry")),
    Case(CHECK, data("labels/3.txt", b"\xff\xfe\x80"), ("3.txt", "UTF-8")),
    Case(TRAIN, text("labels/3.txt", "car 0 0\n"), ("3.txt:1",)),
    Case(TRAIN, gone("images"), ("images", "no such folder")),
    Case(TRAIN + " --set dataset.strict=true", cut("images/3.jpg"), ("3.jpg",)),
    Case(TRAIN + " --set dataset.strict=true", data("images/3.jpg", b"x"), ("3.jpg",)),
    Case("data convert --from kitti -o out", nothing, ("Missing",)),
    Case("data synth -o out --size big", nothing, ("--size", "'big'", "WIDTHxHEIGHT")),
    Case(AUGMENT, nothing, ("--sheet, --copies", "--copies 3")),
    Case(AUGMENT + "--sheet 3 --copies 3", nothing, ("--sheet, --copies", "--sheet 12")),
    Case(AUGMENT + "--sheet 3 --format coco", nothing, ("--format", "no meaning with --sheet")),
    Case(AUGMENT + "--copies 3 --epoch 1", nothing, ("--epoch", "no meaning with --copies")),
    Case(AUGMENT + "--copies 0", nothing, ("--copies", "0")),
    Case(AUGMENT + "--sheet 3 --epoch 2", nothing, ("--epoch", "2 is not one of", "1 epochs")),
    Case(AUGMENT + "--copies 1 --format image_folder", nothing, ("--format", "kitti cannot")),
    Case(AUGMENT + "--copies 1 --format jpeg", nothing, ("--format", "'jpeg'")),
    Case(AUGMENT + "--copies 1 --set augmentation.zoom_min=2", nothing, ("zoom_min", "zoom_max")),
    Case(AUGMENT + "--copies 1", gone("images"), ("images", "no such folder")),
    Case(AUGMENT + "--copies 1", text("labels/3.txt", "car 0 0\n"), ("3.txt:1",)),
    Case("data augment spec.yaml -o images --copies 1", nothing, ("images", "is not empty")),
    Case("data augment spec.yaml -o images --sheet 1", nothing, ("images", "is not empty")),
    Case("data augment app -o out --copies 1", nothing, ("app", "images/ beside labels/")),
    Case("data augment none.yaml -o out --sheet 1", nothing, ("none.yaml", "no such experiment")),
    Case("data check app", nothing, ("app", "images/ beside labels/")),
    Case("go recipe-of-nobody -o out", nothing, ("recipe-of-nobody",)),
    Case("go demo -o out", nothing, ("--data",)),
    Case("go demo --data app -o out", nothing, ("app", "images/ beside labels/")),
    Case("go spec.yaml -o out --until nowhere", nothing, ("nowhere", "stages:")),
    # weights and runs
    Case(TRAIN + " --set model.pretrained.file=none.pth", nothing, ("none.pth",)),
    Case(TRAIN + " --set model.pretrained.file=text", nothing, ("text",)),
    Case(TRAIN + " --set model.pretrained=nobody", nothing, ("nobody",)),
    Case(TRAIN + " --from text", nothing, ("text",)),
    Case(TRAIN + " --from run --set dataset.classes=[bus]", nothing, ("car",)),
    Case("train spec.yaml -o run", nothing, ("run", "--resume")),
    Case("train spec.yaml -o out --resume", nothing, ("out",)),
    Case("evaluate run -o out --split test", cut("run/best.safetensors"), ("best.safetensors",)),
    Case("evaluate run -o out", data("run/best.safetensors", b""), ("best.safetensors",)),
    Case("evaluate text -o out --spec spec.yaml", nothing, ("text",)),
    Case("evaluate nowhere -o out", nothing, ("nowhere",)),
    Case("evaluate bundle -o out", nothing, ("--spec",)),
    Case("evaluate run -o out --spec text", nothing, ("text:1",)),
    Case("infer run -i nowhere.mp4 -o out", nothing, ("nowhere.mp4",)),
    Case("infer run -i text -o out", nothing, ("text",)),
    # pruning
    Case("prune run -o out --keep 1.5", nothing, ("keep",)),
    Case("prune run -o out --speedup 0.5", nothing, ("speedup",)),
    Case("prune run -o out --keep 0.5 --speedup 2", nothing, ("keep", "speedup")),
    Case("prune run -o out --speedup 1000", nothing, ("1000",)),
    Case("prune run -o out --threshold abc", nothing, ("threshold",)),
    Case("prune text -o out --keep 0.5", nothing, ("text",)),
    Case("prune run -o out --keep 0.5 --exclude nothing.like.it", nothing, ("nothing.like.it",)),
    # export
    Case(EXPORT, cut("run/best.safetensors"), ("best.safetensors",)),
    Case("export run -o out --precision int3", nothing, ("int3",)),
    Case("export text -o out --spec spec.yaml --precision fp32", nothing, ("text",)),
    Case("export run -o out --precision int8 --no-check", nothing, ("pictures",)),
    Case("engine bundle --target nobody", nothing, ("nobody",)),
    Case("engine images --check", nothing, ("images", "manifest.json")),
    # bundles and ONNX
    Case(CONFIG, gone("bundle/manifest.json"), ("bundle", "manifest.json")),
    Case(CONFIG, text("bundle/manifest.json", "{"), ("manifest.json", "not JSON")),
    Case(CONFIG, key("bundle/manifest.json", "schema", 7), ("manifest.json", "7")),
    Case(CONFIG, cut("bundle/model.onnx"), ("model.onnx", "changed since")),
    Case(CONFIG, gone("bundle/labels.txt"), ("labels.txt", "missing")),
    Case("evaluate bundle -o out --spec spec.yaml", cut("bundle/model.onnx"), ("model.onnx",)),
    Case("evaluate text.onnx -o out --spec spec.yaml", text("text.onnx", "x"), ("text.onnx",)),
    # apps and videos
    Case(CONFIG.replace("t4", "t44"), nothing, ("t44", "t4")),
    Case(CONFIG.replace("7.1", "3.0"), nothing, ("3.0",)),
    Case(CONFIG.replace("t4", "jetson-nano"), nothing, ("jetson-nano", "7.1")),
    Case(CONFIG.replace("film.avi", "none.mp4"), nothing, ("none.mp4",)),
    Case(CONFIG + " --size 12", nothing, ("12", "1280x720")),
    Case(RUN, gone("app/app.json"), ("app",)),
    Case(RUN, line("app/app.txt", "uri=", "uri=file:///none.mp4"), ("none.mp4",)),
    Case(RUN, lambda world: film(world, world / "text"), ("text",)),
    Case(RUN, gone("app/infer.txt"), ("infer.txt",)),
    Case(RUN, line("app/infer.txt", "network-mode", "network-mode=many"), ("infer.txt:", "many")),
    Case(RUN, line("app/app.txt", "width", "width=wide"), ("app.txt:", "wide")),
    Case(RUN, text("app/app.txt", "hello\n"), ("app.txt",)),
    Case("stream pictures labels -o out.avi", nothing, ("labels",)),
    Case("stream compare -o out --spec spec.yaml", nothing, ("LABEL=PATH",)),
    Case("stream compare a=nowhere -o out --spec spec.yaml", nothing, ("nowhere",)),
    # a secondary classifier
    Case("spec check spec.yaml --set task=naming", nothing, ("task", "classification", "naming")),
    Case(CHECK, key("spec.yaml", "dataset.train", FOLDERS), ("image_folder", "classification")),
    Case(CHECK + " --set dataset.crops.min_width=-1", nothing, ("crops.min_width", "-1")),
    Case(CHECK + " --set evaluation.classifier_threshold=2", nothing, ("classifier_threshold",)),
    Case(CONFIG + " --secondary bundle", nothing, ("--secondary bundle", "detection")),
    Case(CONFIG + " --secondary nowhere=car", nothing, ("--secondary", "'nowhere'")),
    Case(CONFIG + " --secondary =", nothing, ("--secondary", "no bundle folder")),
    # foreign models
    Case("models import text --recipe yolox -o out", nothing, ("text", "not a whole ONNX model")),
    Case(IMPORT + "yolo12", nothing, ("--recipe", "'yolo12'", "yolox")),
    Case(IMPORT + "yolox", nothing, ("model.onnx", "they fit: detectnet_v2")),
    Case(IMPORT + "detectnet_v2", nothing, ("1 classes", "--labels FILE")),
    Case(IMPORT + "detectnet_v2 --labels empty", nothing, ("empty:", "0 names")),
    Case(IMPORT + "detectnet_v2 --size 12", nothing, ("--size", "'12'", "WIDTHxHEIGHT")),
    Case(IMPORT + "detectnet_v2 --mean 1,2", nothing, ("--mean", "3 channels")),
    Case(IMPORT + "detectnet_v2 --std 0,1,1", nothing, ("--std", "0 is not above 0")),
    Case(IMPORT + "detectnet_v2 --outputs none.such", nothing, ("--outputs", "'none.such'")),
    Case(IMPORT + "detectnet_v2 --calibrate labels", nothing, ("labels", "no pictures")),
    # encrypted models
    Case(DECRYPT, nothing, ("--key-file FILE", "--key-env VARIABLE")),
    Case(DECRYPT + " --key-env T2E_NO_KEY", nothing, ("--key-env T2E_NO_KEY", "no key")),
    Case(DECRYPT + " --key-file no.key", nothing, ("--key-file no.key", "cannot be read")),
    Case(DECRYPT + " --key-file my.key", secret("my.key", 0o644), ("my.key", "644", "chmod 600")),
    Case(DECRYPT + " --key-file my.key", secret("my.key", 0o600), ("text", "not an .etlt file")),
    Case(ENCRYPT + "text", secret("my.key", 0o600), ("--python text", "Permission denied")),
    # engines
    Case("engine bundle", nothing, ("--target", "t2e targets")),
    Case(ENGINE + "t4 --tensorrt new", nothing, ("--tensorrt", "'new'", "10.3.0")),
    Case(ENGINE + "t4 --dla 0", nothing, ("t4", "no DLA core")),
    Case(ENGINE + "jetson-agx-orin --dla 9", nothing, ("no DLA core 9", "0 to 1")),
    Case(ENGINE + "t4 --precision int8", nothing, ("--precision", "t2e export")),
    Case(ENGINE + "t4 --cache text", nothing, ("--cache", "fp32")),
    Case(ENGINE + "t4 --calibrate spec.yaml", nothing, ("--calibrate", "fp32")),
    Case(ENGINE + "t4 --check --build", nothing, ("--check", "one at a time")),
    Case(ENGINE + "t4 --layer conv=int3", nothing, ("--layer", "conv=int3", "fp16")),
    Case(ENGINE + "t4 --opt-batch 8", nothing, ("--opt-batch", "1 to 1")),
    Case("targets t4 --needs magic", nothing, ("'magic'", "etlt")),
    # programs, and configurations of other tools
    Case("stream exec none.py", nothing, ("none.py",)),
    Case("stream exec --preview door text", nothing, ("--preview", "'door'", "8080")),
    Case(PYTHON + " --callback none.py", nothing, ("--callback", "none.py", "on_frame")),
    Case(PYTHON + " --callback my.py:f", text("my.py", "def g(frame): ...\n"), ("'f'", "it has g")),
    Case(PYTHON + " --callback my.py", text("my.py", "def (\n"), ("my.py:1", "SyntaxError")),
    Case(PYTHON + " --sink nobody", nothing, ("--sink", "'nobody'", "json_lines")),
    Case(PYTHON + " --sink mqtt=here", nothing, ("--sink mqtt", "'here'", "host;port;topic")),
    Case(RUN + " --callback text", nothing, ("--callback", "--app python")),
    Case("stream run labels -o out --twin", nothing, ("labels", "app.json")),
    Case(FOREIGN, foreign("[sink1]\nenable=1\ntype=99\n"), ("foreign.txt:17", "type=99")),
    Case(FOREIGN, foreign("[tracker\n"), ("foreign.txt:15", "[tracker")),
    Case(
        FOREIGN,
        foreign("[secondary-gie0]\nenable=1\noperate-on-gie-id=1\nconfig-file=none.txt\n"),
        ("none.txt", "cannot be read"),
    ),
    Case(
        FOREIGN,
        foreign("[nvds-analytics]\nenable=1\nconfig-file=lines.txt\n", lines=ANALYTICS),
        ("lines.txt:7", "line-crossing-Exit", "3 values"),
    ),
    Case(
        FOREIGN,
        foreign("[pre-process]\nenable=1\nconfig-file=pre.txt\n", pre="[property]\nenable=1\n"),
        ("pre.txt:1", "network-input-shape"),
    ),
    Case(
        FOREIGN,
        foreign(
            "[sink1]\nenable=1\ntype=6\nmsg-conv-config=msg.txt\n"
            "msg-broker-proto-lib=libnobody.so\nmsg-broker-conn-str=localhost;1;cars\n",
            msg="[sensor0]\nenable=1\n",
        ),
        ("libnobody.so", "libnvds_mqtt_proto.so"),
    ),
    Case(
        FOREIGN,
        foreign(
            "[sink1]\nenable=1\ntype=6\nmsg-conv-config=msg.txt\nmsg-broker-config=broker.txt\n"
            "msg-broker-proto-lib=libnvds_mqtt_proto.so\nmsg-broker-conn-str=localhost;0\n",
            msg="[sensor0]\nenable=1\nlocation=1;2\n[place]\n",
            broker="[message-broker]\nkeep-alive=x\n",
        ),
        ("msg.txt:3", "msg.txt:4", "broker.txt:2", "0 is not a port"),
    ),
    Case(CONFIG + " --analytics text", nothing, ("text:1", "hello")),
    Case(CONFIG + " --analytics lines", text("lines", ANALYTICS), ("lines:7", "3 values")),
    Case("stream lint images", nothing, ("images", "no DeepStream settings")),
    Case("stream lint app --target t44", nothing, ("t44", "'t4'")),
    Case("stream lint app --deepstream 3.0", nothing, ("'3.0'", "7.1")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command[:40])
def test_bad_input(
    case: Case, good: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = tmp_path / "world"
    shutil.copytree(good, world)
    case.spoil(world)
    before = _listing(world)
    with inside(world):
        code = run(case.command.split())
    said = capfd.readouterr().err
    assert code == 2, said
    assert "Traceback" not in said
    message = said[said.index("Error:") :]
    for part in case.tells:
        assert part in message
    assert _listing(world) == before


def _listing(world: Path) -> dict[str, int]:
    return {str(one): one.stat().st_size for one in sorted(world.rglob("*")) if one.is_file()}


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60
