"""The credentials file of NATS: a token that names a user, and the seed by which the user signs.

Source: NATS, "User Credentials" and nkeys: base 32 of a prefix (2 bytes), the seed of Ed25519 (32) and a CRC-16 (2).
"""

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_JWT = re.compile(r"-+BEGIN NATS USER JWT-+\s+(\S+)\s+-+END NATS USER JWT-+")
_SEED = re.compile(r"-+BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]{56})\s+-+END USER NKEY SEED-+")


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """Who we are to a NATS server."""

    jwt: bytes = field(repr=False)
    _key: Ed25519PrivateKey = field(repr=False)

    def sign(self, nonce: str) -> bytes:
        """Return the signature of what the server asks to be signed, in base 64."""
        return base64.b64encode(self._key.sign(nonce.encode()))


def read_credentials(path: Path) -> UserCredentials:
    """Read a credentials file; raises OSError, and ValueError when it is none."""
    text = path.read_text("ascii")
    jwt, seed = _JWT.search(text), _SEED.search(text)
    if jwt is None or seed is None:
        raise ValueError("not a credentials file")
    raw = base64.b32decode(seed[1] + "======"[: -len(seed[1]) % 8])
    return UserCredentials(jwt[1].encode(), Ed25519PrivateKey.from_private_bytes(raw[2:34]))
