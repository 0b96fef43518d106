"""``t2e deploy``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import EXISTING_FILE, EXISTING_FOLDER, dry_run, finish, out
from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from deepstream.deploy.fleet import Outcome
    from deepstream.deploy.host import Host
    from deepstream.deploy.plan import DeployPlan
    from deepstream.deploy.ssh import Remote


@click.command(short_help="Bring an app folder to Jetsons and servers.")
@click.argument("app", type=EXISTING_FOLDER, required=False)
@click.option(
    "--device",
    "named",
    multiple=True,
    metavar="USER@HOST",
    help="Where to, as ssh knows it; repeat it.",
)
@click.option("--devices", "file", type=EXISTING_FILE, metavar="FILE", help="A device a line.")
@out("The folder for logs and what the trial run writes: a folder a device.", required=False)
@click.option(
    "--dir",
    "place",
    metavar="DIR",
    help="On the device, for all releases of the app; else t2e/NAME in the home.",
)
@click.option(
    "--try",
    "seconds",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="How long the app is run before it is switched to; 0: not at all.",
)
@click.option("--service", is_flag=True, help="Have systemd start it at boot and after a failure.")
@click.option("--rollback", is_flag=True, help="Only go back to the release before.")
@click.option("--status", is_flag=True, help="Only tell which release runs, since when.")
@click.option(
    "--ssh-config",
    "config",
    type=EXISTING_FILE,
    metavar="FILE",
    help="Another one than ~/.ssh/config.",
)
@dry_run
@as_json_option
@click.pass_context
def deploy(
    ctx: click.Context,
    app: Path | None,
    named: tuple[str, ...],
    file: Path | None,
    out: Path | None,
    place: str | None,
    seconds: int,
    service: bool,
    rollback: bool,
    status: bool,
    config: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring APP to every device: look, copy, build its engine, try it, switch to it.

    APP is a folder that `t2e stream config` or `t2e go` wrote. The devices are reached by ssh
    with a key of yours; nothing is asked for, and a device keeps what it had until all went well.
    """
    from deepstream.deploy.host import hosts as read_hosts

    if status and rollback:
        raise click.UsageError("--status and --rollback are two different things to do")
    hosts = read_hosts(named, file)
    if status or rollback:
        failed = _look_or_go_back(hosts, app, place, config, back=rollback, as_json=as_json)
    else:
        plan = _planned(app, hosts, place, seconds, service)
        if dry_run:
            _tell_plan(plan, as_json=as_json)
            return
        if out is None:
            raise click.UsageError("give -o PATH, the folder for logs and results")
        failed = _deploy(plan, out, config, as_json=as_json)
    if failed:
        ctx.exit(1)


def _planned(
    app: Path | None, hosts: tuple[Host, ...], place: str | None, seconds: int, service: bool
) -> DeployPlan:
    from deepstream.deploy import check
    from deepstream.deploy import plan as planning
    from deepstream.deploy.release import open_release
    from train2edge.errors import ProblemsError

    if app is None:
        raise click.UsageError("give APP, the folder that `t2e stream config` wrote")
    plan = planning.plan(open_release(app), hosts, place, seconds=seconds, service=service)
    problems = check.lint_problems(plan)
    if problems:
        raise ProblemsError(problems)
    return plan


def _tell_plan(plan: DeployPlan, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(plan.record()))
        return
    names = ", ".join(one.address for one in plan.hosts)
    click.echo(f"{plan.release.name}, release {plan.release.short}, to {names}:")
    for number, step in enumerate(plan.steps(), 1):
        click.echo(f"{number}. {step}")


def _deploy(plan: DeployPlan, out: Path, config: Path | None, *, as_json: bool) -> bool:
    from deepstream.deploy import fleet
    from deepstream.deploy.board import board

    title = f"{plan.release.name}, release {plan.release.short}"
    with board(plan.hosts, title) as shown:
        outcomes = fleet.deploy(plan, out, shown, config)
    failed = _tell(outcomes, as_json=as_json)
    if any(one.result and one.result.service is None for one in outcomes):
        start = f"cd {shlex.quote(plan.place)}/current && deepstream-app -c app.txt"
        click.echo(f"hint: --service starts it at boot; by hand, there: {start}", err=True)
    for one in outcomes:
        for doubt in one.result.doubts if one.result else ():
            click.echo(f"{one.host.address}: note: {doubt}", err=True)
    finish(out, {"devices": fleet.record(outcomes)}, as_json=as_json)
    return failed


def _look_or_go_back(
    hosts: tuple[Host, ...],
    app: Path | None,
    place: str | None,
    config: Path | None,
    *,
    back: bool,
    as_json: bool,
) -> bool:
    from deepstream.deploy import fleet, state
    from deepstream.deploy.plan import HOME, checked
    from deepstream.route import read_app

    folder = checked(place) if place else None
    if folder is None and app is not None:
        folder = checked(f"{HOME}/{read_app(app)['name']}")
    if back and folder is None:
        raise click.UsageError("--rollback of which app? Give APP, or --dir")

    def work(remote: Remote, tell: Callable[[str, str], None]) -> state.Status | state.Rollback:
        if back:
            return state.rollback(remote, str(folder))
        return state.status(remote, [folder] if folder else [])

    outcomes = fleet.on_each(hosts, work, lambda *_: None, config)
    failed = _tell(outcomes, as_json=as_json)
    if as_json:
        click.echo(json.dumps({"devices": fleet.record(outcomes)}))
    return failed


def _tell(outcomes: Sequence[Outcome[Any]], *, as_json: bool) -> bool:
    """What came of every device on stdout, errors on stderr; whether there was one."""
    for one in outcomes:
        if one.error is not None:
            click.echo(f"Error: {one.error}", err=True)
        elif not as_json:
            for line in str(one.result).splitlines():
                click.echo(f"{one.host.address}: {line}")
    return any(one.error is not None for one in outcomes)
