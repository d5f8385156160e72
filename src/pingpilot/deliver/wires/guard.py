"""Which network addresses a user-given host may have: public ones only.

The same verdict on every Python: ``ipaddress`` calls some translated and relayed addresses global, and other ones in
each release. **Source:** IANA's special-purpose registries; RFC 6890 and those named below.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared between carriers, RFC 6598
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, and the metadata services of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments, RFC 6890
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments with Teredo, RFC 4380
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries any IPv4 address, RFC 3056
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""Source: RFC 6052. The local-use prefix of RFC 8215 is not public."""
_LOW_32_BITS = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Tell whether an IP address, as the resolver gave it, is reachable from everywhere; what is no address is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    """Judge what is wrapped by what is inside; all but global unicast is refused: compatible, site-local, multicast."""
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & _LOW_32_BITS))
    is_unicast = address.is_global and address in _UNICAST_V6
    return is_unicast and not any(address in network for network in _REFUSED_V6)
