"""The HTTP wire and servers that answer in every way that they may, and in some that they may not."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.http_connection import BODY_MAX_BYTES
from pingpilot.domain.wire import Call, Failure, Reply

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the next of its answers, the last one over and over. None: it says nothing."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.ends: list[End] = []
        self.asked, self.left = asyncio.Event(), asyncio.Event()
        self.url = ""


class End(asyncio.Protocol):
    """A connection; ended by an empty answer, and by one that says so."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.has_ended = asyncio.Event()
        server.ends.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if not self.seen.endswith(b"\r\n\r\n{}"):
            return
        self.server.asked.set()
        answers, self.seen = self.server.answers, b""
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is not None:
            self.transport.write(answer)
            if b"close" in answer or not answer:
                self.transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self.has_ended.set()
        self.server.left.set()


@asynccontextmanager
async def running(*answers: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server, loop = Server(*answers), asyncio.get_running_loop()
    listener = await loop.create_server(lambda: End(server), "127.0.0.1", 0, ssl=tls)
    server.url = f"http{'s' if tls else ''}://localhost:{listener.sockets[0].getsockname()[1]}/"
    try:
        yield server
    finally:
        listener.close()
        for end in server.ends:
            if hasattr(end, "transport"):  # none where TLS came to nothing
                end.transport.abort()
                await end.has_ended.wait()


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    wire = HttpWire(allow_private=True)
    yield wire
    await wire.close()


def call(url: str, timeout_s: float = 5) -> Call:
    return Call("POST", url, {}, b"{}", timeout=timedelta(seconds=timeout_s))


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 103 Early\r\nX-A: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nX-A: 1\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.0 200 OK\r\nX-close: 1\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\nnonsense", 200, b"o"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nwhat", 101, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + b"x" * BODY_MAX_BYTES, 200, b"x" * BODY_MAX_BYTES),
    ],
)
async def test_an_answer_is_read_whatever_its_form(wire: HttpWire, answer: bytes, status: int, body: bytes):
    async with running(answer, OK) as server:
        reply = await wire.send(call(server.url))
        assert (reply.status, reply.body, reply.headers.get("x-a")) == (status, body, None)
        assert await wire.send(call(server.url)) == Reply(200, {"content-length": "2"}, b"ok")


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 20_000, b"SSH-2.0-x\r\n"],
)
async def test_a_head_that_is_none_is_no_answer(wire: HttpWire, answer: bytes):
    async with running(answer) as server:
        assert (await wire.send(call(server.url))).failure is Failure.NO_ANSWER


async def test_a_connection_carries_one_call_after_the_other(wire: HttpWire):
    async with running(OK) as server:
        for _ in range(3):
            assert (await wire.send(call(server.url))).status == 200
        assert len(server.ends) == 1
        await asyncio.gather(*[wire.send(call(server.url)) for _ in range(3)])
        assert len(server.ends) == 3


async def test_what_was_answered_without_being_asked_answers_nothing(wire: HttpWire):
    async with running(OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", OK) as server:
        assert (await wire.send(call(server.url))).status == 200
        assert (await wire.send(call(server.url))).status == 200
        assert len(server.ends) == 2


async def test_a_connection_that_was_ended_while_it_rested_is_not_used(wire: HttpWire):
    async with running(OK) as server:
        await wire.send(call(server.url))
        server.ends[0].transport.close()
        await server.left.wait()
        await asyncio.sleep(0)
        assert (await wire.send(call(server.url))).status == 200
        assert len(server.ends) == 2


async def test_a_connection_rests_for_a_while_only():
    wire = HttpWire(allow_private=True, keepalive_s=0.02)
    async with running(OK) as server:
        await wire.send(call(server.url))
        await asyncio.wait_for(server.left.wait(), 5)
    await wire.close()


async def test_a_call_that_was_given_up_leaves_its_answer_to_nobody(wire: HttpWire):
    async with running(None, OK) as server:
        given_up = asyncio.create_task(wire.send(call(server.url)))
        await server.asked.wait()
        given_up.cancel()
        await asyncio.wait([given_up])
        server.ends[0].transport.write(OK.replace(b"200", b"500"))
        assert (await wire.send(call(server.url))).status == 200
        assert len(server.ends) == 2


async def test_a_closed_wire_answers_those_who_wait(wire: HttpWire):
    async with running(None) as server:
        waiting = asyncio.create_task(wire.send(call(server.url)))
        await server.asked.wait()
        await wire.close()
        assert (await waiting).failure is Failure.NO_ANSWER


Address = tuple[int, int, int, str, tuple[str, int]]


async def here(_host: str, port: int) -> list[Address]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]


async def never(_host: str, _port: int) -> list[Address]:
    await asyncio.Event().wait()
    return []


async def test_half_of_the_time_is_for_getting_there():
    wire = HttpWire(allow_private=True, resolve=never)
    reply = await wire.send(call("http://example.com/", 0.04))
    assert (reply.failure, reply.failure_detail) == (Failure.NOT_SENT, "timeout")
    await wire.close()


@pytest.mark.parametrize("error", [UnicodeError("idna"), None])
async def test_a_name_without_an_address_means_not_sent(error: Exception | None):
    async def resolve(_host: str, _port: int) -> list[Address]:
        if error is not None:
            raise error
        return []

    wire = HttpWire(allow_private=True, resolve=resolve)
    reply = await wire.send(call("http://example.com/"))
    assert (reply.failure, reply.failure_detail) == (Failure.NOT_SENT, "the host name was not found")
    await wire.close()


async def test_a_name_is_looked_up_once_for_all_who_ask_at_a_time():
    asked = []

    async def resolve(host: str, port: int) -> list[Address]:
        asked.append(host)
        return await here(host, port)

    wire = HttpWire(allow_private=True, resolve=resolve)
    async with running(OK) as server:
        replies = await asyncio.gather(*[wire.send(call(server.url)) for _ in range(5)])
        assert [reply.status for reply in replies] == [200] * 5
    assert asked == ["localhost"]
    await wire.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for localhost, signed by itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = made.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + pem)
    return file


@pytest.mark.parametrize(
    ("is_trusted", "host", "expected"),
    [
        (True, "localhost", (200, "")),
        (True, "localhost..", (200, "")),
        (False, "localhost", (0, "the server's certificate is not valid")),
        (True, "127.0.0.1", (0, "the server's certificate is not valid")),
    ],
)
async def test_tls_is_spoken_with_whom_it_proves_alone(
    certificate: Path, is_trusted: bool, host: str, expected: tuple[int, str]
):
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    theirs = ssl.create_default_context(cafile=certificate if is_trusted else None)
    wire = HttpWire(allow_private=True, tls=theirs, resolve=here)
    async with running(OK, tls=ours) as server:
        reply = await wire.send(call(server.url.replace("localhost", host)))
    assert (reply.status, reply.failure_detail) == expected
    assert reply.failure in (None, Failure.NOT_SENT)
    await wire.close()


async def test_a_server_without_tls_means_not_sent(wire: HttpWire):
    async with running(b"") as server:
        reply = await wire.send(call(server.url.replace("http:", "https:"), 1))
    assert reply.failure is Failure.NOT_SENT
