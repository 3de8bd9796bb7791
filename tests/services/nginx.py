"""Owns an nginx of the tests' own on loopback, with its own buffers and limits as they come."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from dev.ports import HOST, free_port
from dev.processes import RunningProgram
from tests.services.accounts import folder_of, program
from tests.services.starting import listens, wait_until_up

START_SECONDS = 20.0
_CONFIGURATION = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen {host}:{port};
    {locations}
  }}
}}
"""


@contextmanager
def running_nginx(*locations: str) -> Iterator[str]:
    """Start one whose server has these ``location`` blocks; give its address.

    Raises:
        DevError: it is not installed, or refuses a location; the text holds its last log lines.
    """
    with folder_of() as folder:
        port = free_port()
        text = _CONFIGURATION.format(host=HOST, port=port, locations="\n    ".join(locations))
        (folder / "nginx.conf").write_text(text)
        command = [_program(), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        running = RunningProgram(command, log=folder / "nginx.log", environment={})
        try:
            wait_until_up("nginx", running, partial(listens, port), START_SECONDS)
            yield f"http://{HOST}:{port}"
        finally:
            running.stop()


def _program() -> str:
    return program("nginx", "nginx-light", Path("/usr/sbin"))
