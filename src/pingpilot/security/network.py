"""What may be kept of a client's address: its network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_PREFIX_BITS = {4: 24, 6: 48}
"""An IPv4 /24 and an IPv6 /48 are what one site is commonly given. Source: RFC 6177 section 2."""


def network_of(address: str) -> str:
    """Return the network of an address as text, ``203.0.113.0/24``; empty when it is no address."""
    parsed = parse_address(address)
    return "" if parsed is None else str(ip_network(f"{parsed}/{_PREFIX_BITS[parsed.version]}", strict=False))


def is_loopback(host: str) -> bool:
    """Tell whether a host is the machine itself, by its name or its address."""
    address = parse_address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text is, without its zone; of an IPv4 address in IPv6's clothes the former."""
    try:
        parsed = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
