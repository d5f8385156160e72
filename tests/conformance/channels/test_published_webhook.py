"""Every webhook call keeps the Standard Webhooks specification, as its own library reads it."""

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from pingpilot.channels import webhook
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import CONFIGS

IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Printable ASCII, and no full stop: that separates what is signed."""
TYPE = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SIGNATURES = re.compile(r"v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*")
FOREIGN = "whsec_" + base64.b64encode(b"somebody else's secret here!").decode()
secrets = st.binary(min_size=24, max_size=64).map(lambda key: "whsec_" + base64.b64encode(key).decode())
slowly = settings(max_examples=40, deadline=None)


def call_of(message, present, retired):
    """The call of an attempt that is made now; the replaced secrets still count for an hour."""
    now = datetime.now(UTC)
    end = int((now + timedelta(hours=1)).timestamp())
    kept = " ".join(f"{secret}@{end}" for secret in retired)
    config = {**CONFIGS["webhook"], "secret": " ".join(present), "old_secrets": kept}
    return next(webhook.converse(replace(message, at=now), config))


@given(any_message(), st.lists(secrets, min_size=1, max_size=2), st.lists(secrets, max_size=2))
@slowly
def test_a_receiver_that_holds_any_of_the_secrets_can_verify_it(message, present, retired):
    call = call_of(message, present, retired)
    for secret in (*present, *retired):
        assert Webhook(secret).verify(call.body, dict(call.headers)) == json.loads(call.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(FOREIGN).verify(call.body, dict(call.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(present[0]).verify(call.body + b" ", dict(call.headers))


@given(any_message(), secrets)
@slowly
def test_headers_and_envelope_are_as_written_down(message, secret):
    call = call_of(message, [secret], [])
    assert call.method == "POST"
    assert IDENTITY.fullmatch(call.headers["webhook-id"])
    assert call.headers["webhook-timestamp"].isdigit()
    assert SIGNATURES.fullmatch(call.headers["webhook-signature"])
    payload = json.loads(call.body, parse_constant=pytest.fail)
    assert list(payload) == ["type", "timestamp", "data"]
    assert TYPE.fullmatch(payload["type"])
    assert INSTANT.fullmatch(payload["timestamp"])


@given(secrets)
def test_a_secret_of_24_to_64_bytes_is_taken(secret):
    assert webhook.secret_issue(secret) is None


@given(st.binary(max_size=23) | st.binary(min_size=65, max_size=90))
def test_a_secret_of_another_length_is_not(key):
    assert webhook.secret_issue("whsec_" + base64.b64encode(key).decode())
