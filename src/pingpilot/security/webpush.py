"""Web Push: encrypting a message for one browser, and signing as this instance towards push services.

The libraries for it come with a second HTTP client or are no longer kept; it is these few lines on the primitives.
**Source:** RFC 8291 (keys and content encoding), RFC 8188 (the aes128gcm record), RFC 8292 (the signed token).
"""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pingpilot.security.sealing import derive

RECORD_BYTES = 4096
PLAIN_MAX_BYTES = 3993
"""What fits one record of 4,096 bytes beside its header, the tag and the end mark. Source: RFC 8291 section 4."""
TOKEN_LASTS = timedelta(hours=12)
"""Half of the longest that push services take. Source: RFC 8292 section 2."""
ORIGINS_MAX = 1_000
"""Tokens kept at a time; push services are few, but an endpoint is what somebody gave us."""

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve's group. Source: FIPS 186-5, P-256."""
_SCALAR_BYTES = 48
"""So many random bytes that the remainder is as good as evenly spread. Source: FIPS 186-5 section A.2.1."""
_SALT_BYTES, _KEY_BYTES, _NONCE_BYTES, _HALF_BYTES, _AUTH_BYTES = 16, 16, 12, 32, 16
_LAST_RECORD = b"\x02"


class Vapid:
    """What push services know an instance by: a key pair that follows from the instance's secret, and a contact.

    Every process of an instance has the same key, and a backup of the secret keeps it: a browser's subscription is
    bound to the key that it was made with.
    """

    def __init__(self, secret: bytes, contact: str, kept: bytes | None = None) -> None:
        """Take the instance's secret, and a ``mailto:`` or ``https:`` address of whoever runs it.

        ``kept`` is the material of a secret before this one, whose key goes on.
        """
        self._key = _private_key(kept or vapid_material(secret))
        self._contact = contact
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self.public = encoded(_point(self._key.public_key()))

    def authorization(self, origin: str, now: datetime) -> str:
        """Return the Authorization header for an origin (``https://push.example``); a token serves half its life."""
        token, until = self._tokens.get(origin, ("", now))
        if until - now <= TOKEN_LASTS / 2:
            if len(self._tokens) >= ORIGINS_MAX:
                self._tokens.clear()
            token, until = self._token(origin, now + TOKEN_LASTS), now + TOKEN_LASTS
            self._tokens[origin] = token, until
        return f"vapid t={token}, k={self.public}"

    def _token(self, origin: str, until: datetime) -> str:
        claims = {"aud": origin, "exp": int(until.timestamp()), "sub": self._contact}
        text = ".".join(_json(part) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        halves = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{encoded(b''.join(half.to_bytes(_HALF_BYTES) for half in halves))}"


def vapid_material(secret: bytes) -> bytes:
    """Return the 48 bytes that the key pair of an instance is made of."""
    return derive(secret, "web push") + derive(secret, "web push, the rest")[: _SCALAR_BYTES - 32]


def encrypted(plain: bytes, p256dh: str, auth: str, entropy: Callable[[int], bytes]) -> bytes:
    """Return the body of a push for the browser with these keys, which are in base64url.

    Raises ValueError where the keys are none, or the message is too long.
    """
    receiver, shared_auth = decoded(p256dh), decoded(auth)
    if len(plain) > PLAIN_MAX_BYTES or len(shared_auth) != _AUTH_BYTES:
        raise ValueError("the message is too long, or the shared secret is none")
    sender = _private_key(entropy(_SCALAR_BYTES))
    own, salt = _point(sender.public_key()), entropy(_SALT_BYTES)
    shared = sender.exchange(ec.ECDH(), _public_key(receiver))
    secret = _expanded(shared_auth, shared, b"WebPush: info\x00" + receiver + own, 32)
    key = _expanded(salt, secret, b"Content-Encoding: aes128gcm\x00", _KEY_BYTES)
    nonce = _expanded(salt, secret, b"Content-Encoding: nonce\x00", _NONCE_BYTES)
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(own)]) + own
    return header + AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)


def encoded(data: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return what base64url says, with padding or without; raise ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _private_key(random: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(random) % (_ORDER - 1) + 1, _CURVE)


def _public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise ValueError("the public key is none") from error


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _expanded(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _json(value: object) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())
