"""The door over a real socket: framing, methods, slow and vanishing clients."""

import pytest

from tests.contract.shop import Shop, is_refusal
from tests.servers.ports import wait_until
from tests.servers.raw import Raw, connected, request

BODY = b'{"category":"sale"}'
CHUNKED = "Transfer-Encoding: chunked"


def test_a_chunked_body(shop: Shop):
    chunks = b"".join(b"%x;name=value\r\n%c\r\n" % (1, byte) for byte in BODY) + b"0\r\nTrailer: x\r\n\r\n"
    with connected(shop.port) as raw:
        answer = raw.send(request(shop.key, b"", CHUNKED, length=-1) + chunks).answer()
        assert answer.status == 200
        assert raw.send(request(shop.key, BODY)).answer().status == 200


def test_a_body_that_comes_byte_by_byte(shop: Shop):
    with connected(shop.port) as raw:
        for byte in request(shop.key, BODY):
            raw.send(bytes([byte]))
        assert raw.answer().status == 200


def test_pipelined_requests_are_answered_in_order(shop: Shop):
    bodies = [BODY, b"{", b'{"category":"unknown"}', b"{}", BODY]
    with connected(shop.port) as raw:
        raw.send(b"".join(request(shop.key, body) for body in bodies))
        answers = [raw.answer() for _ in bodies]
    assert [answer.status for answer in answers] == [200, 400, 404, 422, 200]


def test_a_connection_serves_many_requests(shop: Shop):
    with connected(shop.port) as raw:
        assert {raw.send(request(shop.key, BODY)).answer().status for _ in range(50)} == {200}


def test_a_client_that_wants_the_connection_closed(shop: Shop):
    with connected(shop.port) as raw:
        assert raw.send(request(shop.key, BODY, "Connection: close")).answer().status == 200
        assert raw.is_ended()


def test_http_1_0(shop: Shop):
    with connected(shop.port) as raw:
        assert raw.send(request(shop.key, BODY).replace(b"HTTP/1.1", b"HTTP/1.0")).answer().status == 200
        assert raw.is_ended()


def test_a_client_that_asks_before_it_sends(shop: Shop):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", "Expect: 100-continue", length=len(BODY)))
        assert raw.answer(has_body=False).status == 100
        assert raw.send(BODY).answer().status == 200


H2C = ("Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA")


def test_a_client_that_offers_http_2_is_answered_in_http_1(shop: Shop):
    offer = ("Connection: Upgrade, HTTP2-Settings", *H2C)
    with connected(shop.port) as raw:  # as Java's own client does with its first request
        assert raw.send(request(shop.key, BODY, *offer)).answer().status == 200
        assert raw.send(request(shop.key, BODY)).answer().status == 200
        raw.send(request(shop.key, BODY, *offer) + request(shop.key, b"{", *offer))
        assert [raw.answer().status, raw.answer().status] == [200, 400]


def test_an_offer_of_http_2_with_a_body_that_comes_later(shop: Shop):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", "Connection: close, Upgrade", *H2C, length=len(BODY)))
        assert raw.send(BODY).answer().status == 200
        assert raw.is_ended()


def test_a_websocket_is_not_to_be_had(shop: Shop):
    offer = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with connected(shop.port) as raw:
        assert raw.send(request(shop.key, b"", *offer, method="GET")).answer().status == 405


def test_a_tunnel_is_not_to_be_had(shop: Shop):
    with connected(shop.port) as raw:
        assert raw.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n").answer().status == 400
        assert raw.is_ended()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method(shop: Shop, method: str):
    for headers in ({}, {"Authorization": f"Bearer {shop.key}"}):
        answer = shop.service.request(method, "/api/v1/event", b"", headers)
        assert is_refusal(answer, 405, "This address takes POST only", "method_not_allowed")
        assert answer.headers["allow"] == "POST"


