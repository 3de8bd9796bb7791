"""The command ``user-metadata`` itself: version, help, a password asked for, no noise in its output."""

import os
import pty
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.integration.commands import of, user_metadata
from tests.integration.realms import Realm

COMMAND = str(Path(sys.executable).with_name("user-metadata"))


def environment(realm: Realm, **changes: str) -> dict[str, str]:
    """Give the settings for a realm as a shell would hand them over."""
    settings = {**of(realm), **changes}
    return {f"USER_METADATA_{name.upper()}": value for name, value in settings.items()}


def test_it_tells_its_version() -> None:
    """One line, the version of the package."""
    assert user_metadata("--version").lines == [version("keycloak-user-metadata")]


@pytest.mark.parametrize("command", [(), ("setup",), ("check",), ("serve",), ("realm-fragment",)])
def test_it_explains_itself(command: tuple[str, ...]) -> None:
    """Every command has help; secrets have no option that would show them to all who list processes."""
    outcome = user_metadata(*command, "--help")

    assert (outcome.code, "--help" in outcome.out) == (0, True)
    assert [word for word in ("--admin-password", "--admin-token", "-secret ") if word in outcome.out] == []


def test_the_password_is_asked_for_at_a_terminal(realm: Realm) -> None:
    """Where it is not in the environment; what is typed is not shown."""
    password = realm.keycloak.login.password
    asking = environment(realm, admin_password="")
    terminal, keyboard = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - the command under test
        [COMMAND, "check"],
        env=asking,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        prompt = b""
        while not prompt.endswith(b": "):  # what is typed earlier is thrown away
            prompt += process.stderr.read(1)
        os.write(terminal, f"{password}\n".encode())
        out, rest = process.communicate(timeout=120)
    os.close(keyboard)
    os.set_blocking(terminal, False)
    with pytest.raises(OSError, match=r"Input/output error|temporarily unavailable"):
        os.read(terminal, 100)  # nothing was echoed
    os.close(terminal)

    assert prompt == f"Password of {realm.keycloak.login.username}: ".encode()
    assert (process.returncode, out.startswith(b"ok "), rest.strip()) == (0, True, b"")


def test_any_output_will_do(realm: Realm) -> None:
    """Without a terminal it is plain text, and characters the output cannot show do not end it."""
    finished = subprocess.run(  # noqa: S603 - the command under test
        [COMMAND, "check"],
        env={**environment(realm), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )

    assert (finished.returncode, b"\x1b" in finished.stdout, finished.stderr) == (0, False, b"")
    assert finished.stdout.isascii()


def test_serving_loads_no_administrators_client() -> None:
    """What serves has no use for python-keycloak, and does not wait for it to load."""
    load = "import sys, keycloak_user_metadata.cli, keycloak_user_metadata.server"
    ask = f"{load}; print('keycloak' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, text=True)  # noqa: S603

    assert answer.stdout == "False\n"
