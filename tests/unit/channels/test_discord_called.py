"""Discord's webhook events: what they mean, and which calls are Discord's."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.channels import discord
from pingpilot.domain import discord_events
from pingpilot.domain.channel import Called
from pingpilot.domain.incoming import AddressBack, AddressGone, Answer, Incoming, Refused
from pingpilot.security.signatures import verify_ed25519

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
CONFIG = {"public_key": KEY.public_key().public_bytes_raw().hex(), "public_url": "https://ping.example"}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
USER = "223456789012345678"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "event", "data", "user", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def told(kind, user=USER):
    return {
        "version": 1,
        "application_id": "1234560123453231555",
        "type": 1,
        "event": {
            "type": kind,
            "timestamp": "2026-11-23T12:00:00",
            "data": {"integration_type": 1, "user": {"id": user, "username": "ada"}, "scopes": []},
        },
    }


def call(payload, *, at=NOW, key=KEY, sent=None, **headers):
    """A call that was signed at an instant; ``sent`` is another body than the one signed."""
    body, stamp = json.dumps(payload).encode(), str(int(at.timestamp()))
    signature = key.sign(stamp.encode() + body).hex()
    signed = {"x-signature-ed25519": signature, "x-signature-timestamp": stamp, **headers}
    return Incoming("POST", "https://ping.example/hooks/discord", signed, {}, sent or body, NOW, verify_ed25519)


def answer(payload, **options):
    found = discord.called(call(payload, **options), CONFIG)
    assert isinstance(found, Answer)
    return found


def test_discord_calls_it():
    assert isinstance(discord, Called)


def test_a_ping_is_answered_with_nothing():
    assert (answer({"type": 0}).status, answer({"type": 0}).heard) == (204, [])


def test_who_removes_the_bot_is_gone_and_told_what_to_do():
    (heard,) = answer(told("APPLICATION_DEAUTHORIZED")).heard
    assert heard == AddressGone({"user_id": USER}, discord_events.REMOVED)
    assert heard.reason.endswith(".")


def test_who_adds_the_bot_again_is_back():
    assert answer(told("APPLICATION_AUTHORIZED")).heard == [AddressBack({"user_id": USER})]


@pytest.mark.parametrize("payload", [told("ENTITLEMENT_CREATE"), told("APPLICATION_AUTHORIZED", 5), told("X", "ada")])
def test_anything_else_is_heard_as_nothing(payload):
    assert answer(payload).heard == []


def test_a_repeated_call_is_known_by_its_signature():
    first, again = (answer(told("APPLICATION_AUTHORIZED")).identity for _ in range(2))
    later = answer(told("APPLICATION_AUTHORIZED"), at=NOW + timedelta(seconds=1)).identity
    assert first == again != later != ""


OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"key": OTHER_KEY}, "wrong signature"),
        ({"sent": b'{"type":1}'}, "wrong signature"),
        ({"x-signature-timestamp": "1"}, "wrong signature"),
        ({"x-signature-ed25519": "00" * 64}, "wrong signature"),
        ({"x-signature-ed25519": ""}, "no signature"),
        ({"x-signature-ed25519": "zz" * 64}, "no signature"),
        ({"x-signature-ed25519": "00" * 63}, "no signature"),
        ({"x-signature-timestamp": ""}, "no signature"),
        ({"x-signature-timestamp": "9" * 30}, "no signature"),
        ({"at": NOW - timedelta(minutes=6)}, "stale"),
        ({"at": NOW + timedelta(minutes=6)}, "stale"),
    ],
)
def test_a_call_that_is_not_discords_is_refused(options, reason):
    assert discord.called(call(told("APPLICATION_DEAUTHORIZED"), **options), CONFIG) == Refused(reason)


def test_without_a_public_key_nobody_is_believed():
    request = call(told("APPLICATION_DEAUTHORIZED"))
    assert discord.called(request, {**CONFIG, "public_key": ""}) == Refused("no signature")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_may_be_some_minutes_off(minutes):
    assert answer({"type": 0}, at=NOW + timedelta(minutes=minutes)).status == 204


@given(JSON)
def test_whatever_is_told_breaks_nothing(payload):
    assert answer(payload).status == 204
