"""What is kept of a client's address."""

import pytest

from pingpilot.security.identity import identity_digest
from pingpilot.security.network import network_of


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
