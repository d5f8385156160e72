"""Form, checksum and digest of an API key."""

import hashlib
import hmac
import re
import zlib

from pingpilot.domain.ids import KeyId

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_CHARS = 32
CHECKSUM_CHARS = 6
PATTERN = r"pp_[a-z][a-z0-9]{23}_[0-9A-Za-z]{38}"
"""What a secret scanner looks for; the last six characters are the base62 CRC32 of all before them."""

_FORM = re.compile(PATTERN)
_ID = slice(3, 27)
_MASK = "•" * 12


def compose(key_id: KeyId, secret: str) -> str:
    """Return the whole key for a cuid2 id and 32 random base62 characters.

    Source: SPEC section 3.
    """
    body = f"pp_{key_id}_{secret}"
    return body + _checksum(body)


def secret_from(entropy: bytes) -> str:
    """Turn random bytes, about 48, into 32 base62 characters without bias; raises ValueError when there are too few."""
    chars = [ALPHABET[byte % 62] for byte in entropy if byte < 248][:SECRET_CHARS]
    if len(chars) < SECRET_CHARS:
        raise ValueError("not enough random bytes for a key")
    return "".join(chars)


def id_of(key: str) -> KeyId | None:
    """Return the indexed part of a key whose form and checksum are right, else None. Does no I/O."""
    if not _FORM.fullmatch(key) or _checksum(key[:-CHECKSUM_CHARS]) != key[-CHECKSUM_CHARS:]:
        return None
    return KeyId(key[_ID])


def digest(key: str) -> bytes:
    """Return the 32 bytes that are stored in place of the key."""
    return hashlib.sha256(key.encode()).digest()


def matches(key: str, stored: bytes) -> bool:
    """Tell whether the key has this digest, in time independent of where they differ."""
    return hmac.compare_digest(digest(key), stored)


def mask(key_id: KeyId) -> str:
    """Return what may be shown of a key to those who may not see it whole."""
    return f"pp_{key_id}_{_MASK}"


def _checksum(text: str) -> str:
    value, chars = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_CHARS):
        value, digit = divmod(value, 62)
        chars = ALPHABET[digit] + chars
    return chars
