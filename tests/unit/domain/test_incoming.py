"""What channels read of a call."""

from datetime import UTC, datetime

import pytest

from pingpilot.domain.incoming import Incoming, is_secret


def call(body: bytes) -> Incoming:
    return Incoming("POST", "https://ping.example/hooks/x", {}, {}, body, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "expected", "same"),
    [("a", "a", True), ("a", "b", False), ("", "", False), ("", "a", False), ("ä\ud800", "a", False), ("ä", "ä", True)],
)
def test_a_secret_that_was_never_set_equals_nothing(given, expected, same):
    assert is_secret(given, expected) is same


def test_a_body_is_read_as_json_or_as_nothing():
    assert call(b'{"a":1}').json() == {"a": 1}
    assert call(b"\xff").json() is call(b"[" * 100_000).json() is call(b"").json() is None


def test_a_form_keeps_its_empty_members_and_their_order():
    assert call(b"b=1&a=&b=%C3%A4+c").form() == [("b", "1"), ("a", ""), ("b", "ä c")]
    assert call(b"\xff\xfe").form() == []


def test_nobody_is_trusted_where_nothing_was_lent_to_check_with():
    assert not call(b"").verify_ed25519(b"k" * 32, b"s" * 64, b"x")


def test_a_call_shows_nothing_of_itself():
    assert "ping.example" not in repr(call(b"secret"))
