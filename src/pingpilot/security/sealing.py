"""Secrets at rest: sealed under subkeys of the instance's secret."""

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pingpilot.domain.errors import SealBroken

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16
"""Source: NIST SP 800-38D section 5.2.1 (a nonce of 96 bits, a tag of 128)."""


def derive(secret: bytes, purpose: str, length: int = KEY_BYTES) -> bytes:
    """Return the subkey of a secret for one purpose, of so many bytes; subkeys tell nothing of each other.

    Source: RFC 5869 (HKDF with SHA-256).
    """
    return HKDF(SHA256(), length, salt=None, info=f"pingpilot {purpose}".encode()).derive(secret)


def key_id(secret: bytes) -> bytes:
    """Return the 4 bytes that what is sealed under a secret begins with. They tell nothing of it."""
    return _id_of(derive(secret, "box"))


class Box:
    """Seals and opens with AES-256-GCM. What is sealed for one context opens in no other.

    The form is key id (4 bytes), nonce (12), ciphertext and tag. The key id names the secret without revealing it:
    a wrong secret is told from altered data, and while a secret is replaced both are known. What is sealed is sealed
    under the newest.
    """

    __slots__ = ("_ciphers", "_entropy", "key_id")

    def __init__(self, secret: bytes, entropy: Callable[[int], bytes], *older: bytes) -> None:
        """Take the instance's secret, a source of n random bytes, and secrets that something may be sealed under."""
        self.key_id = key_id(secret)
        self._ciphers = {key_id(one): AESGCM(derive(one, "box")) for one in (*older, secret)}
        self._entropy = entropy

    @property
    def key_ids(self) -> frozenset[bytes]:
        """The ids of all secrets that it opens with."""
        return frozenset(self._ciphers)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal for a context, e.g. ``destination:7``, which must be given again to open."""
        nonce = self._entropy(NONCE_BYTES)
        return self.key_id + nonce + self._ciphers[self.key_id].encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Open what was sealed for this context; raise SealBroken where that is not what it is."""
        if len(sealed) < KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES:
            raise SealBroken
        cipher = self._ciphers.get(bytes(sealed[:KEY_ID_BYTES]))
        if cipher is None:
            raise SealBroken(
                "This was sealed under another secret. Start with the secret.key that belongs to this database"
            )
        nonce, body = sealed[KEY_ID_BYTES:][:NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode())
        except InvalidTag as error:
            raise SealBroken from error

    def resealed(self, sealed: bytes, context: str) -> bytes:
        """Return the same under the newest secret; raise SealBroken."""
        return self.seal(self.unseal(sealed, context), context)


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"id of " + key).digest()[:KEY_ID_BYTES]
