"""The HTTP wire against a real server on loopback."""

import asyncio
import gzip
import socket
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from pingpilot.deliver.wires.guard import is_public
from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.http_connection import BODY_MAX_BYTES
from pingpilot.domain.wire import Call, Failure


class Answers:
    """A resolver that gives one list of addresses after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 0, "", (one, port))
            for one in self.answers.pop(0)
        ]


@asynccontextmanager
async def raw_server(behave):
    """Run a TCP server that behaves like nobody should; yields its URL."""
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


@pytest.fixture
async def site():
    """Serve some paths; yields the URL and the list of what was got."""
    got = []

    async def answer(request):
        got.append((request, await request.read()))
        match request.path:
            case "/big":
                return web.Response(body=b"x" * 1_000_000)
            case "/gzip":
                return web.Response(body=gzip.compress(b"x" * 10_000), headers={"Content-Encoding": "gzip"})
            case "/moved":
                return web.Response(status=302, headers={"Location": "/", "Set-Cookie": "a=b"})
            case "/slow":
                await asyncio.sleep(30)
            case _:
                pass
        return web.Response(status=201, text="taken", headers={"X-Some": "Thing"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", got
    await runner.cleanup()


@pytest.fixture
async def wire():
    wire = HttpWire(allow_private=True, user_agent="PingPilot/test")
    yield wire
    await wire.close()


def call(url, **changes):
    return Call(**{"method": "POST", "url": url, "body": b"{}", "timeout": timedelta(seconds=5), **changes})


async def test_a_call_goes_out_as_it_is_and_the_answer_comes_back(site, wire):
    url, got = site
    reply = await wire.send(call(f"{url}/a?b=c", headers={"X-Mine": "1"}))
    assert (reply.status, reply.text, reply.headers["x-some"]) == (201, "taken", "Thing")
    ((request, body),) = got
    assert (request.method, request.path_qs, body) == ("POST", "/a?b=c", b"{}")
    assert (request.headers["X-Mine"], request.headers["User-Agent"]) == ("1", "PingPilot/test")
    assert request.headers["Accept-Encoding"] == "identity"


async def test_the_connection_is_kept_for_the_next_call(site, wire):
    url, got = site
    for _ in range(3):
        await wire.send(call(url))
    assert len({request.transport for request, _ in got} - {None}) <= 1
    assert len(got) == 3


async def test_a_redirect_is_an_answer_and_cookies_are_forgotten(site, wire):
    url, got = site
    assert (await wire.send(call(f"{url}/moved"))).status == 302
    await wire.send(call(url))
    assert [request.path for request, _ in got] == ["/moved", "/"]
    assert "Cookie" not in got[1][0].headers


async def test_a_proxy_of_the_environment_is_not_used(site, wire, monkeypatch):
    url, _ = site
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await wire.send(call(url))).status == 201


async def test_no_more_than_64_kib_are_read(site, wire):
    url, _ = site
    reply = await wire.send(call(f"{url}/big"))
    assert (reply.status, len(reply.body)) == (200, BODY_MAX_BYTES)


async def test_nothing_is_unpacked(site, wire):
    url, _ = site
    assert len((await wire.send(call(f"{url}/gzip"))).body) < 1000


async def test_silence_after_the_request_is_no_answer(site, wire):
    url, _ = site
    reply = await wire.send(call(f"{url}/slow", timeout=timedelta(seconds=0.2)))
    assert (reply.failure, reply.failure_detail) == (Failure.NO_ANSWER, "timeout")


async def test_a_closed_port_means_not_sent(wire, unused_port):
    reply = await wire.send(call(f"http://127.0.0.1:{unused_port}/secret"))
    assert (reply.failure, reply.failure_detail) == (Failure.NOT_SENT, "connection refused")


async def test_a_connection_closed_without_an_answer_is_no_answer(wire):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with raw_server(hang_up) as url:
        assert (await wire.send(call(url))).failure is Failure.NO_ANSWER


async def test_an_answer_that_is_no_http_is_no_answer(wire):
    async def babble(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x00\x01 not http\r\n\r\n")
        await writer.drain()
        writer.close()

    async with raw_server(babble) as url:
        assert (await wire.send(call(url))).failure is Failure.NO_ANSWER


async def test_a_status_counts_when_its_body_never_ends(wire):
    async def stop_halfway(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async with raw_server(stop_halfway) as url:
        reply = await wire.send(call(url))
    assert (reply.status, reply.body) == (200, b"half")


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://exa mple/", "ftp://127.0.0.1/", "http://[::1/"])
async def test_what_cannot_be_called_means_not_sent(wire, url):
    assert (await wire.send(call(url))).failure is Failure.NOT_SENT


async def test_a_header_that_cannot_be_written_means_not_sent(site, wire):
    url, got = site
    assert (await wire.send(call(url, headers={"X": "a\r\nY: b"}))).failure is Failure.NOT_SENT
    assert not got


async def test_a_closed_wire_sends_nothing(site):
    url, _ = site
    wire = HttpWire(allow_private=True)
    await wire.send(call(url))
    await wire.close()
    assert (await wire.send(call(url))).failure is Failure.NOT_SENT


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1", "::1"], ["10.0.0.1", "192.168.0.1", "fe80::1"], ["169.254.169.254"]),
        # mapped, compatible, NAT64, 6to4, Teredo, site-local, multicast, relays, assignments
        *(["::ffff:127.0.0.1"], ["::7f00:1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["2001:0:7f00:1::1"]),
        *(["fec0::1"], ["ff0e::1"], ["224.0.0.1"], ["192.88.99.1"], ["192.0.0.8"]),
    ],
)
async def test_a_name_with_private_addresses_is_refused(addresses):
    wire = HttpWire(allow_private=False, resolve=Answers(addresses))
    reply = await wire.send(call("https://innocent.example/", is_user_host=True))
    await wire.close()
    assert reply.failure is Failure.REFUSED_ADDRESS


@pytest.mark.parametrize(
    "spelling",
    ["127.1", "0x7f.1", "0177.0.0.01", "2130706433", "0", "１２７.０.０.１", "::ffff:127.0.0.1", "localhost"],
)
async def test_what_the_system_reads_into_an_odd_spelling_is_refused_at_the_socket(spelling):
    addresses = [found[4][0] for found in socket.getaddrinfo(spelling, 443, type=socket.SOCK_STREAM)]
    wire = HttpWire(allow_private=False, resolve=Answers(addresses))
    reply = await wire.send(call("https://innocent.example/", is_user_host=True))
    await wire.close()
    assert (reply.failure, reply.failure_detail) == (Failure.REFUSED_ADDRESS, "private address")


async def test_a_name_that_turns_private_between_two_calls_is_refused(unused_port):
    looks = []

    def is_allowed(address):
        looks.append(address)
        return is_public(address)

    resolver = Answers(["192.0.2.1"], ["127.0.0.1"])
    wire = HttpWire(allow_private=False, resolve=resolver, is_allowed=is_allowed)
    for _ in range(2):
        reply = await wire.send(call("https://rebinding.example/", is_user_host=True))
        assert reply.failure is Failure.REFUSED_ADDRESS
    await wire.close()
    assert looks == ["192.0.2.1", "127.0.0.1"]
    assert resolver.asked == ["rebinding.example", "rebinding.example"]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://example.com/", "https://0x7f.1/", "https://localhost/"])
async def test_a_refused_url_is_not_even_resolved(url):
    resolver = Answers()
    wire = HttpWire(allow_private=False, resolve=resolver)
    assert (await wire.send(call(url, is_user_host=True))).failure is Failure.REFUSED_ADDRESS
    await wire.close()
    assert not resolver.asked


async def test_the_guard_looks_at_users_hosts_alone(site):
    url, got = site
    wire = HttpWire(allow_private=False)
    assert (await wire.send(call(url))).status == 201
    assert (await wire.send(call(url, is_user_host=True))).failure is Failure.REFUSED_ADDRESS
    await wire.close()
    assert len(got) == 1


@pytest.fixture
def unused_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
