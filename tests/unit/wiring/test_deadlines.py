"""No client holds a connection for longer than it may."""

import pytest

from tests.servers.http import Http, running_http
from tests.servers.ports import wait_until
from tests.servers.raw import Raw, connected
from tests.unit.wiring.sample import app

HEAD = b"POST %b HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n"
POST = HEAD % (b"/", 3)
EARLY = 3
"""A tick may be one short, and a slow test may see one of the server's own."""


def is_open(raw: Raw) -> bool:
    """Tell whether the server has neither spoken nor ended."""
    raw.socket.setblocking(False)
    try:
        raw.socket.recv(1)
    except BlockingIOError:
        return True
    finally:
        raw.socket.settimeout(15)
    return False


def is_late(raw: Raw, message: str) -> bool:
    answer = raw.answer()
    assert (answer.status, answer.json) == (408, {"message": message, "code": "request_timeout"})
    assert answer.headers["connection"] == "close"
    return raw.is_ended()


@pytest.mark.parametrize("nothing", [b"", b"\r\n\r\n"])
def test_a_connection_on_which_nothing_is_said_is_closed_without_a_word(http: Http, nothing: bytes):
    with connected(http.port) as raw:
        raw.send(nothing)
        http.advance(30 - EARLY)
        assert is_open(raw)
        http.advance(EARLY)
        assert raw.is_ended()


def test_a_connection_between_requests_is_closed_without_a_word(http: Http):
    with connected(http.port) as raw:
        http.advance(20)
        assert raw.send(POST + b"abc").answer().status == 200
        http.advance(30 - EARLY)
        assert raw.send(POST + b"abc").answer().status == 200
        http.advance(30)
        assert raw.is_ended()


def test_a_proxy_may_keep_its_connections_for_longer():
    with running_http(app, proxy="127.0.0.9") as http, connected(http.port, address="127.0.0.9") as raw:
        assert raw.send(POST + b"abc").answer().status == 200
        http.advance(150 - EARLY)
        assert raw.send(POST + b"abc").answer().status == 200
        http.advance(150)
        assert raw.is_ended()


@pytest.mark.parametrize("half", [b"G", b"GET / HTTP/1.1\r\nHost: te", POST[:-1]])
def test_a_head_is_waited_for_10_seconds(http: Http, half: bytes):
    with connected(http.port) as raw:
        raw.send(half[:1])
        http.advance(10 - EARLY)
        raw.send(half[1:])
        assert is_open(raw)
        http.advance(EARLY)
        assert is_late(raw, "The head of the request did not arrive within 10 seconds")


@pytest.mark.parametrize("length", [3, 100_000])
def test_a_body_is_waited_for_until_30_seconds_after_the_first_byte(http: Http, length: int):
    with connected(http.port) as raw:
        raw.send(POST[:1])
        http.advance(5)
        raw.send((HEAD % (b"/", length))[1:] + b"a")
        for _ in range(25 - EARLY):
            http.advance(1)
            raw.send(b"" if length == 3 else b"a")
        assert is_open(raw)
        http.advance(EARLY)
        assert is_late(raw, "The request did not arrive within 30 seconds")


def test_a_body_that_nobody_wants_is_waited_for_no_longer(http: Http):
    with connected(http.port) as raw:
        assert raw.send(HEAD % (b"/deaf", 1_000)).answer().status == 401
        http.advance(30)
        assert raw.is_ended()


def test_a_request_that_is_in_work_has_all_the_time_it_needs(http: Http):
    with connected(http.port) as raw:
        raw.send(HEAD % (b"/wait", 0))
        http.wait_for_tasks(1)
        http.advance(300)
        assert is_open(raw)


def test_the_next_request_has_its_time_only_once_it_is_listened_to(http: Http):
    with connected(http.port) as raw:
        raw.send(HEAD % (b"/late", 1))
        raw.send(b"a" + POST + b"abc" + POST[:-1])
        http.wait_for_tasks(1)
        http.advance(20)
        assert raw.answer(has_body=False).status == 200  # chunked
        raw.send(POST[-1:] + b"abc")
        assert raw.skip(b"at last\r\n0\r\n\r\n").answer().json["body"] == "abc"
        assert raw.answer().json["body"] == "abc"


def test_a_client_that_does_not_read_is_cut_off(http: Http):
    with connected(http.port) as raw:
        raw.send(HEAD % (b"/large", 0))
        wait_until(http.has_unsent_bytes, "more was written than the client takes")
        http.advance(30 - EARLY)
        assert len(http.connections) == 1
        http.advance(EARLY)
        http.wait_until_empty()


def test_a_client_that_does_not_read_cannot_hold_what_is_being_closed(http: Http):
    with connected(http.port) as raw:
        raw.send(b"GET /huge HTTP/1.0\r\n\r\n")
        http.wait_for_tasks(0)
        http.advance(1)
        assert len(http.connections) == 1
        http.advance(30)
        http.wait_until_empty()


def test_a_client_that_reads_slowly_is_not_cut_off(http: Http):
    with connected(http.port) as raw:
        raw.send(HEAD % (b"/large", 0))
        raw.answer(has_body=False)
        for _ in range(3):
            wait_until(http.has_unsent_bytes, "more was written than the client takes")
            http.advance(20)
            raw.take(2_000_000)
        assert len(http.connections) == 1


def test_a_client_that_was_refused_and_goes_on_is_cut_off(http: Http):
    with connected(http.port) as raw:
        assert raw.send(b"nonsense\r\n\r\n").answer().status == 400
        http.advance(5)
        http.wait_until_empty()
