"""Owns what time it is at Keycloak, as its answers tell; does not trust that two machines' clocks agree."""

import time


class KeycloakClock:
    """Keycloak's clock, never ahead of it: an answer is older by the time it took."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def learn(self, told: str | None) -> None:
        """Take the time out of an answer that has just come, in milliseconds since 1970."""
        if told and told.isascii() and told.isdigit():
            self._ahead = int(told) - time.monotonic() * 1000

    def after(self, seconds: float) -> int | None:
        """Tell Keycloak's time so many seconds from now, in milliseconds; None before the first answer."""
        return None if self._ahead is None else int(self._ahead + (time.monotonic() + seconds) * 1000)