def test_head_is_answered_without_a_body(shop: Shop):
    with connected(shop.port) as raw:
        answer = raw.send(request(shop.key, b"", method="HEAD")).answer(has_body=False)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        assert raw.send(request(shop.key, BODY)).answer().status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("OPTIONS", "/api/v1/quota", 405, "GET, PATCH"),
        ("OPTIONS", "/api/v1/events", 405, "GET, POST"),
        ("PROPFIND", "/api/v1/categories", 405, "GET, POST"),
        ("TRACE", "/api/v1/event", 405, "POST"),
        ("OPTIONS", "/api/v1/nothing", 404, None),
        ("GET", "/api/", 404, None),
        ("POST", "/api/v2/event", 404, None),
        ("GET", "/api/v1/%65vent", 405, "POST"),
        ("GET", "http://other.example/api/v1/event", 405, "POST"),
    ],
)
def test_what_the_api_does_not_do_is_said_in_json(shop: Shop, method: str, path: str, status: int, allow: str | None):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", method=method).replace(b"/api/v1/event", path.encode()))
        answer = raw.answer()
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert set(answer.json) == {"message", "code"}
    assert answer.headers.get("allow") == allow


def test_head_is_answered_where_get_is(shop: Shop):
    with connected(shop.port) as raw:
        for path, status in (("/api/v1/quota", 200), ("/api/v1/nothing", 404), ("/healthz", 200), ("/", 400)):
            raw.send(request(shop.key, b"", method="HEAD").replace(b"/api/v1/event", path.encode()))
            assert raw.answer(has_body=False).status == status


def test_what_is_no_http_is_refused_and_the_connection_closed(shop: Shop):
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        with connected(shop.port) as raw:
            assert is_refusal(raw.send(nonsense).answer(), 400, "This is not a valid HTTP/1.1 request", "bad_request")
            assert raw.is_ended()


@pytest.mark.parametrize("headers", [["Content-Length: 3", CHUNKED], ["Content-Length: 3", "Content-Length: 4"]])
def test_a_body_whose_length_is_said_twice_is_refused(shop: Shop, headers: list[str]):
    with connected(shop.port) as raw:
        assert raw.send(request(shop.key, BODY, *headers, length=-1)).answer().status == 400


@pytest.mark.parametrize("length", ["-1", "x", "1 1", "0x10", "99999999999999999999999"])
def test_a_length_that_is_none_is_refused(shop: Shop, length: str):
    with connected(shop.port) as raw:
        assert raw.send(request(shop.key, BODY, f"Content-Length: {length}", length=-1)).answer().status == 400


def test_a_client_that_vanishes_in_the_middle_of_its_body_leaves_nothing_behind(shop: Shop):
    before = shop.count()
    lines = [Raw(shop.port).send(request(shop.key, BODY[:-1], length=len(BODY))) for _ in range(20)]
    for line in lines:
        line.close()
    assert shop.post({"category": "sale"}).status == 200
    assert shop.count() == before + 1


def test_a_client_that_ends_its_side_in_the_middle_of_its_body_gets_no_event(shop: Shop):
    before = shop.count()
    with connected(shop.port) as raw:
        raw.send(request(shop.key, BODY[:-1], length=len(BODY))).end()
        assert raw.is_ended()
    assert shop.count() == before


def test_a_client_that_does_not_wait_for_its_answer_has_sent_its_event(shop: Shop):
    before = shop.count()
    Raw(shop.port).send(request(shop.key, BODY)).close()
    wait_until(lambda: shop.count() == before + 1, "the event is stored")


def test_silent_and_half_said_connections_hold_up_nobody(shop: Shop):
    lines = [Raw(shop.port) for _ in range(100)]
    lines += [Raw(shop.port).send(request(shop.key, b"", length=len(BODY))) for _ in range(100)]
    assert shop.post({"category": "sale"}).status == 200
    assert lines[-1].send(BODY).answer().status == 200
    for line in lines:
        line.close()
