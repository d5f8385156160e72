"""Sealing at rest."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.errors import SealBroken
from pingpilot.security.sealing import Box, derive

SECRET, OTHER = b"s" * 32, b"t" * 32
BOX = Box(SECRET, os.urandom)


@given(st.binary(max_size=500), st.text(max_size=40))
def test_what_is_sealed_opens_in_its_context(plain, context):
    assert BOX.unseal(BOX.seal(plain, context), context) == plain


def test_it_opens_in_no_other_context():
    with pytest.raises(SealBroken):
        BOX.unseal(BOX.seal(b"x", "destination:1"), "destination:2")


@given(st.data())
def test_no_altered_byte_is_accepted(data):
    sealed = bytearray(BOX.seal(b"a webhook's address", "c"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        BOX.unseal(bytes(sealed), "c")


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_without_another_error(junk):
    with pytest.raises(SealBroken):
        BOX.unseal(junk, "c")


def test_a_wrong_secret_is_told_from_altered_data():
    with pytest.raises(SealBroken, match="another secret"):
        Box(OTHER, os.urandom).unseal(BOX.seal(b"x", "c"), "c")


def test_the_same_text_never_looks_the_same_twice():
    assert BOX.seal(b"x", "c") != BOX.seal(b"x", "c")
    assert b"plain text" not in BOX.seal(b"plain text", "c")


def test_a_restarted_process_opens_what_the_last_one_sealed():
    assert Box(SECRET, os.urandom).unseal(BOX.seal(b"x", "c"), "c") == b"x"


def test_each_purpose_has_a_key_of_its_own():
    assert len({derive(SECRET, "web"), derive(SECRET, "box"), derive(OTHER, "web")}) == 3
    assert derive(SECRET, "web") == derive(SECRET, "web")
    assert len(derive(SECRET, "web")) == 32
