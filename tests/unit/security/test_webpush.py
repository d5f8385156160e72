"""Web Push: the published vector, and tokens that an independent check accepts."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.security.webpush import PLAIN_MAX_BYTES, RECORD_BYTES, Vapid, decoded, encoded, encrypted
from tests.servers.push import Browser, claims_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONTACT = "mailto:ops@example.com"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def test_the_body_is_that_of_rfc_8291_appendix_a():
    sender = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    random = [(sender - 1).to_bytes(48), decoded("DGv6ra1nlYgDCS1FRnbzlw")]
    body = encrypted(b"When I grow up, I want to be a watermelon", P256DH, AUTH, lambda _count: random.pop(0))
    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(st.binary(max_size=PLAIN_MAX_BYTES))
@settings(deadline=None, max_examples=30)
def test_the_browser_alone_can_read_it(plain):
    browser = Browser()
    body = encrypted(plain, browser.p256dh, browser.auth, os.urandom)
    assert browser.read(body) == plain
    with pytest.raises(InvalidTag):
        Browser().read(body)


def test_the_longest_message_fills_one_record():
    assert len(encrypted(b"x" * PLAIN_MAX_BYTES, P256DH, AUTH, os.urandom)) == RECORD_BYTES
    with pytest.raises(ValueError, match="too long"):
        encrypted(b"x" * (PLAIN_MAX_BYTES + 1), P256DH, AUTH, os.urandom)


@pytest.mark.parametrize(("p256dh", "auth"), [(P256DH, "AAAA"), (P256DH[:-4] + "AAAA", AUTH), ("!", AUTH), ("", AUTH)])
def test_keys_that_are_none_are_refused(p256dh, auth):
    with pytest.raises(ValueError, match=r"is none|not base64url"):
        encrypted(b"x", p256dh, auth, os.urandom)


def test_a_token_names_service_contact_and_end_and_is_signed_by_our_key():
    vapid = Vapid(b"s" * 32, CONTACT)
    claims = claims_of(vapid.authorization("https://push.example", NOW), vapid.public)
    end = int((NOW + timedelta(hours=12)).timestamp())
    assert claims == {"aud": "https://push.example", "exp": end, "sub": CONTACT}
    with pytest.raises(InvalidSignature):
        claims_of(vapid.authorization("https://push.example", NOW), Vapid(b"t" * 32, CONTACT).public)


def test_the_key_follows_from_the_secret_of_the_instance():
    assert Vapid(b"s" * 32, CONTACT).public == Vapid(b"s" * 32, "mailto:other@example.com").public
    assert Vapid(b"s" * 32, CONTACT).public != Vapid(b"t" * 32, CONTACT).public
    assert len(decoded(Vapid(b"s" * 32, CONTACT).public)) == 65


def test_a_token_is_used_for_half_its_life_and_for_one_service():
    vapid = Vapid(b"s" * 32, CONTACT)
    first = vapid.authorization("https://push.example", NOW)
    assert vapid.authorization("https://push.example", NOW + timedelta(hours=5)) == first
    assert vapid.authorization("https://push.example", NOW + timedelta(hours=6)) != first
    assert vapid.authorization("https://other.example", NOW) != first


def test_the_header_of_a_token_is_what_push_services_expect():
    header = Vapid(b"s" * 32, CONTACT).authorization("https://push.example", NOW)
    assert json.loads(decoded(header.partition("t=")[2].partition(".")[0])) == {"typ": "JWT", "alg": "ES256"}
