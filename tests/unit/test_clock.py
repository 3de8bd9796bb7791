"""What time it is at Keycloak, whatever this machine thinks."""

import time

import pytest

from keycloak_user_metadata.clock import KeycloakClock

HOUR = 3_600_000


@pytest.mark.parametrize("ahead", [-HOUR, 0, HOUR])
def test_the_time_of_an_answer_goes_on(ahead: int) -> None:
    """A deadline is so many seconds after what the last answer told, however wrong our own clock is."""
    clock = KeycloakClock()
    told = int(time.time() * 1000) + ahead

    begin = time.monotonic()
    clock.learn(str(told))
    deadline = clock.after(10)
    passed = (time.monotonic() - begin) * 1000

    assert deadline is not None
    assert told + 10_000 - 1 <= deadline <= told + 10_000 + passed


@pytest.mark.parametrize("told", [None, "", "soon", "-1", "²"])
def test_without_a_time_there_is_no_deadline(told: str | None) -> None:
    """Before the first answer, or where it tells no time, a write is sent without one."""
    clock = KeycloakClock()

    clock.learn(told)

    assert clock.after(10) is None
