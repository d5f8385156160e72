"""Who a request comes from where proxies stand in front: what they say is read from the nearest on, while trusted.

The operator names the one header that the proxies write. Whatever a client puts into another one is never looked at:
a proxy passes on what it does not know. **Source:** RFC 7239 sections 4 to 6 and 8.1; the custom of X-Forwarded-For.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network

from pingpilot.security.network import parse_address

Header = tuple[bytes, bytes]

FORWARDED, FORWARDED_FOR, FORWARDED_PROTO = b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"
SAID_BY_PROXIES = frozenset(
    (
        *(FORWARDED, FORWARDED_FOR, FORWARDED_PROTO),
        *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix", b"x-forwarded-server", b"x-forwarded-ssl"),
        *(b"x-forwarded", b"x-real-ip", b"x-original-host", b"x-forwarded-scheme", b"front-end-https"),
    )
)
"""Headers that are gone once they were read, so that nothing behind can believe them."""
HOPS_MAX = 32

_PAIR = r"""([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^;,"\s]*)"""
_PAIRS = re.compile(_PAIR)
_ELEMENT = re.compile(rf"\s*{_PAIR}(?:\s*;\s*{_PAIR})*\s*;?\s*")
_SCHEMES = frozenset(("http", "https"))


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy says of whom it speaks for; empty where it does not, or in words that are none."""

    address: str
    scheme: str


class Proxies:
    """The proxies that are believed."""

    def __init__(self, trusted: Sequence[str], *, is_standard: bool = False) -> None:
        """Take their networks, ``10.0.0.0/8``, and whether they write ``Forwarded`` in place of ``X-Forwarded-For``."""
        self._networks = [ip_network(network) for network in trusted]
        self._hops = _standard if is_standard else _customary
        self._is_trusted = lru_cache(maxsize=4_096)(self._is_in)
        self.are_any = bool(self._networks)

    def origin(self, peer: str, headers: Sequence[Header]) -> Hop:
        """Return the client and its scheme, given who is connected. An empty scheme: nobody trusted says.

        Going from the nearest proxy outwards, each address is believed only if the one who says so is trusted.
        """
        client, scheme = peer, ""
        for hop in self._hops(headers)[-HOPS_MAX:][::-1]:
            if not self._is_trusted(client):
                break
            scheme = hop.scheme or scheme
            if not hop.address:
                break
            client = hop.address
        return Hop(client, scheme)

    def is_trusted(self, peer: str) -> bool:
        """Tell whether somebody who is connected is one of them."""
        return self.are_any and self._is_trusted(peer)

    def _is_in(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _customary(headers: Sequence[Header]) -> list[Hop]:
    """Return what X-Forwarded-For says, and X-Forwarded-Proto beside it, matched from the nearest on."""
    addresses, schemes = (list(_listed(headers, name)) for name in (FORWARDED_FOR, FORWARDED_PROTO))
    if not addresses:
        return [Hop("", _scheme(schemes[-1]))] if schemes else []
    late = len(addresses) - len(schemes)
    matched = [schemes[max(0, place - late)] if schemes else "" for place in range(len(addresses))]
    return [Hop(_address(text), _scheme(said)) for text, said in zip(addresses, matched, strict=True)]


def _standard(headers: Sequence[Header]) -> list[Hop]:
    """Return what Forwarded says. Of the commas those separate that leave a whole element behind them.

    So a quotation mark that a client leaves open hides nothing of what proxies have put after it.
    """
    hops, element = [], ""
    for piece in reversed(",".join(_texts(headers, FORWARDED)).split(",")[-HOPS_MAX:]):
        element = f"{piece},{element}" if element else piece
        if _ELEMENT.fullmatch(element):
            hops.append(_hop(element))
            element = ""
    if element.strip():
        hops.append(Hop("", ""))
    return hops[::-1]


def _hop(element: str) -> Hop:
    said = {name.lower(): _unquoted(value) for name, value in _PAIRS.findall(element)}
    return Hop(_address(said.get("for", "")), _scheme(said.get("proto", "")))


def _listed(headers: Iterable[Header], name: bytes) -> Iterator[str]:
    for text in _texts(headers, name):
        yield from text.split(",")


def _texts(headers: Iterable[Header], wanted: bytes) -> Iterator[str]:
    return (value.decode("latin-1") for name, value in headers if name == wanted)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _scheme(text: str) -> str:
    lower = text.strip().lower()
    return lower if lower in _SCHEMES else ""


def _address(text: str) -> str:
    """Return an address without its port; empty for ``unknown``, for a made-up name, for nonsense."""
    said = text.strip()
    if said.startswith("["):
        said = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        said = said.partition(":")[0]
    parsed = parse_address(said)
    return "" if parsed is None else str(parsed)
