"""Owns a person's browser: it follows redirects, keeps cookies, fills in forms; asserts nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup, Tag

from tests.integration.realms import User

PATIENCE = 60.0


@dataclass(frozen=True)
class Page:
    """A page of Keycloak, or the address at which the browser left it for an application."""

    url: str
    html: BeautifulSoup

    @property
    def text(self) -> str:
        """What a person reads on it."""
        return self.html.get_text(" ", strip=True)

    @property
    def form(self) -> Tag:
        """The form on it."""
        form = self.html.find("form", method=re.compile("post", re.IGNORECASE))
        assert isinstance(form, Tag), f"no form at {self.url}: {self.text}"
        return form

    @property
    def form_fields(self) -> dict[str, str]:
        """What the form would send as it stands, its buttons left alone."""
        inputs = [each for each in self.form.find_all("input") if each.get("type") != "submit"]
        return {str(each["name"]): str(each.get("value", "")) for each in inputs if each.get("name")}


class Browser:
    """A browser without a past; where Keycloak sends it to an application, it stops and shows the address."""

    def __init__(self, http: httpx.Client, application: str) -> None:
        self._http = http
        self._application = application

    def open(self, url: str) -> Page:
        """Go to an address."""
        return self._follow(self._http.build_request("GET", url))

    def submit(self, page: Page, **fields: str) -> Page:
        """Send the form of a page with these fields; what else is in it goes along as it stands."""
        form = {**page.form_fields, **fields}
        action = urljoin(page.url, str(page.form["action"]))
        return self._follow(self._http.build_request("POST", action, data=form))

    def log_in(self, page: Page, user: User) -> Page:
        """Fill in the login page."""
        return self.submit(page, username=user.username, password=user.password)

    def _follow(self, request: httpx.Request) -> Page:
        answer = self._send(request)
        while step := answer.next_request:
            if str(step.url).startswith(self._application):
                return Page(str(step.url), BeautifulSoup("", "html.parser"))
            answer = self._send(self._http.build_request("GET", step.url))
        return Page(str(answer.url), BeautifulSoup(answer.text, "html.parser"))

    def _send(self, request: httpx.Request) -> httpx.Response:
        answer = self._http.send(request)
        for cookie in self._http.cookies.jar:
            cookie.secure = False  # as browsers do, it takes plain http on loopback for as good as https
        return answer


@contextmanager
def new_browser(application: str) -> Iterator[Browser]:
    """Open a browser that stops at addresses which begin so."""
    with httpx.Client(trust_env=False, timeout=PATIENCE) as http:
        yield Browser(http, application)
