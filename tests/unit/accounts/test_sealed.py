"""What second factors keep sealed goes on opening under a newer secret."""

import os
from base64 import b64decode, b64encode

import pytest
from allauth.mfa.models import Authenticator

from pingpilot.accounts import sealed
from pingpilot.accounts.second_factor import CONTEXT
from pingpilot.security.sealing import Box, key_id
from pingpilot.store.models import User

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def factors(db):
    """An app and recovery codes of somebody, sealed under the old secret."""
    user = User.objects.create(email="ada@example.com")
    old = Box(OLD, os.urandom)
    app = {"secret": b64encode(old.seal(b"app", CONTEXT)).decode()}
    codes = {"seed": b64encode(old.seal(b"codes", CONTEXT)).decode(), "used_mask": 3}
    Authenticator.objects.create(user=user, type="totp", data=app)
    Authenticator.objects.create(user=user, type="recovery_codes", data=codes)
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Passkey", "credential": {}})


def test_they_are_sealed_anew_once_and_keep_the_rest(factors):
    box = Box(NEW, os.urandom, OLD)
    assert sealed.counts() == {key_id(OLD).hex(): 2}
    assert (sealed.reseal(box).anew, sealed.reseal(box).anew) == (2, 0)
    assert sealed.counts() == {key_id(NEW).hex(): 2}
    codes = Authenticator.objects.get(type="recovery_codes").data
    assert Box(NEW, os.urandom).unseal(b64decode(codes["seed"]), CONTEXT) == b"codes"
    assert codes["used_mask"] == 3


def test_what_nothing_opens_is_counted_and_left_alone(factors):
    before = list(Authenticator.objects.values_list("data", flat=True))
    done = sealed.reseal(Box(NEW, os.urandom))
    assert (done.anew, done.lost) == (0, 2)
    assert list(Authenticator.objects.values_list("data", flat=True)) == before
