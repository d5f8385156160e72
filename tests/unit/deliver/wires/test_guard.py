"""The guard: which addresses and URLs a user's host may have."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.deliver.wires.guard import is_public
from pingpilot.domain import url as rules
from pingpilot.domain.url import hidden_in, refusal_of_url, shown_of, url_issue

PUBLIC = ("1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2a00:1450::200e")
NOT_PUBLIC = (
    # IPv4: this network, private, carriers, loopback, link-local, assignments, documentation, relays, multicast, …
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "192.0.0.8"),
    *("192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255"),
    # IPv6: unspecified, loopback, compatible, mapped, NAT64, 6to4, Teredo, site-local, unique-local, link-local, …
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:101:101::", "2001:0:7f00:1::", "2001::1", "fec0::1"),
    *(
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "ff0e::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
    ),
    *("", "localhost", "example.com", "127.1", "0x7f.1", "2130706433", "1.1.1.1%eth0", "2606:4700::1111%1"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_every_other_address_is_refused(address):
    assert not is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_is_judged_alike_in_every_wrapping(address):
    verdict = is_public(str(address))
    assert is_public(str(IPv6Address(0xFFFF << 32 | int(address)))) == verdict
    assert is_public(str(IPv6Address((0x64FF9B << 96) | int(address)))) == verdict
    assert not is_public(str(IPv6Address(int(address))))


@given(st.ip_addresses().map(str))
def test_public_is_never_more_than_what_python_calls_global(address):
    assert not is_public(address) or ip_address(address).is_global


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://example.com:8443/hook?x=1#f",
        "https://example.com:80/",
        "https://bücher.example/",
        "https://a.b.c.example.co.uk.",
        "https://xn--bcher-kva.example",
    ],
)
def test_urls_of_public_names_pass(url):
    assert refusal_of_url(url, allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://example.com/", rules.HTTPS_ONLY),
        ("https://example.com:22/", rules.PORT),
        ("https://example.com:6379/", rules.PORT),
        ("https://user:pass@example.com/", rules.USERINFO),
        ("https://example.com@evil.example/", rules.USERINFO),
        ("https://127.0.0.1/", rules.LITERAL),
        ("https://1.1.1.1/", rules.LITERAL),
        ("https://127.1/", rules.LITERAL),
        ("https://0/", rules.LITERAL),
        ("https://0x7f.1/", rules.LITERAL),
        ("https://0x7f000001/", rules.LITERAL),
        ("https://2130706433/", rules.LITERAL),
        ("https://0177.0.0.01/", rules.LITERAL),
        ("https://１２７.０.０.１/", rules.LITERAL),
        ("https://127.0.0.1./", rules.LITERAL),
        ("https://[::1]/", rules.LITERAL),
        ("https://[::ffff:127.0.0.1]/", rules.LITERAL),
        ("https://localhost/", rules.LOCAL),
        ("https://x.localhost/", rules.LOCAL),
        ("https://printer.local/", rules.LOCAL),
        ("https://metadata.google.internal/", rules.LOCAL),
        ("https://intranet/", rules.LOCAL),
    ],
)
def test_urls_of_private_places_are_refused(url, sentence):
    assert refusal_of_url(url, allow_private=False) == sentence


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "ftp://example.com/", "https://", "https:///x", "javascript:alert(1)", "file:///etc"),
        *("https://exa mple.com/", "https://example.com:99999/", "https://example.com\n/", "https://[::1/"),
        "https://example..com/",
    ],
)
def test_what_is_no_url_is_refused_everywhere(url):
    assert url_issue(url) == rules.NOT_A_URL
    assert refusal_of_url(url, allow_private=True) == rules.NOT_A_URL


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9999/x", "http://localhost:1/", "https://[::1]:8080/", "http://nas/x"]
)
def test_a_self_hosted_instance_may_allow_private_places(url):
    assert refusal_of_url(url, allow_private=True) is None


def test_a_url_may_be_2000_characters_long():
    assert url_issue("https://example.com/".ljust(2000, "x")) is None
    assert url_issue("https://example.com/".ljust(2001, "x")) == rules.TOO_LONG


@given(st.text())
def test_any_text_gets_an_answer(text):
    refusal_of_url(f"https://{text}", allow_private=False)


def test_what_is_shown_of_a_secret_url_is_its_host():
    assert shown_of("https://u:p@example.com:8443/in/secret?key=x") == "example.com:8443/…"
    assert set(hidden_in("https://example.com/in/s%20ecret?key=abcdef")) == {
        "https://example.com/in/s%20ecret?key=abcdef",
        "s%20ecret",
        "s ecret",
        "abcdef",
    }
