"""What is taken for a request, in what order it is answered, and what is refused."""

import pytest

from tests.servers.http import Http
from tests.servers.raw import Raw, connected
from tests.servers.service import Answer

HOST = "Host: test"
CHUNKED = "Transfer-Encoding: chunked"


def ask(*headers: str, line: str = "POST / HTTP/1.1", body: bytes = b"", host: str = HOST) -> bytes:
    lines = [line, *([host] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def is_refused(answer: Answer, status: int, code: str) -> bool:
    assert (answer.status, answer.json["code"]) == (status, code)
    assert set(answer.json) == {"message", "code"}
    assert (answer.headers["content-type"], answer.headers["connection"]) == ("application/json", "close")
    return True


def refused(http: Http, request: bytes, status: int = 400, code: str = "bad_request") -> bool:
    with connected(http.port) as raw:
        return is_refused(raw.send(request).answer(), status, code) and raw.is_ended()


def echoed(http: Http, request: bytes) -> Answer:
    with connected(http.port) as raw:
        answer = raw.send(request).answer()
        assert answer.status == 200, answer.body
        return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST / \r\n\r\n",
        b"GET / HTTP/1.1\nHost: test\n\n",
        ask(line="FOO / HTTP/1.1"),
        ask(line="get / HTTP/1.1"),
        ask(line="CONNECT test:443 HTTP/1.1"),
        ask(line="GET / HTTP/2.0"),
        ask(line="GET / HTTP/0.9"),
        ask("Connection: Upgrade", "Upgrade: h2c", line="GET / HTTP/0.9"),
        ask(line="GET / HTTP/1.2"),
        ask(line="GET ftp://test/ HTTP/1.1"),
        ask(line="GET http://[::1 HTTP/1.1"),
        ask(line="GET /\xff HTTP/1.1"),
        ask(line="GET /?\xff HTTP/1.1"),
        ask(line="GET /\0 HTTP/1.1"),
        ask(line="GET /a b HTTP/1.1"),
        ask("A : b"),
        ask("A: \0"),
        ask("A: b\r\n c"),
        ask("A: b\nC: d"),
        ask("A: b\rC: d"),
        ask(": b"),
        ask("A"),
        ask("A\xff: b"),
        ask(host=""),
        ask(HOST),
        ask("Host: other"),
        ask("Content-Length: 3", CHUNKED, body=b"0\r\n\r\n"),
        ask("Content-Length: 3", "Content-Length: 4", body=b"abc"),
        ask("Content-Length: 3", "Content-Length: 3", body=b"abc"),
        ask("Content-Length: 3, 3", body=b"abc"),
        ask("Content-Length: +3", body=b"abc"),
        ask("Content-Length: ", body=b"abc"),
        ask("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
        ask("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
        ask("Transfer-Encoding: identity"),
        ask("Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
        ask(CHUNKED, CHUNKED, body=b"0\r\n\r\n"),
        ask(CHUNKED, line="POST / HTTP/1.0", body=b"0\r\n\r\n"),
        ask(CHUNKED, body=b"x\r\n"),
        ask(CHUNKED, body=b"-1\r\n"),
        ask(CHUNKED, body=b"fffffffffffffffff\r\n"),
        ask(CHUNKED, body=b"1\r\nab\r\n"),
        ask(CHUNKED, body=b"1\nab"),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(http: Http, request_bytes: bytes):
    assert refused(http, request_bytes)


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("GET / HTTP/1.1", ""),
        ("GET http://other.example/?a=b HTTP/1.1", "a=b"),
        ("GET http://other.example HTTP/1.1", ""),
        ("GET /?%00%ff+%zz#part HTTP/1.1", "%00%ff+%zz"),
    ],
)
def test_targets_that_are_understood(http: Http, line: str, query: str):
    assert echoed(http, ask(line=line)).json["query"] == query


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_empty_lines_before_a_request_are_passed_over(http: Http, version: str):
    assert echoed(http, b"\r\n\r\n" + ask(line=f"GET / HTTP/{version}")).json["method"] == "GET"


def test_an_older_client_may_leave_the_host_out(http: Http):
    assert echoed(http, ask(line="GET / HTTP/1.0", host="")).status == 200


def test_what_follows_a_chunked_body_is_no_header(http: Http):
    trailer = b"Authorization: Bearer stolen\r\nX-Late: 1\r\n"
    answer = echoed(http, ask(CHUNKED, body=b"3\r\nabc\r\n0\r\n" + trailer + b"\r\n"))
    assert answer.json["body"] == "abc"
    assert answer.json["headers"] == [["host", "test"], ["transfer-encoding", "chunked"]]


LONG = "x" * 9_000


def test_an_address_over_its_limit(http: Http):
    assert refused(http, ask(line=f"GET /{LONG} HTTP/1.1"), 414, "target_too_long")
    with connected(http.port) as raw:  # in pieces, and without an end
        raw.send(b"GET /")
        for _ in range(9):
            raw.send(b"x" * 1_000)
        assert is_refused(raw.answer(), 414, "target_too_long")


@pytest.mark.parametrize(
    "head",
    [
        ask(f"A: {LONG}", f"B: {LONG}"),
        ask(f"A: {LONG}{LONG}"),
        ask(f"{LONG}{LONG}: a"),
        ask(f"A: {LONG}{LONG}")[:-4],
        ask(*(f"A{number}: b" for number in range(100))),
        ask("Content-Length: 0") + ask(f"A: {LONG}{LONG}"),
    ],
)
def test_a_head_over_its_limit(http: Http, head: bytes):
    with connected(http.port) as raw:
        answer = raw.send(head).answer()
        answer = raw.answer() if answer.status == 200 else answer
        assert is_refused(answer, 431, "headers_too_large")
        assert raw.is_ended()


def test_a_head_within_its_limits(http: Http):
    headers = [f"A{number}: {LONG[:100]}" for number in range(99)]
    assert len(echoed(http, ask(*headers)).json["headers"]) == 100
    assert echoed(http, ask("Content-Length: 40000", body=b"x" * 40_000)).json["body"] == "x" * 40_000


@pytest.mark.parametrize(
    "start",
    [b"", b"0\r\nA: ", b"0\r\n", b"1;name="],
    ids=["the size of a chunk", "a trailer", "the name of a trailer", "an extension of a chunk"],
)
def test_a_line_without_an_end_is_not_kept(http: Http, start: bytes):
    filler = b"0" if not start else b"x"
    with connected(http.port) as raw:
        raw.send(ask(CHUNKED) + start)
        answer = raw.send(filler * 300_000).answer()
        assert answer.status in {400, 431}
        assert raw.is_ended()


def test_pipelined_requests_are_answered_in_order(http: Http):
    with connected(http.port) as raw:
        raw.send(b"".join(ask("Content-Length: 1", body=b"%d" % number) for number in range(9)))
        assert [raw.answer().json["body"] for _ in range(9)] == [str(number) for number in range(9)]


def test_a_refusal_waits_for_the_answers_before_it(http: Http):
    with connected(http.port) as raw:
        raw.send(ask("Content-Length: 1", body=b"a") * 2 + b"nonsense\r\n\r\n")
        assert [raw.answer().status, raw.answer().status] == [200, 200]
        assert is_refused(raw.answer(), 400, "bad_request")
        assert raw.is_ended()


def test_a_request_that_breaks_while_it_waits_is_refused_in_its_turn(http: Http):
    with connected(http.port) as raw:
        raw.send(ask("Content-Length: 1", body=b"a") + ask(CHUNKED, body=b"nonsense\r\n"))
        assert raw.answer().status == 200
        assert is_refused(raw.answer(), 400, "bad_request")


def test_nothing_is_read_behind_the_last_request(http: Http):
    for last in (ask("Connection: close"), ask(line="GET / HTTP/1.0")):
        with connected(http.port) as raw:
            assert raw.send(last + ask() + b"nonsense").answer().status == 200
            assert raw.is_ended()


def test_a_client_too_far_ahead_is_answered_so_far_and_has_to_come_again(http: Http):
    answers = 0
    with connected(http.port) as raw:
        raw.send(ask("Content-Length: 0") * 5_000)
        last = raw.answer()
        while last.headers.get("connection") != "close":
            answers, last = answers + 1, raw.answer()
        assert answers == http.connections.limits.ahead
        assert raw.is_ended()


def test_a_client_that_sends_no_more_still_gets_its_answers(http: Http):
    with connected(http.port) as raw:
        raw.send(ask("Content-Length: 0") * 3).end()
        assert [raw.answer().status for _ in range(3)] == [200, 200, 200]
        assert raw.is_ended()


@pytest.mark.parametrize("half", [b"", b"GET / HT", ask("Content-Length: 9", body=b"half"), ask(CHUNKED)])
def test_a_client_that_ends_in_the_middle_is_not_answered(http: Http, half: bytes):
    with connected(http.port) as raw:
        raw.send(half).end()
        assert raw.is_ended()


def test_a_small_body_that_nobody_wants_is_passed_over(http: Http):
    with connected(http.port) as raw:
        assert raw.send(ask("Content-Length: 100", line="POST /deaf HTTP/1.1")).answer().status == 401
        assert raw.send(b"x" * 100 + ask("Content-Length: 0")).answer().status == 200


@pytest.mark.parametrize("length", ["Content-Length: 2000000", CHUNKED])
def test_a_body_that_nobody_wants_ends_the_connection_when_it_may_be_long(http: Http, length: str):
    with connected(http.port) as raw:
        answer = raw.send(ask(length, line="POST /deaf HTTP/1.1")).answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        for _ in range(50):
            raw.send(bytes(65_536))  # and its client can send all of it, and then read
        assert raw.is_ended()


def test_a_client_that_waits_to_be_told_is_told(http: Http):
    with connected(http.port) as raw:
        raw.send(ask("Expect: 100-Continue", "Content-Length: 3"))
        assert raw.answer(has_body=False).status == 100
        assert raw.send(b"abc").answer().json["body"] == "abc"


def test_a_client_that_waits_for_nothing_is_told_so_and_the_connection_ends(http: Http):
    with connected(http.port) as raw:
        raw.send(ask("Expect: 100-continue", "Content-Length: 3", line="POST /deaf HTTP/1.1"))
        answer = raw.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert raw.is_ended()


def test_an_expectation_of_something_else_is_not_heeded(http: Http):
    assert echoed(http, ask("Expect: gold", "Content-Length: 0")).status == 200
    assert echoed(http, ask("Expect: 100-continue", "Content-Length: 0", line="POST / HTTP/1.0")).status == 200


def test_many_offers_of_another_protocol_are_not_taken(http: Http):
    offer = ask("Connection: Upgrade, keep-alive", "Upgrade: websocket", "Content-Length: 1", body=b"a")
    with connected(http.port) as raw:
        raw.send(offer * 5_000)
        assert {raw.answer().json["body"] for _ in range(http.connections.limits.ahead)} == {"a"}


def test_a_client_that_vanishes_leaves_nothing_behind(http: Http):
    for _ in range(20):
        Raw(http.port).send(ask("Content-Length: 9", body=b"half")).close()
        Raw(http.port).send(ask(line="GET /large HTTP/1.1")).close()
        Raw(http.port).send(ask(line="GET /wait HTTP/1.1")).close()
    assert echoed(http, ask("Content-Length: 0")).status == 200  # so all of the others have been let in
    http.wait_until_empty()
