"""Who a client is, and what is kept of its address."""

import pytest

from pingpilot.security.identity import identity_digest
from pingpilot.security.network import client_of, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("[2001:db8:1:2::3]", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("testclient", ""),
        ("1.2.3.4, 5.6.7.8", ""),
    ],
)
def test_only_the_network_of_an_address_is_kept(address, network):
    assert network_of(address) == network


def test_a_person_is_found_whatever_the_order_of_what_names_them():
    digest = identity_digest("telegram", {"chat_id": "1", "topic": "2"})
    assert digest == identity_digest("telegram", {"topic": "2", "chat_id": "1"})
    assert digest != identity_digest("signal", {"chat_id": "1", "topic": "2"})
    assert len(digest) == 32


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", ["6.6.6.6", " 203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", ["10.9.9.9", "10.1.2.3"], "10.9.9.9"),
        ("203.0.113.7", ["6.6.6.6"], "203.0.113.7"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["6.6.6.6", "nonsense", "10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", ["203.0.113.7"], ""),
    ],
    ids=["proxy", "proxy on IPv6", "two", "only proxies", "stranger", "nonsense", "nonsense before", "none", "no peer"],
)
def test_only_what_trusted_proxies_say_of_a_client_is_believed(peer, said, client):
    assert client_of(peer, said, ["127.0.0.0/8", "::1/128", "10.0.0.0/8"]) == client
