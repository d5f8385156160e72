"""An authenticator in software: makes passkeys, and answers with them, as a browser passes it on."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

PRESENT, VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40
"""Flags of authenticator data. Source: WebAuthn level 3, section 6.1."""


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


@dataclass
class Authenticator:
    """One device with one passkey, on a page of ``origin``. ``flags`` tell whether its user was there."""

    origin: str = "https://pings.example"
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""
    signs: bool = True

    def create(self, options: Any) -> str:
        """Make the passkey, and return what the form sends."""
        options = options["publicKey"]
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        point = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(point)
        data = self._data(options["rp"]["id"], HAS_CREDENTIAL) + attested
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._sent({"clientDataJSON": to_text(client), "attestationObject": to_text(statement)})

    def get(self, options: Any) -> str:
        """Answer with the passkey, and return what the form sends."""
        options = options["publicKey"]
        data, client = self._data(options["rpId"], 0), self._client("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256())) if self.signs else bytes(70)
        return self._sent(
            {
                "clientDataJSON": to_text(client),
                "authenticatorData": to_text(data),
                "signature": to_text(signed),
                "userHandle": self.user,
            }
        )

    def _data(self, rp: str, more: int) -> bytes:
        return hashlib.sha256(rp.encode()).digest() + bytes([self.flags | more]) + bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _sent(self, response: dict[str, str]) -> str:
        own = {"id": to_text(self.id), "rawId": to_text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**own, "response": response})
