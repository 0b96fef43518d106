"""What ``ssh`` says when it cannot get in, as one line with what to type."""

from __future__ import annotations

from collections.abc import Sequence

from deepstream.deploy.host import Host
from train2edge.errors import WorkError

# what stands in OpenSSH's message -> what to do; {host} is as it was given, {name} without the user
_HINTS = {
    "could not resolve hostname": "is '{name}' spelt right? ssh {host} true",
    "remote host identification has changed": "if the device was set up anew: ssh-keygen -R {name}",
    "host key verification failed": "its key is not known yet: ssh {host}, look at it, say yes",
    "permission denied": "no key of yours is taken there: ssh-copy-id {host}",
    "too many authentication failures": "name the key in ~/.ssh/config (IdentityFile)",
    "connection refused": "nothing listens there; on the device: sudo systemctl enable --now ssh",
    "connection timed out": "is the device on, and in this network? ping {name}",
    "no route to host": "is the device on, and in this network? ping {name}",
    "network is unreachable": "this machine has no way to that network",
    "bad configuration option": "look at that line of the ssh configuration",
}
_NOISE = ("warning: permanently added", "debug", "pseudo-terminal", "@@@")


def refusal(host: Host, complaints: Sequence[str]) -> WorkError:
    """The error for what ``ssh`` complained of; the warning of a changed key fills a page."""
    text = "\n".join(complaints).lower()
    name = host.address.removeprefix("ssh://").rpartition("@")[2].partition(":")[0].rstrip("/")
    said = [one.strip() for one in complaints if one.strip() and not _is_noise(one)]
    found = next((one for one in _HINTS if one in text), None)
    line = next((one for one in said if found and found in one.lower()), None)
    message = line or (said[-1] if said else "ssh gave up without a word")
    hint = _HINTS[found] if found else "ssh {host} true"
    return WorkError(
        message, where=host.address, hint=hint.format(host=host.address, name=name or host.address)
    )


def _is_noise(line: str) -> bool:
    return line.lower().lstrip().startswith(_NOISE)
