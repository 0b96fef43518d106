"""OpenSSH's own messages as one line and what to type."""

from __future__ import annotations

import pytest

from deepstream.deploy.host import Host
from deepstream.deploy.refusal import refusal

CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key verification failed."""


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (CHANGED, "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED", "ssh-keygen -R jetson"),
        (
            "Warning: Permanently added 'x'\nx: Permission denied (publickey).",
            "x: Perm",
            "ssh-copy",
        ),
        ("ssh: connect to host jetson port 22: No route to host", "ssh: connect", "ping jetson"),
        ("ssh: connect to host jetson port 22: Connection refused", "ssh: ", "enable --now ssh"),
        ("something new", "something new", "ssh jane@jetson true"),
        ("", "ssh gave up without a word", "ssh jane@jetson true"),
    ],
)
def test_what_ssh_says(said: str, message: str, hint: str) -> None:
    error = refusal(Host("jane@jetson"), said.splitlines())
    assert message in error.message and hint in (error.hint or "")
    assert error.where == "jane@jetson" and "\n" not in error.message


def test_an_address_as_a_uri() -> None:
    error = refusal(Host("ssh://jane@jetson:2222"), ["Host key verification failed."])
    assert "ssh ssh://jane@jetson:2222" in (error.hint or "")
    assert Host("ssh://jane@jetson:2222").folder == "jane@jetson_2222"
