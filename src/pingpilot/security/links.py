"""Tokens in links: what a link is about, sealed, so that nobody else can make one, or read it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from pingpilot.domain.errors import SealBroken
from pingpilot.security.sealing import Box


def token_of(box: Box, about: bytes, context: str) -> str:
    """Return a token of letters, digits, ``-`` and ``_``, another one each time; it opens in this context alone."""
    return urlsafe_b64encode(box.seal(about, context)).decode().rstrip("=")


def opened(box: Box, token: str, context: str) -> bytes:
    """Return what a token is about; raise SealBroken for what is none, or was changed on its way."""
    try:
        sealed = urlsafe_b64decode(f"{token.rstrip('=')}==".encode())
    except ValueError as error:
        raise SealBroken from error
    return box.unseal(sealed, context)
