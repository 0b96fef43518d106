"""Deployments over a real ssh client and server, by the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deepstream.deploy.device import FRAMES, ToyDevice
from tests.deepstream.deploy.server import Server
from train2edge.cli import run


class Deploy:
    """``t2e deploy`` of an app to devices of the server."""

    def __init__(self, server: Server, app: Path, out: Path) -> None:
        self.server, self.app, self.out = server, app, out

    def __call__(self, *devices: ToyDevice, more: tuple[str, ...] = ()) -> int:
        return run(["deploy", str(self.app), *self.words(*devices), "-o", str(self.out), *more])

    def change(self) -> None:
        with (self.app / "README.md").open("a") as file:
            file.write("Changed.\n")

    def words(self, *devices: ToyDevice) -> list[str]:
        names = {id(one): name for name, one in self.server.devices.items()}
        named = [word for one in devices for word in ("--device", f"{names[id(one)]}@toy")]
        return [*named, "--ssh-config", str(self.server.config), "--try", "5"]

    def results(self, device: ToyDevice) -> Path:
        names = {id(one): name for name, one in self.server.devices.items()}
        return self.out / f"{names[id(device)]}@toy"


@pytest.fixture
def deploy(server: Server, app: Path, tmp_path: Path) -> Deploy:
    return Deploy(server, app, tmp_path / "the results")


@pytest.mark.usefixtures("gstreamer")
def test_an_app_is_copied_built_tried_by_the_twin_and_switched_to(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.twin()
    text = (deploy.app / "app.txt").read_text()
    (deploy.app / "app.txt").write_text(text.replace("interval-sec=5", "interval-sec=1"))
    assert deploy(device, more=("--json", "--try", "60")) == 0
    told = capsys.readouterr()
    record = json.loads(told.out)["devices"][0]
    assert record["error"] is None
    assert record["device"]
    assert record["trial"]["frames"] == [40]
    assert record["trial"]["objects"] == {"red": 40}
    assert record["trial"]["ended"] == "its input"
    assert [one["made"] for one in record["engines"]] == ["built"]
    results = deploy.results(device)
    assert len(list((results / "kitti").glob("*.txt"))) == 40
    assert "Engine built" in (results / "engine_0.log").read_text()
    assert device.current() == record["release"] and record["before"] is None
    engine = device.home / "t2e/street/current/model/model.onnx_b1_gpu0_fp32.engine"
    assert engine.read_bytes() == (deploy.app / "model/model.onnx").read_bytes()
    assert engine.stat().st_mode & 0o077 == 0
    for stage in ("looking at it", "copying", "building the engine", "trial run", "switching"):
        assert stage in told.err


def test_a_second_time_nothing_is_sent_or_built(deploy: Deploy, device: ToyDevice) -> None:
    assert deploy(device) == 0
    first = device.current()
    device.commands.clear()
    assert deploy(device) == 0
    assert device.current() == first
    assert len(device.lines("built")) == 1
    assert not any("tar -x" in one for one in device.commands)
    record = json.loads((deploy.results(device) / "device.json").read_text())
    assert (record["sent"], [one["made"] for one in record["engines"]]) == (0, ["kept"])


def test_a_changed_app_is_a_new_release_and_keeps_the_engine(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(device) == 0
    first = device.current()
    deploy.change()
    assert deploy(device) == 0
    second = device.current()
    assert second != first and len(device.lines("built")) == 1
    (deploy.app / "model/model.onnx").write_bytes(b"another network")
    assert deploy(device) == 0
    assert len(device.lines("built")) == 2
    releases = {one.name for one in (device.home / "t2e/street/releases").iterdir()}
    assert releases == {second, device.current()}  # the first one is gone
    assert len(list((device.home / "t2e/street/engines").iterdir())) == 2
    words = [*deploy.words(device)[:-2]]
    capsys.readouterr()
    assert run(["deploy", str(deploy.app), "--rollback", *words]) == 0
    assert device.current() == second
    assert f"back to release {second}" in capsys.readouterr().out
    assert run(["deploy", "--status", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["devices"][0]["apps"][0]
    assert (told["place"], told["release"]) == ("t2e/street", second)
    assert told["since"].endswith("+00:00")


def test_another_tensorrt_builds_its_own_engine(deploy: Deploy, device: ToyDevice) -> None:
    assert deploy(device) == 0
    device.program("dpkg-query", 'case $* in *libnvinfer*) echo "ii  10.7.0.23-1";; esac')
    assert deploy(device) == 0
    assert len(device.lines("built")) == 2


def test_an_engine_that_was_damaged_is_not_taken_again(deploy: Deploy, device: ToyDevice) -> None:
    assert deploy(device) == 0
    kept = next((device.home / "t2e/street/engines").glob("*/engine"))
    kept.write_bytes(b"half of it")
    assert deploy(device) == 0
    assert len(device.lines("built")) == 2


def test_an_app_that_fails_is_not_switched_to(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(device) == 0
    first = device.current()
    device.app(
        "echo '** ERROR: <main:716>: Failed to set pipeline to PAUSED'; echo Quitting; exit 255"
    )
    deploy.change()
    assert deploy(device) == 1
    told = capsys.readouterr().err
    assert device.current() == first
    assert f"the trial run failed, {first} stays: the app ended with exit code 255" in told
    assert "<main:716>: Failed to set pipeline to PAUSED" in told and "Quitting" not in told
    assert "Failed to set" in (deploy.results(device) / "app.log").read_text()


def test_an_app_without_a_frame_failed_and_one_that_goes_on_is_stopped(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = "trap 'exit 0' INT; echo '**PERF:  0.00 (0.00)'; while :; do sleep 0.05; done"
    device.app(silent)
    assert deploy(device, more=("--try", "2")) == 1
    assert "not one frame came out of the app in 2 s" in capsys.readouterr().err
    assert device.current() is None
    device.app(f"{FRAMES}\n{silent}")
    assert deploy(device, more=("--try", "2", "--json")) == 0
    trial = json.loads(capsys.readouterr().out)["devices"][0]["trial"]
    assert (trial["ended"], trial["fps"], trial["frames"]) == ("the time", [0.0], [3])


def test_an_engine_that_is_not_built_is_told_by_its_log(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.program("trtexec", "echo '[11/26/2026-09:00:00] [E] Error[1]: no memory'; exit 1")
    assert deploy(device) == 1
    told = capsys.readouterr().err
    assert "was not built" in told and "Error[1]: no memory" in told
    assert device.current() is None and not device.lines("runs")


def test_what_does_not_fit_is_told_at_once_and_nothing_is_copied(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.file("opt/nvidia/deepstream/deepstream/version", "Version: 6.3\n")
    device.file("proc/device-tree/model", "NVIDIA Jetson Xavier NX Developer Kit\0")
    device.program(
        "df", "printf 'Filesystem 1024-blocks Used Available\\n/ 1000 900 1000 90%% /\\n'"
    )
    (device.bin / "trtexec").unlink()
    assert deploy(device, more=("--service",)) == 1
    told = capsys.readouterr().err
    fits = "t2e stream config BUNDLE --target jetson-xavier-nx --deepstream 6.3 -o APP"
    assert (
        f"it is 'NVIDIA Jetson Xavier NX Developer Kit', the app is for Jetson Orin Nano ({fits})"
        in told
    )
    assert "DeepStream 6.3 is there, the app is for 7.1" in told
    assert "1 MB are free, the app wants" in told
    assert "no trtexec" in told and "no way to start it at boot" in told
    assert list(device.home.iterdir()) == [] and len(device.commands) == 1


def test_no_deepstream(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    (device.bin / "deepstream-app").unlink()
    assert deploy(device) == 1
    assert "deepstream-app is not installed" in capsys.readouterr().err


def test_a_copy_that_arrived_broken_is_thrown_away(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(device) == 0
    first = device.current()
    device.program("tar", '/usr/bin/tar "$@" && for f in .new.*/labels.txt; do echo x >>"$f"; done')
    deploy.change()
    assert deploy(device) == 1
    told = capsys.readouterr().err
    assert "is not what was sent; it was thrown away" in told and "labels.txt" in told
    assert device.current() == first and device.left() == []
    assert len(list((device.home / "t2e/street/releases").iterdir())) == 1


def test_a_release_that_was_damaged_is_sent_again(deploy: Deploy, device: ToyDevice) -> None:
    assert deploy(device) == 0
    labels = device.home / "t2e/street/current/labels.txt"
    labels.write_text("green\n")
    assert deploy(device) == 0
    assert labels.read_text() == (deploy.app / "labels.txt").read_text()


def test_one_device_that_is_gone_does_not_stop_the_other(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(device, more=("--device", "gone", "--device", "nobody@toy")) == 1
    told = capsys.readouterr()
    assert device.current() is not None
    assert "gone: ssh: Could not resolve hostname gone" in told.err
    assert "hint: is 'gone' spelt right?" in told.err
    assert "nobody@toy: nobody@127.0.0.1: Permission denied" in told.err
    assert "hint: no key of yours is taken there: ssh-copy-id nobody@toy" in told.err
    assert "3 frames; 30.2 frames/s a stream; red 3" in told.out.splitlines()[0]


def test_a_host_that_is_not_known_is_not_trusted(
    deploy: Deploy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(more=("--device", "jane@unknown-host")) == 1
    assert "hint: its key is not known yet: ssh jane@unknown-host" in capsys.readouterr().err


def test_odd_names_stay_names(server: Server, deploy: Deploy, device: ToyDevice) -> None:
    odd = 'media/it\'s $(touch hurt) `x`; "a" & b\\n é.txt'
    (deploy.app / odd).write_text("odd")
    place = "my apps/-o $HOME;'s"
    assert deploy(device, more=("--dir", place, "--service", "--try", "0")) == 1  # no systemd
    assert deploy(device, more=("--dir", place)) == 0
    assert (device.home / place / "current" / odd).read_text() == "odd"
    assert not list(device.home.rglob("hurt")) and not Path("hurt").exists()


def test_a_dry_run_touches_nothing(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["deploy", str(deploy.app), *deploy.words(device), "--device", "gone", "--dry-run"]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "build model/model.onnx_b1_gpu0_fp32.engine" in told and "run it for 5 s" in told
    assert run([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["devices"][1] == "gone" and record["bytes"] > 1000
    assert device.commands == [] and not deploy.out.exists()


def test_passwords_of_cameras_are_not_told(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (deploy.app / "app.txt").read_text()
    (deploy.app / "app.txt").write_text(f"{text}# rtsp://me:s3cret@10.0.0.7/live\n")
    device.app(
        "echo 'ERROR from src_elem0: rtsp://me:s3cret@10.0.0.7/live' >&2; cat app.txt; exit 1"
    )
    assert deploy(device, more=("--json",)) == 1
    told = capsys.readouterr()
    assert "rtsp://***@10.0.0.7/live" in told.err
    kept = [one.read_text() for one in deploy.results(device).glob("*.*") if one.is_file()]
    assert kept and "s3cret" not in told.out + told.err + "".join(kept)
    assert "s3cret" not in "".join(device.commands)


def test_a_service_starts_it_and_goes_with_every_release(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.systemd()
    assert deploy(device, more=("--service",)) == 0
    unit = (device.home / ".config/systemd/user/t2e-street.service").read_text()
    assert f"WorkingDirectory={device.home}/t2e/street/current\n" in unit
    assert f'exec "$$0" -c app.txt <>.keys\' "{device.bin}/deepstream-app"\n' in unit
    assert (
        "Restart=on-failure" in unit and "WantedBy=default.target" in unit and "User=" not in unit
    )
    calls = device.lines("calls")
    assert "loginctl enable-linger" in calls
    assert "systemctl --user enable t2e-street.service" in calls
    assert calls[-1].startswith("systemctl --user show --property=ActiveState")
    deploy.change()
    assert deploy(device) == 0  # the service is there: it takes part without being asked for
    started = device.lines("started")
    assert started[-1] == f"releases/{device.current()}"
    calls = [one.split()[2] for one in device.lines("calls")[len(calls) :] if "--user" in one]
    assert calls.index("stop") < calls.index("start") < calls.index("restart")
    capsys.readouterr()
    assert run(["deploy", "--status", *deploy.words(device)[:-2]]) == 0
    assert "service: user active" in capsys.readouterr().out


def test_a_service_that_does_not_stay_up_goes_back(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.systemd()
    assert deploy(device, more=("--service",)) == 0
    first = device.current()
    (device.home / "broken").touch()
    deploy.change()
    assert deploy(device) == 1
    assert device.current() == first
    assert f"does not stay up; releases/{first} runs again" in capsys.readouterr().err


def test_lingering_that_is_refused_is_asked_for_by_sudo(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    device.systemd()
    alone = (device.bin / "loginctl").read_text()
    refuses = 'case "$*" in enable-linger) echo "Access denied" >&2; exit 1;; esac'
    device.program("loginctl", f"{refuses}\n{alone}")
    assert deploy(device, more=("--service",)) == 1
    told = capsys.readouterr().err
    assert "the service was not installed" in told and "Access denied" in told
    assert "hint: sudo loginctl enable-linger jane, there" in told
    assert device.current() is None and not (device.home / ".config").exists()
    device.program("sudo", 'shift; exec "$@"')
    assert deploy(device, more=("--service",)) == 0
    assert "loginctl enable-linger jane" in device.lines("calls")


def test_a_system_unit_where_only_sudo_is(deploy: Deploy, device: ToyDevice) -> None:
    device.program("systemctl", '[ "$1" = --user ] && exit 1\n' + "exit 0")
    device.program("sudo", '[ "$1" = -n ] && shift; exec "$@"')
    (device.root / "etc/systemd/system").mkdir(parents=True)
    device.program("systemctl", "case $1 in --user) exit 1;; show) echo ActiveState=active;; esac")
    assert deploy(device, more=("--service",)) == 0
    unit = (device.root / "etc/systemd/system/t2e-street.service").read_text()
    assert "User=jane" in unit and "WantedBy=multi-user.target" in unit


def test_ctrl_c_leaves_the_old_release(deploy: Deploy, device: ToyDevice, tmp_path: Path) -> None:
    assert deploy(device) == 0
    first = device.current()
    (device.home / "runs").unlink()
    device.app(f"{FRAMES}\nwhile echo; do sleep 0.05; done")
    deploy.change()
    words = ["deploy", str(deploy.app), *deploy.words(device), "--try", "60", "-o", str(deploy.out)]
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    script += f"from train2edge.cli import main; main({words!r})"
    child = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not device.lines("runs") and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGINT)
    _, told = child.communicate(timeout=20)
    assert (child.returncode, told.decode().splitlines()[-1]) == (130, "stopped")
    assert device.current() == first


def test_wrong_words(
    deploy: Deploy, device: ToyDevice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "devices.txt").write_text("# ours\njane@a # the first\n\n-oProxyCommand=x\na b\n")
    given = ["--devices", str(tmp_path / "devices.txt"), "--device", "me:pass@host"]
    assert run(["deploy", str(deploy.app), *given, "-o", str(deploy.out)]) == 2
    told = capsys.readouterr().err
    assert "devices.txt:4: '-oProxyCommand=x' begins as an option of ssh does" in told
    assert "devices.txt:5: 'a b' is no device" in told
    assert "--device: a password" in told and "pass@host" not in told
    assert run(["deploy", str(tmp_path), "--device", "a", "-o", "x"]) == 2
    assert "not an app folder" in capsys.readouterr().err
    assert deploy(device, more=("--dir", "../x")) == 2
    assert run(["deploy", "--rollback", *deploy.words(device)]) == 2
    text = (deploy.app / "infer.txt").read_text()
    (deploy.app / "infer.txt").write_text(text.replace("cluster-mode=2", "cluster-mode=9"))
    assert deploy(device) == 2
    assert "infer.txt" in capsys.readouterr().err
    deploy.out.mkdir()
    assert device.commands == []


def test_no_ssh_here(
    deploy: Deploy,
    device: ToyDevice,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert deploy(device) == 3
    assert "hint: sudo apt-get install openssh-client" in capsys.readouterr().err


def test_other_results_are_not_overwritten(
    deploy: Deploy, device: ToyDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy.results(device).mkdir(parents=True)
    (deploy.results(device) / "mine.txt").touch()
    assert deploy(device) == 2
    assert "is not empty" in capsys.readouterr().err and device.commands == []
