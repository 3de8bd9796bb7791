"""Owns ``make up``: the whole product on this machine, its main job done once, ended by Ctrl-C."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import httpx

from dev import FOLDER, DevError, distribution, extension
from dev.demo import Demo, Secrets, create_realm, fill_realm
from dev.locking import the_only_one
from dev.main_job import show_commands, show_main_job
from dev.ports import HOST, port_setting, require_free
from dev.processes import RunningProgram
from dev.server import KeycloakServer, ServerOptions

PLACE = Path(os.environ.get("DEMO_FOLDER", FOLDER))
DATA = PLACE / "demo"
DEMO_ENV = PLACE / "demo.env"
COMMAND = str(Path(sys.executable).with_name("user-metadata"))
SIDECAR_SECONDS = 30.0
ALREADY = "make up runs already in this clone. End it there with Ctrl-C first."
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Bring everything up, show the main job, stay until told to end, end everything."""
    for number in ENDINGS:
        signal.signal(number, _end)
    try:
        with the_only_one(DATA, ALREADY), ExitStack() as running:
            # It is there exactly while everything is up: a script may wait for it.
            DEMO_ENV.unlink(missing_ok=True)
            running.callback(DEMO_ENV.unlink, missing_ok=True)
            _run(running)
    except DevError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        _say(f"Ended. The data stay in {DATA} for the next make up.")


def _run(running: ExitStack) -> None:
    keycloak_port = port_setting("KEYCLOAK_PORT", 8080)
    management_port = port_setting("KEYCLOAK_MANAGEMENT_PORT", 9000)
    sidecar_port = port_setting("SIDECAR_PORT", 8000)
    require_free(keycloak_port, "KEYCLOAK_PORT")
    require_free(management_port, "KEYCLOAK_MANAGEMENT_PORT")
    require_free(sidecar_port, "SIDECAR_PORT")
    extension.build()
    version = distribution.keycloak_version()
    distribution.fetch(version)
    kept = Secrets.kept_in(DATA / "secrets.json")
    demo = Demo.of(f"http://{HOST}:{keycloak_port}", f"http://{HOST}:{sidecar_port}", kept)

    options = ServerOptions(http_port=keycloak_port, management_port=management_port)
    keycloak = KeycloakServer(DATA, demo.admin, options)
    running.callback(keycloak.stop)
    _say(f"Starting Keycloak {version} at {demo.keycloak_url} (the first time takes a minute) …")
    keycloak.start()

    _say(f"Preparing the realm {demo.realm}: user-metadata setup")
    create_realm(demo)
    _prepare_realm(demo)
    fill_realm(demo)

    _say(f"Starting the sidecar at {demo.sidecar_url}: user-metadata serve", "")
    sidecar = RunningProgram(
        [COMMAND, "serve"],
        log=DATA / "sidecar.log",
        environment={**_settings(demo), "USER_METADATA_PORT": str(sidecar_port)},
    )
    running.callback(sidecar.stop)
    _wait_until_ready(demo, sidecar)

    show_main_job(demo)
    show_commands(demo, DEMO_ENV)
    demo.write(DEMO_ENV)
    _say("Everything is up. Ctrl-C ends it.")
    while True:
        time.sleep(1)
        keycloak.require_running()
        _require_running(sidecar)


def _prepare_realm(demo: Demo) -> None:
    """Run the very command that prepares anybody's realm."""
    login = {
        "USER_METADATA_ADMIN_USERNAME": demo.admin_username,
        "USER_METADATA_ADMIN_PASSWORD": demo.admin_password,
    }
    environment = {**os.environ, **_settings(demo), **login}
    if subprocess.run([COMMAND, "setup"], env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        message = f"user-metadata setup failed, see above. To begin anew, delete {DATA}."
        raise DevError(message)


def _settings(demo: Demo) -> dict[str, str]:
    return {"USER_METADATA_KEYCLOAK_URL": demo.keycloak_url, "USER_METADATA_REALM": demo.realm}


def _wait_until_ready(demo: Demo, sidecar: RunningProgram) -> None:
    deadline = time.monotonic() + SIDECAR_SECONDS
    # Loopback is not asked for through a proxy, whatever the environment says.
    with httpx.Client(trust_env=False, timeout=5) as http:
        while time.monotonic() < deadline:
            _require_running(sidecar)
            with contextlib.suppress(httpx.TransportError):
                if http.get(f"{demo.sidecar_url}/health/ready").is_success:
                    return
            time.sleep(0.1)
    message = f"The sidecar did not become ready. The last lines of {sidecar.log}:\n\n{sidecar.last_lines()}"
    raise DevError(message)


def _require_running(sidecar: RunningProgram) -> None:
    if not sidecar.is_running:
        message = f"The sidecar ended. The last lines of {sidecar.log}:\n\n{sidecar.last_lines()}"
        raise DevError(message)


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in ENDINGS:  # a second Ctrl-C must not leave half of it running
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
