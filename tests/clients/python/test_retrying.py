"""Calls are tried again where that helps, always under the same idempotency key, and every wait ends."""

import socket
import threading
import time

import pytest

from pingpilot_client import Client, QuotaReached, Refused, Unavailable, Unreached

BUSY = b'{"message": "The service is restarting. Please retry", "code": "unavailable"}'


@pytest.fixture
def waits():
    return []


@pytest.fixture
def client(door, waits):
    with Client("pp_key", door.url, sleep=waits.append) as client:
        yield client


def test_a_server_that_restarts_gets_the_event_once(connect, door):
    door.before = [(503, {"Retry-After": "0"}), (502, {})]
    assert connect(door).send("sale").event_id == "e1"
    assert len(door.seen) == 3
    assert len({(call.headers["idempotency-key"], call.body) for call in door.seen}) == 1


def test_each_call_has_a_key_of_its_own(client, door):
    client.send("sale")
    client.send("sale")
    assert len({call.headers["idempotency-key"] for call in door.seen}) == 2


def test_the_server_says_how_long_to_wait(client, door, waits):
    door.before = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "2"}), (500, {})]
    client.send("sale")
    assert waits[:2] == [7.0, 2.0]
    assert 1 <= waits[2] <= 2


def test_it_gives_up_with_the_server_s_words(client, door, waits):
    door.status, door.answer = 503, BUSY
    with pytest.raises(Unavailable, match="The service is restarting"):
        client.send("sale")
    assert (len(door.seen), len(waits)) == (4, 3)


def test_who_asks_for_a_long_wait_is_not_waited_for(client, door, waits):
    door.status, door.answer, door.before = 503, BUSY, [(503, {"Retry-After": "3600"})]
    with pytest.raises(Unavailable) as refused:
        client.send("sale")
    assert (refused.value.retry_after_s, waits) == (3600, [])


def test_a_used_up_quota_is_said_at_once(client, door, waits):
    door.status, door.answer = 429, b'{"message": "Monthly quota reached", "code": "quota_reached"}'
    with pytest.raises(QuotaReached):
        client.send("sale")
    assert waits == []


def test_it_follows_nobody_elsewhere(client, door):
    door.before = [(302, {"Location": f"{door.url}/elsewhere"})]
    with pytest.raises(Refused):
        client.send("sale")
    assert [call.path for call in door.seen] == ["/api/v1/event"]


def test_who_is_no_pingpilot_is_told_so(client, door):
    door.answer = b"<html>welcome</html>"
    with pytest.raises(Refused, match="Is this PingPilot"):
        client.send("sale")


def test_a_connection_is_kept_and_a_closed_one_is_renewed_unnoticed(client, door, waits):
    client.send("sale")
    client.send("sale")
    assert len({call.port for call in door.seen}) == 1
    door.hang_up()
    client.send("sale")
    assert len({call.port for call in door.seen}) == 2
    assert waits == []


def test_nobody_there_is_said_after_all_tries(connect):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = connect(type("Nobody", (), {"url": f"http://127.0.0.1:{port}"}), retries=1)
    with pytest.raises(Unreached, match="does not answer"):
        client.send("sale")


@pytest.mark.parametrize(
    "drip", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], ids=["silent", "dripping"]
)
def test_every_wait_ends(connect, drip):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server, drip))
        thread.start()
        place = type("Slow", (), {"url": f"http://127.0.0.1:{server.getsockname()[1]}"})
        client = connect(place, retries=0, timeout=0.5)
        begun = time.monotonic()
        with pytest.raises(Unreached, match="timed out"):
            client.send("sale")
        assert time.monotonic() - begun < 5
        thread.join()


def _drip(server, data):
    """Answer with some bytes, then one at a time, until the other side hangs up."""
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        try:
            connection.sendall(data)
            for _ in range(200 if data else 0):
                time.sleep(0.05)
                connection.sendall(b"x")
            while connection.recv(65_536):  # a request may come in several pieces
                pass
        except OSError:
            return


def test_a_proxy_of_the_environment_is_used(door, monkeypatch):
    monkeypatch.setenv("http_proxy", door.url)
    monkeypatch.setenv("no_proxy", "")
    with Client("pp_key", "http://pings.example.com/base") as client:
        client.send("sale")
    (call,) = door.seen
    assert call.path == "http://pings.example.com/base/api/v1/event"
    assert call.headers["host"] == "pings.example.com"
