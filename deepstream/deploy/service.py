"""The systemd unit that starts an app at boot.

A unit of the user's, with lingering, is preferred: it needs no rights on a device that somebody
else looks after, runs with the groups (video, render) of the user who tried the app, and its file
lies in the home beside the app. Where that manager cannot be reached it is a unit of the system
that runs as the same user, which takes ``sudo`` without a password.
"""

from __future__ import annotations

from dataclasses import dataclass

from deepstream.deploy.device import Device, Scope
from deepstream.deploy.plan import DeployPlan


@dataclass(frozen=True)
class ServicePlan:
    """What ``templates/app.service.j2`` lays out; ``user`` only for a unit of the system."""

    unit: str
    scope: Scope
    title: str
    folder: str
    program: str
    user: str | None
    display: str | None

    @property
    def wanted_by(self) -> str:
        return "default.target" if self.scope == "user" else "multi-user.target"


def plan(deploy: DeployPlan, device: Device, scope: Scope) -> ServicePlan:
    """The unit of a release's ``current`` link, whatever it points to."""
    place = deploy.place if deploy.place.startswith("/") else f"{device.home}/{deploy.place}"
    return ServicePlan(
        unit=deploy.unit,
        scope=scope,
        title=f"{deploy.release.name}: DeepStream app of train2edge",
        folder=f"{place}/current",
        program=device.deepstream_app or "deepstream-app",
        user=device.user if scope == "system" else None,
        display=deploy.release.display,
    )
