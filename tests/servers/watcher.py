"""An open page without a browser: it signs in by the form, and hears the events of its stream."""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.servers.raw import Raw, connected
from tests.servers.service import Service

PASSWORD = "correct horse battery 42"
QUIET = ("beat", ": ", "hello")
"""Kinds that draw nothing."""
DRAWINGS_BEFORE = 5
_TOKEN = re.compile(r'csrfmiddlewaretoken" value="(\w+)"')
_PART = re.compile(r'data-live hx-get="([^"]+)"')


@dataclass
class Person:
    """Somebody who is signed in. ``cookies`` is the header their browser sends."""

    service: Service
    cookies: str

    def page(self, path: str) -> str:
        answer = self.service.request("GET", path, headers={"Cookie": self.cookies})
        assert answer.status == 200, (path, answer.status)
        return answer.body.decode()

    def post(self, path: str, page: str, **fields: str) -> int:
        token = _TOKEN.search(self.page(page))
        assert token is not None
        return _post(self.service, path, self.cookies, {"csrfmiddlewaretoken": token[1], **fields})[0]

    def part(self, path: str = "/dashboard") -> str:
        """Return the address of the live part of a page, with the mark of what it shows."""
        found = _PART.search(self.page(path))
        assert found is not None
        return found[1].replace("&amp;", "&")


class Watch:
    """The stream of one page."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self.status = raw.answer(has_body=False).status

    def event(self, *, but: tuple[str, ...] = ()) -> tuple[str, str]:
        """Return kind and text of what comes next, but for some kinds; raises EOFError at the end."""
        while True:
            kind, *lines = self._raw.chunk_until(b"\n\n").decode().split("\n")
            if kind.removeprefix("event: ") not in but:
                return kind.removeprefix("event: "), "\n".join(line.removeprefix("data: ") for line in lines)

    def drawn_with(self, text: str) -> str:
        """Return the first drawing that has a text; what earlier changes led to may come before it."""
        for _ in range(DRAWINGS_BEFORE + 1):
            kind, html = self.event(but=QUIET)
            assert kind == "part"
            if text in html:
                return html
        raise AssertionError(html)


def sign_in(service: Service, email: str, password: str = PASSWORD) -> Person:
    """Sign in by the form."""
    answer = service.request("GET", "/sign-in")
    token = _TOKEN.search(answer.body.decode())
    assert token is not None
    begun = answer.headers["set-cookie"].partition(";")[0]
    fields = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
    status, cookies = _post(service, "/sign-in", begun, fields)
    assert status == 302, status
    name, _, value = begun.partition("=")
    kept = {name: value, **cookies}
    return Person(service, "; ".join(f"{name}={value}" for name, value in kept.items()))


@contextmanager
def watching(person: Person | None, service: Service, workspace: int, *parts: str) -> Iterator[Watch]:
    """Open a stream, and close it at the end."""
    query = urlencode([*(("part", part) for part in parts), ("workspace", workspace)])
    cookie = f"Cookie: {person.cookies}\r\n" if person else ""
    with connected(service.port) as raw:
        raw.send(f"GET /dashboard/stream?{query} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n".encode())
        yield Watch(raw)


def _post(service: Service, path: str, cookies: str, fields: dict[str, str]) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
    connection.request("POST", path, urlencode(fields), kind)
    answer = connection.getresponse()
    answer.read()
    set_ = [
        value.partition(";")[0].partition("=") for name, value in answer.getheaders() if name.lower() == "set-cookie"
    ]
    connection.close()
    return answer.status, {name: value for name, _, value in set_}
