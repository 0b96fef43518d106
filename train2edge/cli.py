"""``t2e``: the command table. A command's code is imported when the command is named."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from train2edge.cli_options import command_at
from train2edge.errors import T2EError

# name -> (where the click command stands, what ``t2e --help`` says of it)
COMMANDS = {
    "go": ("train2edge.chain.cli:go", "Run the whole chain of an experiment, resumable."),
    "spec": ("train2edge.spec.cli:spec", "Write, check and show experiment files."),
    "data": ("train2edge.datasets.cli:data", "Check, convert, augment and draw labelled pictures."),
    "models": (
        "train2edge.models_cli:models",
        "List recipes, fetch weights, import foreign ONNX files.",
    ),
    "train": ("trainer.cli:train", "Train a model, or retrain a pruned one."),
    "evaluate": (
        "train2edge.evaluation.cli:evaluate",
        "Score a run, a bundle or an engine on pictures.",
    ),
    "infer": ("train2edge.evaluation.cli:infer", "Draw a model's boxes on pictures or a video."),
    "prune": ("trainer.pruning.cli:prune", "Take channels out of a trained model."),
    "export": ("exporter.cli:export", "Write a bundle: ONNX, INT8 ranges, manifest."),
    "engine": ("exporter.engine.cli:engine", "Plan, check or build a TensorRT engine."),
    "stream": ("deepstream.cli:stream", "Write, check, run and compare DeepStream apps."),
    "deploy": (
        "deepstream.commands.deploy:deploy",
        "Bring an app to Jetsons and servers: copy, build, try, switch.",
    ),
    "targets": (
        "train2edge.targets_cli:targets",
        "Show the devices that are known, and what they can do.",
    ),
    "doctor": ("train2edge.doctor_cli:doctor", "Say what is installed and what to type for more."),
}


# what the system refuses, whoever asks: the path or the rights are wrong (2), the disk is (1)
_PLACE = ("EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENAMETOOLONG")
_DISK = ("ENOSPC", "EDQUOT", "EFBIG", "EIO")
REFUSED = {getattr(errno, name): 2 for name in _PLACE} | {getattr(errno, name): 1 for name in _DISK}


class LazyTable(click.Group):
    """A click group that knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return command_at(COMMANDS[cmd_name][0])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="train2edge", prog_name="t2e")
def t2e() -> None:
    """Labelled pictures in, boxes on live video on an NVIDIA edge device out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``t2e``: 0 done, 1 the work failed, 2 wrong input, 3 something is not installed."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run ``t2e`` with ``arguments`` and give the exit code; our own bugs raise."""
    try:
        result = t2e.main(
            args=None if arguments is None else list(arguments),
            prog_name="t2e",
            standalone_mode=False,
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        return 130
    except T2EError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # who read our output has gone (t2e ... | head): nothing is left to say, nor to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        return _missing(error)
    except OSError as error:
        return _refused(error)


def _missing(error: ModuleNotFoundError) -> int:
    """A package of an extra that is not installed is exit 3; a module of our own is a bug."""
    name = (error.name or "").partition(".")[0]
    if name in {"train2edge", "trainer", "exporter", "deepstream", "configs", ""}:
        raise error
    click.echo(f"Error: the Python package '{name}' is not installed", err=True)
    click.echo("  hint: pip install 'train2edge[all]', or see: t2e doctor", err=True)
    return 3


def _refused(error: OSError) -> int:
    """No rights, no room, no such place: told in a line; any other error of a file is a bug."""
    if error.errno not in REFUSED:
        raise error
    place = error.filename2 or error.filename
    where = f"{os.fsdecode(place)}: " if isinstance(place, str | bytes) else ""
    click.echo(f"Error: {where}{error.strerror}", err=True)
    return REFUSED[error.errno]
