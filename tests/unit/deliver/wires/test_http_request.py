"""What a call looks like on the wire."""

import pytest

from pingpilot.deliver.wires.http_request import request_of, target_of
from pingpilot.domain.wire import Call


def lines_of(call: Call) -> list[str]:
    head, _, body = request_of(call, target_of(call.url), "PingPilot/1").partition(b"\r\n\r\n")
    assert body == call.body
    return head.decode().split("\r\n")


def test_a_call_is_one_request():
    lines = lines_of(Call("POST", "https://example.com/a?b=c#d", {"X-Mine": "1"}, b"{}"))
    assert lines == [
        *("POST /a?b=c HTTP/1.1", "Host: example.com", "X-Mine: 1", "User-Agent: PingPilot/1", "Accept: */*"),
        *("Accept-Encoding: identity", "Content-Length: 2"),
    ]


def test_its_own_headers_come_before_ours():
    lines = lines_of(Call("POST", "https://example.com/", {"user-agent": "DiscordBot", "ACCEPT": "text/plain"}))
    assert [line for line in lines if line.lower().startswith(("user-agent", "accept:"))] == [
        *("user-agent: DiscordBot", "ACCEPT: text/plain"),
    ]


def test_a_post_without_a_body_says_so_and_a_get_has_none():
    assert "Content-Length: 0" in lines_of(Call("POST", "https://example.com/"))
    assert not [line for line in lines_of(Call("GET", "https://example.com/")) if line.startswith("Content-Length")]


@pytest.mark.parametrize(
    ("url", "host", "port", "first"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("http://example.com:8080/x", "example.com:8080", 8080, "/x"),
        ("http://[::1]:81/x", "[::1]:81", 81, "/x"),
        ("https://üni.example/ä?ö=ü", "xn--ni-wka.example", 443, "/%C3%A4?%C3%B6=%C3%BC"),
        ("https://example.com./a%2Fb?c=%20d+e", "example.com", 443, "/a%2Fb?c=%20d+e"),
    ],
)
def test_a_url_leads_where_it_says(url: str, host: str, port: int, first: str):
    lines = lines_of(Call("POST", url))
    assert lines[:2] == [f"POST {first} HTTP/1.1", f"Host: {host}"]
    assert (target_of(url).port, target_of(url).is_tls) == (port, url.startswith("https"))


def test_a_name_and_password_in_a_url_are_a_login_unless_there_is_one():
    url = "https://me:p%40ss@example.com/"
    assert "Authorization: Basic bWU6cEBzcw==" in lines_of(Call("POST", url))
    assert "Basic" not in "".join(lines_of(Call("POST", url, {"authorization": "Bearer x"})))


@pytest.mark.parametrize("broken", ["a\r\nY: b", "a\nb", "a\rb", "a\0b", "\ud800"])
def test_what_would_break_a_line_is_not_written(broken: str):
    for headers in ({"X": broken}, {broken: "x"}):
        with pytest.raises(ValueError, match=r"line|surrogates"):
            lines_of(Call("POST", "https://example.com/", headers))
