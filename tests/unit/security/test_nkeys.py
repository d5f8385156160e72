"""The credentials file of NATS."""

import base64
import binascii
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pingpilot.security.nkeys import read_credentials

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
FILE = """-----BEGIN NATS USER JWT-----
{jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
{seed}
------END USER NKEY SEED------
"""


def seed(*, ends: bytes = b"") -> str:
    """Return the seed as NATS writes it: what it is (a user's), the key, and two bytes that check it."""
    body = bytes([0x12 << 3 | 0xA0 >> 5, (0xA0 & 31) << 3]) + b"\x07" * 32
    check = ends or binascii.crc_hqx(body, 0).to_bytes(2, "little")
    return base64.b32encode(body + check).decode().rstrip("=")


def test_who_we_are_is_read_from_the_file_and_signs(tmp_path: Path):
    path = tmp_path / "user.creds"
    path.write_text(FILE.format(jwt="eyJ0.eyJq.c2ln", seed=seed()))
    known = read_credentials(path)
    assert known.jwt == b"eyJ0.eyJq.c2ln"
    KEY.public_key().verify(base64.b64decode(known.sign("a nonce")), b"a nonce")
    assert "eyJ0" not in repr(known)


def test_a_seed_alone_is_one_whom_the_server_knows_by_the_key(tmp_path: Path):
    path = tmp_path / "user.nk"
    path.write_text(f"{seed()}\n")
    known = read_credentials(path)
    assert known.jwt is None
    assert (known.public[0], len(known.public)) == ("U", 56)
    KEY.public_key().verify(base64.b64decode(known.sign("a nonce")), b"a nonce")


@pytest.mark.parametrize("form", ["{seed}", FILE])
def test_a_mistyped_seed_is_refused(tmp_path: Path, form: str):
    path = tmp_path / "user.nk"
    path.write_text(form.format(jwt="eyJ0.eyJq.c2ln", seed=seed(ends=b"\0\0")))
    with pytest.raises(ValueError, match="a mistyped seed"):
        read_credentials(path)


@pytest.mark.parametrize("text", ["", "nothing of the kind", FILE.format(jwt="eyJ0", seed="SUAA")])
def test_another_file_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "user.creds"
    path.write_text(text)
    with pytest.raises(ValueError, match="not a credentials file"):
        read_credentials(path)
