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


class Box:
    """Seals and opens with AES-256-GCM. What is sealed for one context opens in no other.

    The form is key id (4 bytes), nonce (12), ciphertext and tag. The key id names the secret without revealing it:
    a wrong secret is told from altered data, and a later change of secrets can keep both.
    """

    __slots__ = ("_cipher", "_entropy", "_key_id")

    def __init__(self, secret: bytes, entropy: Callable[[int], bytes]) -> None:
        """Take the instance's secret and a source of n random bytes."""
        key = derive(secret, "box")
        self._cipher = AESGCM(key)
        self._key_id = hashlib.sha256(b"id of " + key).digest()[:KEY_ID_BYTES]
        self._entropy = entropy

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal for a context, e.g. ``destination:7``, which must be given again to open."""
        nonce = self._entropy(NONCE_BYTES)
        return self._key_id + nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Open what was sealed for this context; raise SealBroken where that is not what it is."""
        if len(sealed) < KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES:
            raise SealBroken
        if sealed[:KEY_ID_BYTES] != self._key_id:
            raise SealBroken(
                "This was sealed under another secret. Start with the secret.key that belongs to this database"
            )
        nonce, body = sealed[KEY_ID_BYTES:][:NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, context.encode())
        except InvalidTag as error:
            raise SealBroken from error
