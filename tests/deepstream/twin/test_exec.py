"""Programs in the manner of NVIDIA's samples, run as a user would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.deepstream.twin import toy

pytestmark = pytest.mark.usefixtures("gstreamer")
ROOT = Path(__file__).parents[3]
HEAD = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
import pyds
Gst.init(None)

def play(pipeline):
    loop = GLib.MainLoop()
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    def told(bus, message):
        if message.type == Gst.MessageType.ERROR:
            print("Error:", message.parse_error()[0].message, file=sys.stderr)
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
            loop.quit()
    bus.connect("message", told)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)

def frames(buffer):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    node = batch.frame_meta_list
    while node is not None:
        yield batch, pyds.NvDsFrameMeta.cast(node.data)
        try:
            node = node.next
        except StopIteration:
            break

def objects(frame):
    node = frame.obj_meta_list
    while node is not None:
        yield pyds.NvDsObjectMeta.cast(node.data)
        try:
            node = node.next
        except StopIteration:
            break
"""
FILE = """
pipeline = Gst.parse_launch(
    f"uridecodebin name=source uri=file://{sys.argv[1]} nvstreammux name=mux batch-size=1"
    " width=320 height=240 ! nvinfer config-file-path=infer.txt ! nvvideoconvert ! nvdsosd name=osd"
    " ! nveglglessink sync=0"
)
mux = pipeline.get_by_name("mux")
def added(source, pad):
    assert pad.get_current_caps().get_features(0).contains("memory:NVMM")
    pad.link(mux.request_pad_simple("sink_0"))
pipeline.get_by_name("source").connect("pad-added", added)
"""


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = folder / "program.py"
    script.write_text(HEAD + text)
    return subprocess.run(
        [sys.executable, "-m", "train2edge", "stream", "exec", str(script), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toy.write_app(tmp_path, [])
    toy.write_video(tmp_path / "a.avi", toy.moving(4))
    return tmp_path


def test_a_probe_reads_objects_and_writes_what_is_drawn(folder: Path) -> None:
    done = run(
        folder,
        FILE
        + """
def look(pad, info, data):
    for batch, frame in frames(info.get_buffer()):
        for one in objects(frame):
            one.rect_params.border_color.set(0.0, 0.0, 1.0, 1.0)
            box = one.rect_params
            sides = (box.left, box.top, box.width, box.height)
            print(frame.frame_num, one.obj_label, *(round(side) for side in sides))
        display = pyds.nvds_acquire_display_meta_from_pool(batch)
        display.num_labels = 1
        display.text_params[0].display_text = f"frame {frame.frame_num}"
        display.text_params[0].font_params.font_color.set(1.0, 1.0, 1.0, 1.0)
        display.text_params[0].font_params.font_size = 10
        print(pyds.get_string(display.text_params[0].display_text))
        pyds.nvds_add_display_meta_to_frame(frame, display)
    return Gst.PadProbeReturn.OK

def after(pad, info, data):
    for batch, frame in frames(info.get_buffer()):
        pixels = pyds.get_nvds_buf_surface(hash(info.get_buffer()), frame.batch_id)
        border = pixels[144, 16 * frame.frame_num + 20].tolist()
        print("border", border, "text", int(pixels[:20, :60].max()))
    return Gst.PadProbeReturn.OK

osd = pipeline.get_by_name("osd")
osd.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, look, 0)
osd.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, after, 0)
play(pipeline)
""",
        str(folder / "a.avi"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[3:6] == [
        "1 red 16 96 48 48",
        "frame 1",
        "border [0, 0, 255, 255] text 255",
    ]


CHANGING = """
pipeline = Gst.parse_launch(
    "nvstreammux name=mux batch-size=4 live-source=1 batched-push-timeout=40000 ! nvinfer"
    " config-file-path=infer.txt ! nvmultistreamtiler rows=2 columns=2 width=640 height=480"
    " ! nvdsosd ! nveglglessink sync=0 name=end"
    " videotestsrc is-live=1 ! video/x-raw,width=320,height=240,framerate=30/1 ! mux.sink_0"
)
mux = pipeline.get_by_name("mux")
mux.set_property("width", 320)
mux.set_property("height", 240)
counts, bins = {}, {}

def add(number, uri):
    bins[number] = Gst.ElementFactory.make("uridecodebin", None)
    bins[number].set_property("uri", uri)
    def linked(source, pad):
        pad.link(mux.request_pad_simple(f"sink_{number}"))
    bins[number].connect("pad-added", linked)
    pipeline.add(bins[number])
    bins[number].sync_state_with_parent()

def remove(number):
    bins[number].set_state(Gst.State.NULL)
    pad = mux.get_static_pad(f"sink_{number}")
    pad.send_event(Gst.Event.new_eos())
    pad.send_event(Gst.Event.new_flush_stop(False))
    mux.release_request_pad(pad)
    pipeline.remove(bins[number])

def count(pad, info, data):
    for _, frame in frames(info.get_buffer()):
        counts[frame.source_id] = counts.get(frame.source_id, 0) + 1
    return Gst.PadProbeReturn.OK

ended = []
def told(bus, message):
    structure = message.get_structure()
    if message.type == Gst.MessageType.ELEMENT and structure.has_name("stream-eos"):
        ended.append(structure.get_uint("stream-id")[1])
        GLib.timeout_add(1, change, ended[-1])

def change(number):
    remove(number)
    if len(ended) == 1:
        add(2, f"file://{sys.argv[1]}")
    else:
        mux.get_static_pad("sink_0").send_event(Gst.Event.new_eos())
    return False

pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, count, 0)
add(1, f"file://{sys.argv[1]}")
pipeline.get_bus().add_signal_watch()
pipeline.get_bus().connect("message", told)
play(pipeline)
print(ended[:2], counts[1], counts[2])
"""


def test_sources_are_added_and_removed_while_the_others_run(folder: Path) -> None:
    done = run(folder, CHANGING, str(folder / "a.avi"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[1, 2] 4 4\n"


def test_every_source_has_its_own_display(folder: Path) -> None:
    text = """
pipeline = Gst.parse_launch(
    "nvstreammux name=mux batch-size=2 width=320 height=240 ! nvinfer config-file-path=infer.txt"
    " ! nvstreamdemux name=demux"
)
mux, demux, seen = pipeline.get_by_name("mux"), pipeline.get_by_name("demux"), []
def look(pad, info, number):
    for _, frame in frames(info.get_buffer()):
        seen.append((number, frame.source_id, frame.num_obj_meta))
    return Gst.PadProbeReturn.OK
for number in range(2):
    source = Gst.ElementFactory.make("uridecodebin", None)
    source.set_property("uri", f"file://{sys.argv[1]}")
    sink = mux.get_request_pad(f"sink_{number}")
    source.connect("pad-added", lambda source, pad, sink: pad.link(sink), sink)
    pipeline.add(source)
    last = demux
    for name in ("queue", "nvvideoconvert", "nvdsosd", "nv3dsink"):
        element = Gst.ElementFactory.make(name, name)
        element.set_property("name", f"{name}-{number}")
        pipeline.add(element)
        if last is demux:
            demux.get_request_pad(f"src_{number}").link(element.get_static_pad("sink"))
        else:
            last.link(element)
        last = element
    last.set_property("sync", 0)
    last.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, look, number)
play(pipeline)
print(sorted(set(seen)), len(seen))
del pipeline, mux, demux, last, element, source, sink  # as at the end of a sample's main()
"""
    done = run(folder, text, str(folder / "a.avi"))
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert done.stdout == "[(0, 0, 1), (1, 1, 1)] 8\n"


def test_a_display_is_seen_in_the_browser(folder: Path) -> None:
    script = folder / "program.py"
    toy.write_video(folder / "long.avi", toy.moving(4) * 20)
    script.write_text(HEAD + FILE.replace(" sync=0", "") + "play(pipeline)\n")
    command = ["-m", "train2edge", "stream", "exec", "--preview", "0", str(script)]
    process = subprocess.Popen(
        [sys.executable, *command, str(folder / "long.avi")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(one for one in process.stderr if one.startswith("preview: "))
        url = line.split()[1]
        with urllib.request.urlopen(f"{url}stream", timeout=30) as stream:
            assert b"\xff\xd8" in stream.read(400)
    finally:
        process.kill()
        process.communicate()


def test_an_error_on_the_bus_ends_with_1_though_the_program_ends_well(folder: Path) -> None:
    done = run(
        folder, FILE.replace("infer.txt", "none.txt") + "play(pipeline)\n", str(folder / "a.avi")
    )
    assert done.returncode == 1 and "none.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_program_has_its_arguments_its_folder_and_its_exit_code(folder: Path) -> None:
    (folder / "beside.py").write_text("NUMBER = 7\n")
    done = run(
        folder,
        "import beside\nprint(sys.argv[1:])\nsys.exit(beside.NUMBER)",
        "--no-display",
        "-i",
        "x",
    )
    assert done.returncode == 7 and done.stdout == "['--no-display', '-i', 'x']\n"


def test_cuda_tells_of_a_discrete_gpu(folder: Path) -> None:
    text = """
from cuda import cuda, cudart
from cuda.bindings import driver, runtime
assert cuda.cuInit(0) == (cuda.CUresult.CUDA_SUCCESS,)
result, properties = cudart.cudaGetDeviceProperties(0)
assert result == cuda.CUresult.CUDA_SUCCESS and properties.integrated == 0
assert runtime.cudaGetDeviceCount()[1] == driver.cuDeviceGetCount()[1] == 1
"""
    assert run(folder, text).returncode == 0


def test_what_does_not_exist_is_said_as_gstreamer_says_it(folder: Path) -> None:
    text = """
element = Gst.ElementFactory.make("nvinfer", None)
assert element.find_property("colour") is None
try:
    element.set_property("colour", 1)
except TypeError as error:
    print(error)
assert Gst.ElementFactory.make("nvnothing", None) is None
"""
    done = run(folder, text)
    assert "does not have property `colour'" in done.stdout and done.returncode == 0


def test_what_stood_in_for_nvidias_modules_is_gone_behind_the_script(tmp_path: Path) -> None:
    from deepstream.twin.exec import run_script

    script = tmp_path / "program.py"
    script.write_text("import pyds, sys; sys.exit(3 if hasattr(pyds, 'NvDsBatchMeta') else 4)")
    before = {name: sys.modules.get(name) for name in ("pyds", "cuda")}
    assert run_script(script, ()) == 3
    assert {name: sys.modules.get(name) for name in before} == before


def test_only_the_harmless_warning_of_an_rtsp_server_is_kept_back(folder: Path) -> None:
    text = """
import warnings
for owner, name in (("GstUDPSrc", "pt"), ("GstUDPSrc", "colour")):
    told = f"g_object_get_is_valid_property: object class '{owner}' has no property named '{name}'"
    warnings.warn(told, Warning, stacklevel=1)
"""
    done = run(folder, text)
    assert "'colour'" in done.stderr and "'pt'" not in done.stderr


@pytest.mark.parametrize(
    ("last", "code"), [("sys.exit(5)", 5), ("raise RuntimeError('mine')", 1), ("pass", 0)]
)
def test_a_program_may_leave_while_its_pipeline_plays(folder: Path, last: str, code: int) -> None:
    """Threads that call Python while the interpreter goes down would abort the process."""
    text = f"""
import threading
seen = threading.Event()
pipeline = Gst.parse_launch(
    "videotestsrc ! video/x-raw,width=320,height=240 ! mux.sink_0 nvstreammux name=mux batch-size=1"
    " width=320 height=240 ! nvinfer config-file-path=infer.txt name=infer ! fakesink"
)
def look(pad, info, data):
    next(frames(info.get_buffer()))
    seen.set()
    return Gst.PadProbeReturn.OK
pipeline.get_by_name("infer").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, look, 0)
pipeline.set_state(Gst.State.PLAYING)
assert seen.wait(60)
{last}
"""
    done = run(folder, text)
    assert done.returncode == code, done.stderr
    assert ("RuntimeError: mine" in done.stderr) == (code == 1)
