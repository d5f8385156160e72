"""Signatures as the services make them: the right one passes, and nothing else does."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot.doors import github, sentry, stripe
from pingpilot.doors.arrival import Arrival

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
KNOWN = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
"""Of that secret and body. Source: docs.github.com, validating webhook deliveries."""


def arrival(headers: dict[str, str], body: bytes = BODY) -> Arrival:
    return Arrival(method="POST", category="", headers=headers, query={}, body=body, at=NOW)


def signature(text: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def stamped(at: datetime, *schemes: str, secret: str = SECRET) -> dict[str, str]:
    stamp = int(at.timestamp())
    made = signature(f"{stamp}.".encode() + BODY, secret)
    return {"stripe-signature": ",".join([f"t={stamp}", *(f"{scheme}={made}" for scheme in schemes)])}


def test_githubs_own_example():
    assert github.is_signed(arrival({"x-hub-signature-256": f"sha256={KNOWN}"}), SECRET)


@pytest.mark.parametrize("said", ["", "sha256=", f"sha1={KNOWN}", KNOWN, f"sha256={KNOWN[:-1]}0", "sha256=é"])
def test_what_github_did_not_sign(said: str):
    assert not github.is_signed(arrival({"x-hub-signature-256": said}), SECRET)
    assert not github.is_signed(arrival({}), SECRET)
    assert not github.is_signed(arrival({"x-hub-signature-256": f"sha256={KNOWN}"}, b"Hello"), SECRET)


def test_stripe_signs_with_the_time():
    assert stripe.is_signed(arrival(stamped(NOW, "v1")), SECRET)
    assert stripe.is_signed(arrival(stamped(NOW - timedelta(minutes=4), "v0", "v1")), SECRET)


def test_while_stripe_rolls_a_secret_either_is_right():
    both = (
        stamped(NOW, "v1", secret="old")["stripe-signature"]
        + ","
        + stamped(NOW, "v1")["stripe-signature"].split(",")[1]
    )
    assert stripe.is_signed(arrival({"stripe-signature": both}), SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"stripe-signature": "nonsense"},
        {"stripe-signature": "t=soon,v1=x"},
        stamped(NOW, "v0"),
        stamped(NOW, "v1", secret="another"),
        stamped(NOW - timedelta(minutes=6), "v1"),
        stamped(NOW + timedelta(minutes=6), "v1"),
    ],
)
def test_what_stripe_did_not_sign(headers: dict[str, str]):
    assert not stripe.is_signed(arrival(headers), SECRET)


def test_sentry_signs_the_body():
    assert sentry.is_signed(arrival({"sentry-hook-signature": signature(BODY)}), SECRET)
    assert not sentry.is_signed(arrival({"sentry-hook-signature": signature(BODY, "another")}), SECRET)
    assert not sentry.is_signed(arrival({}), SECRET)
