"""Style sheets, scripts and pictures."""

import asyncio
import gzip

import pytest

from pingpilot.console.templatetags.look import asset
from pingpilot.wiring.assets import Assets

PATH = "/static/pingpilot.css"


@pytest.fixture(scope="module")
def assets():
    return Assets()


def ask(assets, path=PATH, query="", method="GET", **headers):
    sent = []

    async def send(message):
        sent.append(message)

    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"path": path, "query_string": query.encode(), "method": method, "headers": asked}
    asyncio.run(assets(scope, send))
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


def test_a_browser_that_unpacks_gets_it_packed(assets):
    _, plain, body = ask(assets)
    _, packed, small = ask(assets, accept_encoding="br, gzip")
    assert packed[b"content-encoding"] == b"gzip"
    assert gzip.decompress(small) == body
    assert len(small) < len(body) / 3
    assert plain[b"etag"] != packed[b"etag"]
    assert b"content-encoding" not in plain


def test_an_address_that_names_its_content_is_kept_for_ever(assets):
    _, marked = asset("pingpilot.css").split("?")
    assert b"immutable" in ask(assets, query=marked)[1][b"cache-control"]
    assert b"immutable" not in ask(assets, query="v=old")[1][b"cache-control"]


def test_what_a_browser_has_is_not_sent_again(assets):
    _, headers, _ = ask(assets)
    status, _, body = ask(assets, if_none_match=headers[b"etag"].decode())
    assert (status, body) == (304, b"")


def test_heads_have_no_body_and_nothing_is_written(assets):
    status, headers, body = ask(assets, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers[b"content-length"]) > 0
    assert ask(assets, method="POST")[0] == 405


@pytest.mark.parametrize("path", ["/static/", "/static/nothing.css", "/static/../settings.py", "/pingpilot.css"])
def test_what_is_no_file_is_left_to_others(assets, path):
    assert not assets.has(path)


def test_every_kind_is_known(assets):
    kinds = {path: ask(assets, f"/static/{path}")[1][b"content-type"] for path in ("pingpilot.js", "favicon.svg")}
    assert kinds == {"pingpilot.js": b"text/javascript; charset=utf-8", "favicon.svg": b"image/svg+xml"}
