"""Ed25519 signatures, by the vectors of RFC 8032 section 7.1."""

import pytest

from pingpilot.security.signatures import verify_ed25519

KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNED = bytes.fromhex("72")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_a_right_signature():
    assert verify_ed25519(KEY, SIGNATURE, SIGNED)


@pytest.mark.parametrize(
    ("key", "signature", "signed"),
    [
        (KEY, SIGNATURE, b"s"),
        (KEY, SIGNATURE[:-1] + b"\x01", SIGNED),
        (KEY, SIGNATURE[:63], SIGNED),
        (KEY, b"", SIGNED),
        (KEY[:31], SIGNATURE, SIGNED),
        (b"", SIGNATURE, SIGNED),
        (KEY[::-1], SIGNATURE, SIGNED),
    ],
)
def test_a_wrong_or_malformed_one(key, signature, signed):
    assert not verify_ed25519(key, signature, signed)
