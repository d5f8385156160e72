"""What may be kept of a client's address: its network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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
