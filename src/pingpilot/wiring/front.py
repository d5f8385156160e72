"""What every request passes first: who the client is, by which name we were called, and what every answer says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from pingpilot.config.choices import ProxyHeader
from pingpilot.config.settings import Settings
from pingpilot.ingest.answers import Header
from pingpilot.security.forwarding import SAID_BY_PROXIES, Proxies
from pingpilot.security.network import parse_address
from pingpilot.wiring.exchange import Scope, Send

ALWAYS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""In every answer of the process, be it a refusal before there is a request."""
HSTS = {"strict-transport-security": "max-age=31536000"}
"""For a year, this host alone: what else stands under its name is not ours to decide. Source: RFC 6797."""
UNUSED = (b"camera", b"display-capture", b"geolocation", b"gyroscope", b"microphone", b"midi", b"payment", b"usb")
"""Features of browsers that no page of ours ever asks for."""
OF_PAGES: tuple[Header, ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b", ".join(feature + b"=()" for feature in UNUSED)),
    (b"cache-control", b"no-store"),
)
"""In answers of the control plane that do not say otherwise."""


def headers_of_all(settings: Settings) -> list[tuple[str, str]]:
    """Return what the server says in every answer; browsers heed the part about https only where it came by https."""
    return [*ALWAYS.items(), *(HSTS.items() if settings.public_url.startswith("https://") else ())]


@dataclass(frozen=True, slots=True)
class Front:
    """Looks at requests before anybody else does. ``names`` are the hosts that pages are shown under."""

    proxies: Proxies
    names: frozenset[str]

    def see(self, scope: Scope) -> None:
        """Put the client's address and scheme where ASGI keeps them, if a trusted proxy names them."""
        peer = scope["client"]
        if not self._is_relayed(peer):
            return
        origin = self.proxies.origin(peer[0], scope["headers"])
        scope["client"] = (origin.address, 0) if origin.address != peer[0] else peer
        scope["scheme"] = origin.scheme or scope["scheme"]

    def address_in(self, scope: Scope) -> str:
        """Return the client's address of a scope that was not seen yet; empty where unknown."""
        peer = scope["client"]
        if self._is_relayed(peer):
            return self.proxies.origin(peer[0], scope["headers"]).address
        return peer[0] if peer else ""

    def _is_relayed(self, peer: tuple[str, int] | None) -> TypeGuard[tuple[str, int]]:
        return peer is not None and self.proxies.is_trusted(peer[0])

    def is_called_rightly(self, scope: Scope) -> bool:
        """Tell whether the Host of a request is a name of ours, or of this machine's own."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = _name_in(hosts[0]) if hosts else ""
        address = parse_address(host)
        return host in self.names or host == "localhost" or (address is not None and address.is_loopback)


def front_of(settings: Settings) -> Front:
    """Return the front of an instance."""
    proxies = Proxies(settings.trusted_proxies, is_standard=settings.proxy_header is ProxyHeader.FORWARDED)
    own = urlsplit(settings.public_url).hostname or ""
    return Front(proxies, frozenset(name.lower() for name in (own, settings.host, *settings.allowed_hosts)))


def without_sayings(scope: Scope) -> Scope:
    """Return the scope of a request without what proxies said, or clients in their place."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in SAID_BY_PROXIES]}


def dressed(send: Send) -> Send:
    """Return what sends an answer of the control plane with the headers that it lacks."""

    async def send_dressed(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _with_missing(message.get("headers", ()))}
        await send(message)

    return send_dressed


def _with_missing(headers: Iterable[Header]) -> list[Header]:
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return [*given, *(pair for pair in OF_PAGES if pair[0] not in names)]


def _name_in(host: str) -> str:
    """Return the name in a Host header, without its port and without brackets. Source: RFC 9110 section 7.2."""
    said = host.strip().lower()
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0].rstrip(".")
