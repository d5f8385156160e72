"""Who a client is, and what may be kept of its address: its network."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_PREFIX_BITS = {4: 24, 6: 48}
"""An IPv4 /24 and an IPv6 /48 are what one site is commonly given. Source: RFC 6177 section 2."""


def network_of(address: str) -> str:
    """Return the network of an address as text, ``203.0.113.0/24``; empty when it is no address."""
    try:
        parsed = _unmapped(ip_address(address.strip("[]").partition("%")[0]))
    except ValueError:
        return ""
    return str(ip_network(f"{parsed}/{_PREFIX_BITS[parsed.version]}", strict=False))


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def client_of(peer: str, forwarded_for: Sequence[str], trusted: Sequence[str]) -> str:
    """Return the address of a client, given who is connected and whom that one says it speaks for, nearest last.

    What a trusted proxy says is believed, and of other proxies before it as long as those are trusted too. ``trusted``
    are networks, ``10.0.0.0/8``.
    """
    networks = [ip_network(network) for network in trusted]
    client = peer
    for said in reversed(forwarded_for):
        if not _is_in(client, networks) or not network_of(address := said.strip()):
            break
        client = address.strip("[]")
    return client


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = _unmapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    return any(parsed in network for network in networks)
