"""Answers as they go over the wire."""

import asyncio
from functools import partial
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from pingpilot.wiring.connections import Connections, Limits
from pingpilot.wiring.protocol import HttpProtocol
from tests.servers.http import Http, running_http
from tests.servers.ports import wait_until
from tests.servers.raw import Raw, connected
from tests.unit.wiring.sample import LARGE, app


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: test", *headers, "", ""]).encode()


def everything(raw: Raw) -> bytes:
    """Read until the server ends the connection."""
    return b"".join(iter(lambda: raw.socket.recv(65_536), b""))


class Transport(asyncio.Transport):
    """Remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        """Do nothing."""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


async def writes(request: bytes) -> list[bytes]:
    """Return what is written for a request, write by write."""
    config = uvicorn.Config(cast("Any", app), proxy_headers=False, lifespan="off", ws="none", log_config=None)
    config.load()
    state, transport = ServerState(), Transport()
    make = partial(HttpProtocol, Connections(Limits()), config=config, server_state=state, app_state={})
    protocol = make(_loop=asyncio.get_running_loop())
    protocol.connection_made(transport)
    protocol.data_received(request)
    await asyncio.gather(*state.tasks)
    protocol.connection_lost(None)
    return transport.writes


@pytest.mark.parametrize("path", ["/deaf", "/nothing", "/farewell", "/fail"])
async def test_an_answer_is_one_write(path: str):
    (written,) = await writes(get(path))
    assert written.startswith(b"HTTP/1.1 ")


async def test_the_answer_to_head_is_one_write_without_a_body():
    (written,) = await writes(get("/deaf", method="HEAD"))
    assert written.endswith(b"content-length: 11\r\n\r\n")


async def test_a_streamed_answer_is_written_as_it_comes():
    first, second, end = await writes(get("/stream"))
    assert first.endswith(b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n")
    assert (second, end) == (b"3\r\ntwo\r\n", b"0\r\n\r\n")


def test_http_1_0_is_given_no_chunks(http: Http):
    with connected(http.port) as raw:
        head, _, body = everything(raw.send(get("/stream", version="1.0"))).partition(b"\r\n\r\n")
    assert body == b"onetwo"
    assert b"connection: close" in head
    assert b"transfer-encoding" not in head


def test_a_head_does_not_wait_for_a_late_body():
    with running_http(app, tick_s=0.01) as http, connected(http.port) as raw:
        raw.send(get("/late"))
        assert raw.socket.recv(65_536).endswith(b"transfer-encoding: chunked\r\n\r\n")
        assert raw.socket.recv(65_536) == b"7\r\nat last\r\n0\r\n\r\n"


def test_an_answer_without_a_body_leaves_the_connection_in_order(http: Http):
    with connected(http.port) as raw:
        assert raw.send(get("/nothing")).answer().status == 204
        assert raw.send(get("/deaf")).answer().status == 401


def test_an_application_may_end_the_connection(http: Http):
    with connected(http.port) as raw:
        assert raw.send(get("/farewell")).answer().body == b"bye"
        assert raw.is_ended()


@pytest.mark.parametrize("path", ["/split", "/longer", "/fail", "/silent"])
def test_a_fault_of_the_application_is_a_500_that_tells_nothing_of_it(http: Http, path: str):
    with connected(http.port) as raw:
        answer = raw.send(get(path)).answer()
        assert (answer.status, answer.json) == (500, {"message": "Internal server error", "code": "internal_error"})
        assert "set-cookie" not in answer.headers
        assert raw.is_ended()


def test_a_fault_in_the_middle_of_an_answer_ends_the_connection(http: Http):
    with connected(http.port) as raw:
        assert everything(raw.send(get("/half"))).endswith(b"\r\n\r\nhalf")


def test_a_large_answer_waits_for_a_client_that_reads_later_and_comes_whole(http: Http):
    with connected(http.port) as raw:
        raw.send(get("/large", "Connection: close"))
        wait_until(http.has_unsent_bytes, "more was written than the client takes")
        assert len(everything(raw).partition(b"\r\n\r\n")[2]) == LARGE


def test_what_still_runs_when_the_server_stops_is_answered_503():
    with running_http(app) as http:
        raw = Raw(http.port).send(get("/wait") + get("/wait"))
        http.wait_for_tasks(1)
    answer = raw.answer()
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert raw.is_ended()
    raw.close()
