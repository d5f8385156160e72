"""The form of an API key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain import key
from pingpilot.domain.ids import KeyId

KEY_ID = KeyId("tz4a98xxat96iws9zmbrgj3a")
SECRET = "0123456789abcdefABCDEFzyxwvuZYXW"
WHOLE = key.compose(KEY_ID, SECRET)


def test_a_key_has_the_documented_form():
    assert len(WHOLE) == 3 + 24 + 1 + 32 + 6
    assert WHOLE.startswith(f"pp_{KEY_ID}_{SECRET}")
    assert re.fullmatch(key.PATTERN, WHOLE)


def test_the_indexed_part_is_read_back():
    assert key.id_of(WHOLE) == KEY_ID


@given(st.integers(0, len(WHOLE) - 1), st.sampled_from(key.ALPHABET))
def test_no_single_wrong_character_passes_the_checksum(place, char):
    altered = WHOLE[:place] + char + WHOLE[place + 1 :]
    assert altered == WHOLE or key.id_of(altered) is None


@given(st.text())
def test_any_text_is_refused_without_an_error(text):
    assert key.id_of(text) is None


@pytest.mark.parametrize("text", ["", "pp_", WHOLE[:-1], WHOLE + "0", f" {WHOLE}", f"{WHOLE}\n", WHOLE.upper()])
def test_near_misses_are_refused(text):
    assert key.id_of(text) is None


def test_only_the_whole_key_matches_its_digest():
    stored = key.digest(WHOLE)
    assert len(stored) == 32
    assert key.matches(WHOLE, stored)
    assert not key.matches(WHOLE[:-1], stored)


def test_a_mask_shows_the_public_part_alone():
    assert key.mask(KEY_ID).startswith(f"pp_{KEY_ID}_")
    assert not set(key.mask(KEY_ID).rpartition("_")[2]) & set(key.ALPHABET)


@given(st.binary(min_size=300, max_size=300))
def test_a_secret_is_32_base62_characters_from_any_random_bytes(entropy):
    secret = key.secret_from(entropy) if sum(byte < 248 for byte in entropy) >= 32 else None
    assert secret is None or re.fullmatch(r"[0-9A-Za-z]{32}", secret)


def test_bytes_that_would_favour_some_characters_are_skipped():
    assert key.secret_from(bytes([255] * 10 + [0] * 32)) == "0" * 32


def test_too_little_randomness_is_refused():
    with pytest.raises(ValueError, match="not enough"):
        key.secret_from(bytes([255] * 100))
