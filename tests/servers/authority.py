"""An authority for certificates, and an operator of NATS: who vouches for servers and clients, made for one test."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOUR = timedelta(hours=1)
OPERATOR, ACCOUNT, USER, SEED = 14 << 3, 0, 20 << 3, 18 << 3
"""The first bytes of keys, by which their first letters are O, A, U and S. Source: NATS, nkeys."""
_CREDENTIALS = """-----BEGIN NATS USER JWT-----
{}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
{}
------END USER NKEY SEED------
"""


@dataclass
class Authority:
    """Signs certificates of this machine, each written with its key into one file of the folder."""

    folder: Path
    name: str = "authority"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def file(self) -> Path:
        """The file of its own certificate."""
        return self.folder / f"{self.name}.pem"

    def __post_init__(self) -> None:
        self._subject = _named(self.name)
        made = self._built(self.name, self.key, timedelta(0)).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        signed = made.add_extension(usage, critical=True).sign(self.key, SHA256())
        self.file.write_bytes(signed.public_bytes(Encoding.PEM))

    def issued(self, name: str, age: timedelta = timedelta(0)) -> Path:
        """Write a key and its certificate, good for both ends of a connection for an hour, begun so long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        places = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        made = self._built(name, key, age).add_extension(uses, critical=False).add_extension(places, critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        path = self.folder / f"{self.name}-{name}.pem"
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(text + made.sign(self.key, SHA256()).public_bytes(Encoding.PEM))
        return path

    def _built(self, name: str, key: ec.EllipticCurvePrivateKey, age: timedelta) -> x509.CertificateBuilder:
        begun = datetime.now(UTC) - HOUR / 2 - age
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begun)
            .not_valid_after(begun + HOUR)
            .add_extension(identifier, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass
class Nkey:
    """A key of NATS's: an operator's, an account's or a user's."""

    prefix: int
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> str:
        return _text(bytes([self.prefix]) + self.key.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        head = bytes([SEED | self.prefix >> 5, (self.prefix & 31) << 3])
        return _text(head + self.key.private_bytes_raw())

    def vouching(self, subject: "Nkey", kind: str, **claims: Any) -> str:
        """Return a token by which this key vouches for another. Source: NATS, JWT, version 2."""
        body = {
            "iat": int(datetime.now(UTC).timestamp()),
            "iss": self.public,
            "sub": subject.public,
            "name": kind,
            "nats": {"type": kind, "version": 2, **claims},
        }
        body["jti"] = base64.b32encode(hashlib.sha256(json.dumps(body).encode()).digest()).decode().rstrip("=")
        said = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(body)}"
        return f"{said}.{_url(self.key.sign(said.encode()))}"


def operated() -> tuple[str, str]:
    """Return the configuration of a server that only an operator's users may use, and the credentials of one."""
    operator, system, account, user = Nkey(OPERATOR), Nkey(ACCOUNT), Nkey(ACCOUNT), Nkey(USER)
    room = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
    free = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1}
    accounts = {
        system.public: operator.vouching(system, "account", limits=free),
        account.public: operator.vouching(account, "account", limits={**free, **room}),
    }
    known = "\n".join(f"{name}: {token}" for name, token in accounts.items())
    config = (
        f"operator: {operator.vouching(operator, 'operator')}\nsystem_account: {system.public}\n"
        f"resolver: MEMORY\nresolver_preload: {{\n{known}\n}}\n"
    )
    token = account.vouching(user, "user", subs=-1, data=-1, payload=-1)
    return config, _CREDENTIALS.format(token, user.seed)


def _text(body: bytes) -> str:
    return base64.b32encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "little")).decode().rstrip("=")


def _part(content: object) -> str:
    return _url(json.dumps(content).encode())


def _url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
