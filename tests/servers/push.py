"""A push service and the browser behind it: what is sent is read as the browser would read it."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pingpilot.security.webpush import decoded, encoded

CURVE = ec.SECP256R1()


@dataclass
class Browser:
    """One subscription, with the key that only the browser has."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def p256dh(self) -> str:
        return encoded(self.point)

    @property
    def auth(self) -> str:
        return encoded(self.secret)

    def read(self, body: bytes) -> bytes:
        """Return the text of an aes128gcm body, as RFC 8188 and RFC 8291 have the receiver do it."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= size == 4096
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        secret = _expand(_extract(self.secret, shared), b"WebPush: info\x00" + self.point + sender, 32)
        prk = _extract(salt, secret)
        key = _expand(prk, b"Content-Encoding: aes128gcm\x00", 16)
        plain = AESGCM(key).decrypt(_expand(prk, b"Content-Encoding: nonce\x00", 12), record, None).rstrip(b"\x00")
        assert plain.endswith(b"\x02")
        return plain[:-1]


def claims_of(authorization: str, public: str) -> dict[str, Any]:
    """Return what the token in an Authorization header claims; raises InvalidSignature where it is not by this key."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    text, _, signature = parts["t"].rpartition(".")
    halves = decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(public))
    der = encode_dss_signature(int.from_bytes(halves[:32]), int.from_bytes(halves[32:]))
    key.verify(der, text.encode(), ec.ECDSA(SHA256()))
    assert parts["k"] == public
    claims: dict[str, Any] = json.loads(decoded(text.partition(".")[2]))
    return claims


def _extract(salt: bytes, secret: bytes) -> bytes:
    mac = HMAC(salt, SHA256())
    mac.update(secret)
    return mac.finalize()


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, info).derive(prk)
