"""Owns the cases about a sidecar's life: how soon it is there, and what it holds in memory later."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.comparing import Plan
from tests.benchmarks.load import run_load
from tests.benchmarks.peers import Served, posting, request
from tests.benchmarks.results import Result
from tests.benchmarks.runs import CONNECTIONS, dealt_out
from tests.benchmarks.stage import Stage

TOKENS, REQUESTS = 10_000, 200_000
_STEPS = 10
_HOUR = 3600.0


def start(stage: Stage, plan: Plan) -> Iterator[Result]:
    """From the command to the first answer."""
    runs = [(_seconds(stage.sidecars()), _seconds(stage.usual())) for _ in range(plan.rounds)]
    yield Result("start", "sidecar", "usual", "s", runs, most="≤ 1.5")


def memory(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Many requests with many different tokens; those that are not remembered any more are verified again."""
    del plan
    tokens, users = _mint(stage), stage.crowd.working_set
    with stage.sidecars() as sidecar:
        requests = [
            request("GET", sidecar.urls[0], f"/api/user/{users[place % len(users)]}/metadata", token)
            for place, token in enumerate(tokens)
        ]
        scripts = dealt_out(requests, CONNECTIONS)
        held = []
        for _ in range(_STEPS):
            load = run_load(sidecar.urls, scripts, seconds=_HOUR, limit=REQUESTS // _STEPS)
            assert not load.failed, f"{load.failed} requests failed"
            held.append(sidecar.meter.resident())
    case = f"memory, {TOKENS:,} tokens"
    names = f"after {REQUESTS:,} requests", f"after {REQUESTS // _STEPS:,}"
    yield Result(case, *names, "MB", [(held[-1], held[0])], "≤ 1.05", "≤ 90")


def _seconds(starting: AbstractContextManager[Served]) -> float:
    started = time.perf_counter()
    with starting:
        return time.perf_counter() - started


class _Minting:
    """Asks for tokens, and keeps them."""

    def __init__(self, asked: bytes) -> None:
        self.tokens: list[str] = []
        self._asked = asked

    def next_request(self) -> bytes:
        return self._asked

    def answered(self, status: int, answer: bytes) -> None:
        assert status < 400, answer
        self.tokens.append(json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])["access_token"])


def _mint(stage: Stage) -> list[str]:
    client = stage.realm.service_client("view-metadata")
    path = f"/realms/{stage.realm.name}/protocol/openid-connect/token"
    form = f"grant_type=client_credentials&client_id={client.client_id}&client_secret={client.secret}"
    url = stage.realm.keycloak.url
    scripts = [_Minting(posting(url, path, form)) for _ in range(CONNECTIONS)]
    run_load([url], scripts, seconds=_HOUR, limit=TOKENS)
    return [token for script in scripts for token in script.tokens][:TOKENS]
