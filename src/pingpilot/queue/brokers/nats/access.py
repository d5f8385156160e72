"""How we know the NATS servers, and they us: certificates, a credentials file, and what a refusal of either means."""

import ssl
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from pingpilot.domain.errors import ConfigurationError
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.security.nkeys import read_credentials

_CAUSES = {
    "authorization": "The broker refuses us. Check the name and password in PINGPILOT_BROKER_URL, or "
    "PINGPILOT_BROKER_CREDENTIALS.",
    "certificate required": "The broker wants a certificate of ours. Name it with PINGPILOT_BROKER_CERTIFICATE.",
    "handshake failure": "The broker wants a certificate of ours. Name it with PINGPILOT_BROKER_CERTIFICATE.",
    "unknown ca": "The broker does not know who signed our certificate. Check PINGPILOT_BROKER_CERTIFICATE.",
    "bad certificate": "The broker refuses our certificate. Check PINGPILOT_BROKER_CERTIFICATE.",
    "certificate expired": "Our certificate has expired. Replace the one in PINGPILOT_BROKER_CERTIFICATE.",
    "certificate verify failed": "We do not trust the broker's certificate{reason}. Name who signed it with "
    "PINGPILOT_BROKER_CA, and call the server as its certificate does in PINGPILOT_BROKER_URL.",
}
"""By what stands in the error, in the order looked for. Source: RFC 8446, 6.2, and OpenSSL's names of those alerts."""


def access(client: Client, choices: Choices) -> dict[str, Any]:
    """Return what the client is told of certificates and credentials; raises ConfigurationError."""
    options: dict[str, Any] = {}
    if choices.key is not None and choices.certificate is None:
        raise ConfigurationError("PINGPILOT_BROKER_KEY is set without PINGPILOT_BROKER_CERTIFICATE. Set both or none.")
    if choices.ca is not None or choices.certificate is not None:
        options["tls"] = _trust(choices.ca)
    if choices.certificate is not None:
        _show(options["tls"], choices.certificate, choices.key or choices.certificate)
    if choices.credentials is not None:
        options |= _identity(client, choices.credentials)
    return options


def refusal(reason: str) -> str:
    """Return what to do about a connection that did not come about."""
    said = reason.lower().replace("_", " ")
    for sign, sentence in _CAUSES.items():
        if sign in said:
            return sentence.format(reason=_verdict(reason))
    return f"The broker does not answer ({reason}). Check PINGPILOT_BROKER_URL."


def _verdict(reason: str) -> str:
    """Return why a certificate was not trusted, in OpenSSL's words, without the place in its source."""
    verdict = reason.partition("certificate verify failed: ")[2].partition(" (_ssl.c")[0]
    return f" ({verdict})" if verdict else ""


def _trust(path: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"PINGPILOT_BROKER_CA names no readable certificates ({path}).") from error


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Let us be known by a certificate. A password is asked of nobody: an empty one opens no key."""
    try:
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise ConfigurationError(
                f"The certificate in PINGPILOT_BROKER_CERTIFICATE ({certificate}) belongs to another key than "
                f"PINGPILOT_BROKER_KEY ({key})."
            ) from error
        raise ConfigurationError(_unreadable(certificate, key)) from error
    except OSError as error:
        raise ConfigurationError(_unreadable(certificate, key)) from error


def _unreadable(certificate: Path, key: Path) -> str:
    return (
        f"PINGPILOT_BROKER_CERTIFICATE ({certificate}) and PINGPILOT_BROKER_KEY ({key}) name no readable certificate "
        "with its key. Both are PEM files, the key without a password; one file may hold both."
    )


def _identity(client: Client, path: Path) -> dict[str, Any]:
    try:
        known = read_credentials(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"PINGPILOT_BROKER_CREDENTIALS names no credentials file and no seed of a user's nkey ({path})."
        ) from error
    if known.jwt is None:
        # The client takes a bare nkey only through a library that it does not bring, and that is not kept.
        client._public_nkey = known.public  # noqa: SLF001 - see above; a test proves it on a real server
        return {"signature_cb": known.sign}
    jwt = known.jwt
    return {"user_jwt_cb": lambda: jwt, "signature_cb": known.sign}
