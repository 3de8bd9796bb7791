"""The sidecar behind nginx, set up as the README says, and as it should not be."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from dev import ROOT
from dev.ports import HOST
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import PATIENCE, Sidecar, metadata_path
from tests.integration.test_claim_limits import FULL
from tests.services.nginx import running_nginx

LOCATION = re.compile(r"^    (location \S+ \{ proxy_pass )http://127\.0\.0\.1:8000(; \})$", re.MULTILINE)


@contextmanager
def behind(sidecar: Sidecar, *locations: str) -> Iterator[Sidecar]:
    """Reach a sidecar through nginx."""
    with (
        running_nginx(*locations) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as http,
    ):
        yield Sidecar(sidecar.realm, http)


def of_the_readme(sidecar: Sidecar) -> str:
    """Take the lines for nginx out of the README, for this sidecar."""
    found = LOCATION.search((ROOT / "README.md").read_text())
    assert found, "the README has no line for nginx"
    return found[1] + sidecar.url + found[2]


def test_a_slash_in_a_key_gets_through(sidecar: Sidecar, jane: User) -> None:
    """With the README's line a key holds a slash, a percent sign, a letter of any script."""
    with behind(sidecar, of_the_readme(sidecar)) as proxied:
        for key in ("ui/theme", "100%25", "größe", "a b+c"):
            assert proxied.put(jane, key, key).status_code == 201
            assert proxied.read(jane, key).json()["value"] == key
        assert proxied.delete(jane, "a b+c").status_code == 204

    assert sidecar.entries(jane) == {key: key for key in ("ui/theme", "100%25", "größe")}


def test_a_prefix_that_stays_gets_through(
    realm: Realm, sidecar_of: Callable[..., Sidecar], jane: User
) -> None:
    """Below a root path, which nginx leaves on."""
    sidecar = sidecar_of(realm, root_path="/meta")

    with behind(sidecar, f"location /meta/ {{ proxy_pass {sidecar.url}; }}") as proxied:
        path = "/meta" + metadata_path(jane, "ui/theme")
        assert proxied.request("PUT", path, json={"value": "Dark"}).status_code == 201

    assert sidecar.entries(jane) == {"ui/theme": "Dark"}


def test_a_path_that_nginx_decodes_is_no_route(sidecar: Sidecar, jane: User) -> None:
    """With a slash after the address a key becomes two segments: 404 for the route, and nothing stored."""
    wrong = of_the_readme(sidecar).replace("location /api/", "location /").replace("; }", "/; }")

    with behind(sidecar, wrong) as proxied:
        assert proxied.put(jane, "theme", "Dark").status_code == 201
        assert_problem(proxied.put(jane, "ui/theme", "Light"), "not_found")
        assert_problem(proxied.read(jane, "ui/theme"), "not_found")

    assert sidecar.entries(jane) == {"theme": "Dark"}


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.end_headers()
        self.wfile.write(self.headers["Authorization"].encode())

    def log_message(self, *_: object) -> None:
        """Say nothing of what was sent: there is a token in it."""


@pytest.fixture
def echo() -> Iterator[str]:
    """An application that tells which token it got."""
    with ThreadingHTTPServer((HOST, 0), _Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["ASCII", "emoji"])
def test_a_token_full_of_claims_gets_through(
    realm: Realm, sidecar: Sidecar, jane: User, echo: str, kind: str
) -> None:
    """The access token of a user with 4,096 bytes of claims fits the buffers that nginx has by itself."""
    sidecar.put(jane, "full", FULL[kind], profile_claim=True)
    token = realm.login(jane).access_token

    with running_nginx(f"location / {{ proxy_pass {echo}; }}") as url:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)

    assert (answer.status_code, answer.text) == (200, f"Bearer {token}")
    assert len(token) > len(FULL["ASCII"]) * 4 / 3
