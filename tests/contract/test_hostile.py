"""Whatever bytes a client sends: a documented answer or none, no line in the log, bounded memory, and others served."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.shop import Shop, open_shop
from tests.servers.raw import connected, request
from tests.servers.service import Install

DOCUMENTED = {100, 200, 204, 207, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 422, 429, 431}
GROWTH_MAX_KIB = 64 * 1024
EVENT = b'{"category":"sale"}'
_networks = count(1)


@pytest.fixture(scope="module")
def shop(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A service of its own, since its whole log is looked at."""
    with install(tmp_path_factory.mktemp("hostile")) as service:
        yield open_shop(service.start("--no-worker"), "hostile")


def statuses(shop: Shop, *pieces: bytes) -> list[int]:
    """Send pieces and no more, read to the end, and return the status of each answer.

    Each time from another network: who fails often is answered late.
    """
    number, found = next(_networks), b""
    with connected(shop.port, address=f"127.{number // 250 % 250 + 1}.{number % 250}.1") as raw:
        try:
            for piece in pieces:
                raw.send(piece)
            raw.end()
            while piece := raw.socket.recv(65_536):
                found += piece
        except ConnectionError:  # we were cut off
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", found)]


def is_sound(shop: Shop, *pieces: bytes) -> bool:
    """Tell whether a client is answered as documented, others are served, and the log says nothing of it."""
    before = len(shop.service.log)
    assert set(statuses(shop, *pieces)) <= DOCUMENTED
    assert shop.post({"category": "sale"}).status == 200
    assert shop.service.log[before:] == ""
    return True


