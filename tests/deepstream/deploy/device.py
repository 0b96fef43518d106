"""A toy Jetson: a home, programs that stand in for NVIDIA's, and the files by which it is known."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
VERSIONS = """if [ "$1" = --version-all ]; then
  printf '%s\\n' 'deepstream-app version 7.1.0' 'DeepStreamSDK 7.1.0' \\
    'CUDA Driver Version: 12.6' 'CUDA Runtime Version: 12.6' 'TensorRT Version: 10.3'
  exit 0
fi
"""
TREE = {
    "proc/device-tree/model": "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super\0",
    "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI:"
    " aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025\n# KERNEL_VARIANT: oot\n",
    "opt/nvidia/deepstream/deepstream/version": "Version: 7.1\nGCID: 39089122\n",
}
# What the films of the toy apps show, without looking: three frames, a red square in each.
FRAMES = """echo '** INFO: <bus_callback:291>: Pipeline running'
for n in 0 1 2; do
  echo 'red 0.0 0 0.0 0 96 48 144 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.9' >out/kitti/00_000_00000$n.txt
done
printf '**PERF:  FPS 0 (Avg)\\t\\n**PERF:  29.97 (30.25)\\t\\n'
"""
TRTEXEC = """echo trtexec >>"$HOME/built"
for word; do
  case $word in --saveEngine=*) engine=${word#*=};; --onnx=*) onnx=${word#*=};; esac
done
echo '[11/26/2026-09:00:00] [I] === Build Options ==='
cat "$onnx" >"$engine"
echo '[11/26/2026-09:00:01] [I] Engine built in 1.0 sec.'
"""
# systemctl that keeps its units' states in files; `broken` is a unit that never stays up
SYSTEMCTL = """echo "systemctl $*" >>"$HOME/calls"
[ "$1" = --user ] && shift
case $1 in
show) case $* in *Version*) exit 0;; esac
  [ -e "$HOME/broken" ] && printf 'ActiveState=failed\\nResult=exit-code\\n' && exit 0
  printf 'ActiveState=active\\nResult=success\\n';;
is-active) [ -e "$HOME/active" ] && { [ "$2" = --quiet ] || echo active; } && exit 0
  [ "$2" = --quiet ] || echo inactive; exit 3;;
restart|start) touch "$HOME/active"; readlink "$HOME"/t2e/*/current >>"$HOME/started";;
stop) rm -f "$HOME/active";;
esac
"""
LOGINCTL = """echo "loginctl $*" >>"$HOME/calls"
case $1 in
show-user) [ -e "$HOME/lingers" ] && echo Linger=yes || echo Linger=no;;
enable-linger) touch "$HOME/lingers";;
esac
"""


class ToyDevice:
    """``commands`` are the command lines that came by ssh."""

    def __init__(self, folder: Path) -> None:
        self.home, self.bin, self.root = (folder / one for one in ("home", "bin", "root"))
        for one in (self.home, self.bin, self.root):
            one.mkdir(parents=True)
        self.commands: list[str] = []
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "T2E_ROOT": str(self.root),
            "T2E_SETTLE": "0",
        }
        for name, text in TREE.items():
            self.file(name, text)
        self.program("id", "case $1 in -u) echo 1000;; *) echo jane;; esac")
        self.program("uname", "echo aarch64")
        self.program(
            "dpkg-query", 'case $* in *libnvinfer*) echo "ii  10.3.0.30-1+cuda12.5";; esac'
        )
        for absent in ("systemctl", "loginctl", "sudo", "nvidia-smi"):
            self.program(absent, "exit 1")
        self.program("trtexec", TRTEXEC)
        self.app(FRAMES)

    def file(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def program(self, name: str, body: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.bin / name).chmod(0o755)

    def app(self, body: str) -> None:
        """What ``deepstream-app`` does."""
        self.program("deepstream-app", f'{VERSIONS}echo "$PWD" >>"$HOME/runs"\n{body}')

    def twin(self) -> None:
        """``deepstream-app`` is the CPU twin; SIGINT ends it in a job in the background too."""
        run = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from train2edge.cli import main; main(['stream', 'run', sys.argv[2], '--twin'])"
        )
        self.environment |= {
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        }
        self.app(f'exec {sys.executable} -c "{run}" "$@"')

    def systemd(self) -> None:
        """A user's service manager that can be reached."""
        self.program("systemctl", SYSTEMCTL)
        self.program("loginctl", LOGINCTL)

    def lines(self, name: str) -> list[str]:
        """A file of the home by lines, empty if there is none."""
        path = self.home / name
        return path.read_text().splitlines() if path.is_file() else []

    def current(self, name: str = "t2e/street") -> str | None:
        link = self.home / name / "current"
        return link.readlink().name if link.is_symlink() else None

    def left(self, name: str = "t2e/street") -> list[str]:
        """Everything in the folder of releases that is not one."""
        folder = self.home / name / "releases"
        return sorted(one.name for one in folder.glob(".*")) if folder.is_dir() else []
