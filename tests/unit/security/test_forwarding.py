"""Who a client is, behind proxies that are trusted and beside those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.security.forwarding import Hop, Proxies

TRUSTED = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"]
HERE = "127.0.0.1"


def custom(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", value.encode()) for value in values]


def standard(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"forwarded", value.encode()) for value in values]


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        (HERE, ["203.0.113.7"], "203.0.113.7"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        (HERE, ["203.0.113.7:4711"], "203.0.113.7"),
        (HERE, ["[2001:db8::7]:4711"], "2001:db8::7"),
        (HERE, ["6.6.6.6, 203.0.113.7 ,10.1.2.3"], "203.0.113.7"),
        (HERE, ["6.6.6.6", "203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        (HERE, ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("203.0.113.7", ["6.6.6.6"], "203.0.113.7"),
        (HERE, ["nonsense"], HERE),
        (HERE, ["6.6.6.6, nonsense, 10.1.2.3"], "10.1.2.3"),
        (HERE, ["6.6.6.6, , 10.1.2.3"], "10.1.2.3"),
        (HERE, [], HERE),
        ("", ["203.0.113.7"], ""),
        (HERE, ["203.0.113.7," + "10.0.0.1," * 40 + "10.0.0.2"], "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_say_of_a_client_is_believed(peer, said, client):
    assert Proxies(TRUSTED).origin(peer, custom(*said)).address == client


@pytest.mark.parametrize(
    ("said", "hop"),
    [
        (["for=203.0.113.7"], Hop("203.0.113.7", "")),
        (['For="[2001:db8::7]:4711";Proto=HTTPS;by=10.0.0.1'], Hop("2001:db8::7", "https")),
        (["for=6.6.6.6, for=203.0.113.7;proto=https, for=10.0.0.2;proto=http"], Hop("203.0.113.7", "https")),
        (["for=6.6.6.6", 'for="203.0.113.7:80"'], Hop("203.0.113.7", "")),
        (["for=unknown;proto=https"], Hop(HERE, "https")),
        (['for=6.6.6.6, for="_hidden, for=7.7.7.7"'], Hop(HERE, "")),
        (['for=6.6.6.6;ext=", for=203.0.113.7'], Hop("203.0.113.7", "")),
        (["for=6.6.6.6;ext, for=10.0.0.2"], Hop("10.0.0.2", "")),
        (["for=6.6.6.6;proto=gopher"], Hop("6.6.6.6", "")),
        (['"'], Hop(HERE, "")),
    ],
)
def test_the_standard_header_is_read_where_the_operator_says_so(said, hop):
    assert Proxies(TRUSTED, is_standard=True).origin(HERE, standard(*said)) == hop
    assert Proxies(TRUSTED).origin(HERE, standard(*said)) == Hop(HERE, "")


def test_the_header_that_no_proxy_writes_is_never_read():
    both = [*standard("for=6.6.6.6;proto=https"), *custom("203.0.113.7")]
    assert Proxies(TRUSTED).origin(HERE, both) == Hop("203.0.113.7", "")
    assert Proxies(TRUSTED, is_standard=True).origin(HERE, both) == Hop("6.6.6.6", "https")


@pytest.mark.parametrize(
    ("addresses", "schemes", "scheme"),
    [
        ("203.0.113.7", "https", "https"),
        ("203.0.113.7, 10.0.0.2", "https", "https"),
        ("203.0.113.7, 10.0.0.2", "https, http", "https"),
        ("6.6.6.6, 203.0.113.7", "https, http", "http"),
        ("", "https", "https"),
        ("203.0.113.7", "", ""),
        ("203.0.113.7", "ftp", ""),
    ],
)
def test_the_scheme_is_that_of_the_client(addresses, schemes, scheme):
    headers = [*custom(*([addresses] if addresses else [])), (b"x-forwarded-proto", schemes.encode())]
    assert Proxies(TRUSTED).origin(HERE, headers).scheme == scheme


@given(st.lists(st.tuples(st.sampled_from([b"x-forwarded-for", b"forwarded", b"x-forwarded-proto"]), st.binary())))
def test_nobody_is_believed_where_no_proxy_is_trusted_whatever_they_say(headers):
    assert Proxies([]).origin("203.0.113.7", headers) == Hop("203.0.113.7", "")
    for is_standard in (False, True):
        assert Proxies(TRUSTED, is_standard=is_standard).origin("203.0.113.7", headers).address == "203.0.113.7"


@given(st.binary(max_size=80), st.booleans())
def test_a_client_can_put_nothing_before_what_the_proxy_appends(said, is_standard):
    name, own = (b"forwarded", b"for=203.0.113.7") if is_standard else (b"x-forwarded-for", b"203.0.113.7")
    believed = Proxies(["127.0.0.1/32"], is_standard=is_standard).origin(HERE, [(name, said), (name, own)])
    assert believed.address == "203.0.113.7"
