"""Owns programs that run beside this one: start, log, end with all that they started; knows none of them."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE = 20.0
LAST_LINES = 30


class RunningProgram:
    """A program in a process group of its own, so that ending it by its id also ends what it started.

    Keycloak's start script needs that: it may leave Java as a child of its own. And a Ctrl-C at the terminal
    reaches only this program, which then ends the others in order.
    """

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process that started all the others."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def stop(self, grace: float = GRACE, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask all its processes to end, by the signal they heed, and make them after ``grace`` seconds."""
        if not self._signal_until_gone(how, grace):
            self.kill()

    def kill(self) -> None:
        """End all its processes at once, as a crash would."""
        self._signal_until_gone(signal.SIGKILL, GRACE)

    def freeze(self) -> None:
        """Halt all its processes where they are, as a machine does that has no time for them."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let all its processes go on."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def last_lines(self) -> str:
        """Give the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def _signal_until_gone(self, number: signal.Signals, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            os.killpg(self._process.pid, number)
            while time.monotonic() < deadline:
                self._process.poll()
                os.killpg(self._process.pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            self._process.wait()
            return True
        return False
