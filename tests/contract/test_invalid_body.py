"""SPEC section 4: bodies that are not JSON, and bodies that are too large."""

import codecs

import pytest

from tests.contract.shop import Shop, is_refusal
from tests.servers.raw import connected, request

LIMIT = 65_536
TOO_LARGE = ("Request body too large (limit 65536 bytes)", "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"category":"sale"',
        b'{"category":"sale",}',
        b'{"category":"sale"} x',
        b'{"category":"sale"}{}',
        b"{'category':'sale'}",
        b"{category:1}",
        b"category=sale",
        b"<event/>",
        b'{"category":"sale","fields":{"a":NaN}}',
        b'{"category":"sale","fields":{"a":-Infinity}}',
        b'{"category":"sale","fields":{"a":01}}',
        b'{"category":"sale","fields":{"a":1.}}',
        b'{"category":"sale","fields":{"a":.5}}',
        b'{"category":"sale","fields":{"a":+1}}',
        b'{"category":"sale","description":"a\nb"}',
        b'{"category":"sale","description":"\\x"}',
        b'{"category":"sale","description":"\\ud800"}',
        b'{"category":"sale","fields":{"\\udc00":1}}',
        b'{"category":"sale","extra":[1,}',
        b"[1,2",
        b"nul",
        codecs.BOM_UTF8 + b'{"category":"sale"}',
        '{"category":"sale"}'.encode("utf-16"),
        b'{"category":"sale","description":"\xff"}',
        b'{"category":"sale","description":"\xc3"}',
        b'{"category":"sale","description":"\xed\xa0\x80"}',
        b'{"category":"sale","description":"\xc0\xaf"}',
        b"[" * 30_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_is_not_json(shop: Shop, body: bytes):
    assert is_refusal(shop.post(body), 400, "Invalid JSON request body", "invalid_json")


@pytest.mark.parametrize(
    "body",
    [b"[" * 30_000 + b"]" * 30_000, b'{"category":"sale","fields":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_001],
    ids=["arrays", "objects"],
)
def test_a_body_nested_without_end_is_refused(shop: Shop, body: bytes):
    answer = shop.post(body)  # how deep the parser goes before it gives up differs between versions of Python
    assert (answer.status, answer.json["code"]) in ((400, "invalid_json"), (422, "invalid_event"))


def test_a_body_one_byte_over_the_limit(shop: Shop):
    body = b'{"category":"sale"}'.ljust(LIMIT + 1)
    assert is_refusal(shop.post(body), 413, *TOO_LARGE)


def test_an_announced_length_is_enough_to_refuse(shop: Shop):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", length=10_000_000_000))
        assert is_refusal(raw.answer(), 413, *TOO_LARGE)


def test_a_client_that_asks_first_is_not_told_to_go_on(shop: Shop):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", "Expect: 100-continue", length=LIMIT + 1))
        assert is_refusal(raw.answer(), 413, *TOO_LARGE)


def test_a_streamed_body_is_refused_at_the_limit(shop: Shop):
    with connected(shop.port) as raw:
        raw.send(request(shop.key, b"", "Transfer-Encoding: chunked", length=-1))
        for _ in range(17):
            raw.send(b"1000\r\n" + b" " * 4_096 + b"\r\n")
        assert is_refusal(raw.answer(), 413, *TOO_LARGE)


def test_the_connection_serves_on_when_a_large_body_was_sent_to_its_end(shop: Shop):
    large = b" " * (LIMIT * 4)
    with connected(shop.port) as raw:
        raw.send(request(shop.key, large))
        assert raw.answer().status == 413
        assert raw.send(request(shop.key, b'{"category":"sale"}')).answer().status == 200
