"""Who a user is to NATS: a credentials file with a token and the seed by which it is signed, or that seed alone.

Source: NATS, "User Credentials" and nkeys: base 32 of a prefix (2 bytes, of a public key 1), the key of Ed25519 (32)
and a CRC-16 (2, little-endian).
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX_USER = 20 << 3
_JWT = re.compile(r"-+BEGIN NATS USER JWT-+\s+(\S+)\s+-+END NATS USER JWT-+")
_SEED = re.compile(r"-+BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]{56})\s+-+END USER NKEY SEED-+")
_BARE = re.compile(r"\s*(SU[A-Z2-7]{56})\s*")


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """Who we are to a NATS server; ``jwt`` is None where it knows us by our key alone."""

    jwt: bytes | None = field(repr=False)
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """The public key, as a server's configuration names it."""
        return written(PREFIX_USER, self._key.public_key().public_bytes_raw())

    def sign(self, nonce: str) -> bytes:
        """Return the signature of what the server asks to be signed, in base 64."""
        return base64.b64encode(self._key.sign(nonce.encode()))


def read_credentials(path: Path) -> UserCredentials:
    """Read a credentials file, or a file with a user's seed; raises OSError, and ValueError when it is neither."""
    text = path.read_text("ascii")
    jwt, seed, bare = _JWT.search(text), _SEED.search(text), _BARE.fullmatch(text)
    if bare is not None:
        return UserCredentials(None, _key(bare[1]))
    if jwt is None or seed is None:
        raise ValueError("not a credentials file")
    return UserCredentials(jwt[1].encode(), _key(seed[1]))


def written(prefix: int, key: bytes) -> str:
    """Return a public key in NATS's form."""
    body = bytes([prefix]) + key
    return base64.b32encode(body + _check(body)).decode().rstrip("=")


def _key(seed: str) -> Ed25519PrivateKey:
    raw = base64.b32decode(seed + "======"[: -len(seed) % 8])
    body, check = raw[:-2], raw[-2:]
    if check != _check(body):
        raise ValueError("a mistyped seed")
    return Ed25519PrivateKey.from_private_bytes(body[2:])


def _check(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0).to_bytes(2, "little")
