"""What holds for every channel that its provider calls: who does not prove to be the provider is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.channels import find_channels
from pingpilot.domain.channel import Called
from pingpilot.domain.incoming import Incoming, Refused
from pingpilot.security.signatures import verify_ed25519
from tests.unit.channels.sample import CONFIGS

CALLED = {kind: channel for kind, channel in find_channels().items() if isinstance(channel, Called)}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OURS = {"public_url": "https://ping.example", "hook_secret": "5" * 64}
SIGNATURES = (
    *("x-telegram-bot-api-secret-token", "x-signature-ed25519", "x-signature-timestamp"),
    *("x-hub-signature-256", "x-twilio-signature", "x-slack-signature", "content-type"),
)
VALUES = st.sampled_from(["", "0", "0" * 64, "0" * 128, "sha256=", "sha256=" + "0" * 64, "1795435200", "AA=="])
every_called = pytest.mark.parametrize("kind", sorted(CALLED))


def incoming(method: str, headers: dict[str, str], query: dict[str, str], body: bytes, kind: str) -> Incoming:
    return Incoming(method, f"https://ping.example/hooks/{kind}", headers, query, body, NOW, verify_ed25519)


@every_called
@given(
    method=st.sampled_from(["GET", "POST"]),
    headers=st.dictionaries(st.sampled_from(SIGNATURES), VALUES | st.text(max_size=20)),
    query=st.dictionaries(st.sampled_from(["hub.mode", "hub.verify_token", "hub.challenge", "x"]), VALUES),
    body=st.binary(max_size=40) | st.sampled_from([b"{}", b'{"type":0}', b"[1]", b"a=1"]),
    is_set_up=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_an_unsigned_or_forged_call_is_refused(kind, method, headers, query, body, is_set_up):
    config = {**CONFIGS[kind], **OURS} if is_set_up else {"public_url": OURS["public_url"]}
    found = CALLED[kind].called(incoming(method, headers, query, body, kind), config)
    assert isinstance(found, Refused), found
    assert not [value for value in (*CONFIGS[kind].values(), OURS["hook_secret"]) if value in found.reason]