def memory_kib(shop: Shop) -> int:
    assert shop.service.process is not None
    status = Path(f"/proc/{shop.service.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])


def get(target: str, *headers: str, host: str = "Host: localhost", method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", host, *headers, "", ""]).encode("latin-1")


def form(body: bytes, *headers: str) -> bytes:
    token = "a" * 32
    cookies = f"Cookie: csrftoken={token}; pingpilot_csrf={token}"
    return get("/sign-in", cookies, f"Content-Length: {len(body)}", *headers, method="POST") + body


MANY = "&".join(f"a{number}=b" for number in range(1_100))
URLENCODED = "Content-Type: application/x-www-form-urlencoded"
CHUNKED = "Transfer-Encoding: chunked"
HEADERS = [
    "Content-Length: 5",
    "Content-Length: 0",
    "Content-Length: 99999999999999999999999",
    "Content-Length: -1",
    CHUNKED,
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding : chunked",
    "Host: other",
    "Host: a b",
    "Connection: close",
    "Connection: keep-alive, Upgrade",
    "Upgrade: h2c",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "Expect: \xff",
    "Authorization: Bearer",
    "Authorization: \xff",
    "Idempotency-Key: \x80",
    "Prefer: wait=99999999999999",
    'Cookie: sessionid="\\000\\377"; csrftoken=\xff',
    f"Cookie: {'a=b; ' * 900}",
    f"{URLENCODED}; charset=utf-16",
    "Content-Type: multipart/form-data; boundary=\xff",
    "Content-Encoding: gzip",
    "Accept-Language: \xff,*;q=x",
    "Range: bytes=9-1",
    "If-None-Match: \xff",
    "X-Forwarded-Proto: https",
    "A: b\r\n obsolete fold",
    "A: b\nC: d",
    "A:\0",
    ": nameless",
]
TARGETS = [
    *("/", "*", "//", "/%00", "/%ff%fe", "/%0d%0aa: b", "/..", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/%00"),
    *("/sign-in?next=%00", "/dashboard?" + MANY, "/healthz", "/api", "/api/", "/api/v1/event", "/api/v1/events"),
    *("/api/v1/events?q=%00", "/api/v1/events?cursor=%ff", "/api/v1/keys/%00", "/%61pi/v1/event", "/api/v1/event#x"),
    *(
        "http://other.example/api/v1/event",
        "http://other.example",
        "ftp://other.example/",
        "other.example:443",
        "?",
        "",
    ),
]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "FOO", "\xff", ""]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "RTSP/1.0", "", "\0"]
BODIES = [
    b"",
    EVENT,
    b"5\r\nhello\r\n0\r\n\r\n",
    b"0\r\nTrailer: x\r\n\r\n",
    b"fffffffffffffffff\r\n",
    b"5;\0\r\n",
    b"\xff" * 99,
]


@pytest.mark.parametrize("host", ["", "a b", "a,b", "<script>", "a_b:1", "[::1", "\xe9", "x" * 300])
def test_a_host_that_is_none(shop: Shop, host: str):
    for target in ("/", "/api/v1/quota"):
        assert is_sound(shop, get(target, "Connection: close", host=f"Host: {host}"))


@pytest.mark.parametrize(
    "body",
    [
        form(MANY.encode(), URLENCODED),
        form(b"login=%00&password=%ff", URLENCODED),
        form(b"a=b", f"{URLENCODED}; charset=utf-16"),
        form(b"a=b", f"{URLENCODED}; charset=none"),
        form(b"--", "Content-Type: multipart/form-data"),
        form(b"--a", "Content-Type: multipart/form-data; boundary=" + "x" * 500),
        form(b"x" * (1024 * 1024 + 1)),
    ],
)
def test_a_form_that_is_none(shop: Shop, body: bytes):
    assert is_sound(shop, body)


def test_a_body_over_its_limit_is_refused_in_the_right_words(shop: Shop):
    large = b"x" * 2_000_000
    for length in (f"Content-Length: {len(large)}", CHUNKED):
        with connected(shop.port) as raw:
            raw.send(get("/api/v1/categories", f"Authorization: Bearer {shop.key}", length, method="POST"))
            raw.send(large if length != CHUNKED else b"%x\r\n" % len(large) + large)
            answer = raw.answer()
            assert (answer.status, answer.json["code"]) == (413, "body_too_large")
        with connected(shop.port) as raw:
            raw.send(get("/sign-in", length, method="POST"))
            raw.send(large if length != CHUNKED else b"%x\r\n" % len(large) + large)
            answer = raw.answer()
            assert (answer.status, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
            assert b"Request body too large (limit 1048576 bytes)" in answer.body


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_random_bytes(shop: Shop, pieces: list[bytes]):
    assert is_sound(shop, *pieces)


@settings(max_examples=200)
@given(
    st.sampled_from(METHODS),
    st.sampled_from(TARGETS),
    st.sampled_from(VERSIONS),
    st.lists(st.sampled_from(HEADERS), max_size=5),
    st.sampled_from(BODIES),
    st.booleans(),
)
def test_requests_that_are_nearly_right(shop: Shop, method, target, version, headers, body, is_known):
    own = [f"Authorization: Bearer {shop.key}"] if is_known else []
    head = "\r\n".join([f"{method} {target} {version}", "Host: localhost", *own, *headers, "", ""]).encode("latin-1")
    assert is_sound(shop, head + body + request(shop.key, EVENT))


@settings(max_examples=200)
@given(st.integers(0, 400), st.integers(0, 400), st.binary(max_size=20), st.booleans())
def test_right_requests_that_were_damaged(shop: Shop, start: int, end: int, inserted: bytes, is_chunked: bool):
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(EVENT), EVENT)
    one = request(shop.key, b"", CHUNKED, length=-1) + chunks if is_chunked else request(shop.key, EVENT)
    data = one + get("/api/v1/quota", f"Authorization: Bearer {shop.key}")
    damaged = data[:start] + inserted + data[max(start, end) :]
    assert is_sound(shop, damaged[:start], damaged[start:])


def test_floods_without_an_end_are_held_in_bounded_memory(shop: Shop):
    starts = [
        b"",
        b"\r\n" * 1_000,
        b"GET /",
        get("/")[:-2] + b"A: ",
        get("/")[:-2] + b"A",
        request(shop.key, b"", CHUNKED, length=-1) + b"1;",
        request(shop.key, b"", CHUNKED, length=-1) + b"0\r\nA: ",
        request(shop.key, b"", length=10**9),
        get("/sign-in", "Content-Length: 1000000000", method="POST"),
        get("/sign-in", CHUNKED, method="POST") + b"fffffff\r\n",
    ]
    before = memory_kib(shop)
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(shop.port)) for _ in range(100)]
        for number, line in enumerate(lines):
            try:
                line.send(starts[number % len(starts)])
                for _ in range(8):
                    line.send(b"x" * 256 * 1024)
            except ConnectionError:  # we were cut off
                continue
        assert shop.post({"category": "sale"}).status == 200
        assert memory_kib(shop) - before < GROWTH_MAX_KIB


def test_answers_that_nobody_reads_are_held_in_bounded_memory(shop: Shop):
    before = memory_kib(shop)
    with ExitStack() as stack:
        for _ in range(50):
            line = stack.enter_context(connected(shop.port))
            line.send(get("/api/v1/event") * 60 + get("/static/pingpilot.css") * 4)
        assert shop.post({"category": "sale"}).status == 200
        assert memory_kib(shop) - before < GROWTH_MAX_KIB
