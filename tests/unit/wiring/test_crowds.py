"""There are only so many connections, and no client network has all of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pingpilot.wiring.connections import Limits
from tests.servers.http import Http, running_http
from tests.servers.raw import Raw, connected
from tests.unit.wiring.sample import app

GET = b"GET /deaf HTTP/1.1\r\nHost: test\r\n\r\n"
NEAR, NEARER, FAR, FURTHER = "127.0.0.1", "127.0.0.2", "127.0.1.1", "127.0.2.1"
"""The first two are of one network."""
FULL = "Too many connections. Close those that you do not need, and retry"


@contextmanager
def crowd(http: Http, *addresses: str) -> Iterator[list[Raw]]:
    """Connections that are all being served."""
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(http.port, address=address)) for address in addresses]
        for line in lines:
            assert line.send(GET).answer().status == 401
        yield lines


def is_refused(raw: Raw) -> bool:
    answer = raw.answer()
    assert (answer.status, answer.json) == (503, {"message": FULL, "code": "unavailable"})
    assert int(answer.headers["retry-after"]) >= 1
    return raw.is_ended()


@pytest.fixture
def http() -> Iterator[Http]:
    """A server for four."""
    with running_http(app, connections=4) as running:
        yield running


def test_a_network_has_half_of_them_and_others_the_rest(http: Http):
    with crowd(http, NEAR, NEARER) as mine:
        with connected(http.port, address=NEAR) as greedy:
            assert is_refused(greedy)
        mine[0].close()
        http.wait_for_connections(1)
        with crowd(http, FAR, FAR, NEAR):
            pass


def test_a_proxy_may_have_all_of_them():
    with (
        running_http(app, proxy=NEAR, connections=4) as http,
        crowd(http, NEAR, NEAR, NEAR, NEAR),
        connected(http.port, address=NEAR) as late,
    ):
        assert is_refused(late)


def test_when_all_are_taken_the_next_is_told_to_come_again(http: Http):
    with crowd(http, NEAR, NEAR, FAR, FAR) as lines, connected(http.port, address=FURTHER) as late:
        late.send(GET)
        assert is_refused(late)
        assert lines[0].send(GET).answer().status == 401
    http.wait_until_empty()
    with crowd(http, NEAR, NEAR, FAR, FAR):
        pass


def test_those_who_are_refused_are_themselves_only_so_many(http: Http):
    limits = Limits(connections=4)
    with ExitStack() as stack:
        lines = stack.enter_context(crowd(http, NEAR, NEAR, FAR, FAR))
        for _ in range(limits.connections_refused):  # they are told, and stay
            assert stack.enter_context(connected(http.port, address=FURTHER)).answer().status == 503
        with connected(http.port, address=FURTHER) as dropped:
            assert dropped.is_ended()
        assert lines[0].send(GET).answer().status == 401
        http.advance(5)
        http.wait_for_connections(4)


def test_nothing_is_kept_of_networks_that_are_gone(http: Http):
    with crowd(http, NEAR, NEAR, FAR, FAR), connected(http.port, address=FURTHER) as late:
        assert is_refused(late)
    http.wait_until_empty()
    assert not http.connections._of
