"""The push wire against a push service that opens what it is given."""

import os
from datetime import UTC, datetime

import pytest

from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.push import PushWire
from pingpilot.domain.wire import Failure, Push
from pingpilot.security.webpush import Vapid
from tests.servers.push import Browser, claims_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VAPID = Vapid(b"s" * 32, "mailto:ops@example.com")
TOPIC = "d" * 32


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
async def carrier():
    wire = HttpWire(allow_private=True)
    yield wire
    await wire.close()


@pytest.fixture
def wire(carrier):
    return PushWire(carrier, VAPID, lambda: NOW, os.urandom)


def a_push(hook, browser, **changes):
    return Push(hook.url, browser.p256dh, browser.auth, b'{"title":"Sale"}', topic=TOPIC, **changes)


async def test_the_browser_reads_it_and_the_service_knows_who_sent_it(wire, hook, browser):
    hook.status = 201
    reply = await wire.send(a_push(hook, browser, urgency="high"))
    (request,) = hook.requests
    assert reply.status == 201
    assert browser.read(request.body) == b'{"title":"Sale"}'
    claims = claims_of(request.headers["authorization"], VAPID.public)
    assert claims["aud"] == hook.url.removesuffix("/hook")
    told = {name: request.headers[name] for name in ("content-encoding", "ttl", "topic", "urgency")}
    assert told == {"content-encoding": "aes128gcm", "ttl": "86400", "topic": TOPIC, "urgency": "high"}


async def test_no_two_messages_look_alike(wire, hook, browser):
    for _ in range(2):
        await wire.send(a_push(hook, browser))
    first, second = hook.requests
    assert first.body[:86] != second.body[:86]


async def test_the_service_s_refusal_comes_back(wire, hook, browser):
    hook.status = 410
    assert (await wire.send(a_push(hook, browser))).status == 410


async def test_keys_that_are_none_are_not_sent(wire, hook, browser):
    reply = await wire.send(Push(hook.url, browser.p256dh[:-6], browser.auth, b"{}", topic=TOPIC))
    assert reply.failure is Failure.NOT_SENT
    assert hook.requests == []


async def test_an_unknown_service_at_a_private_address_is_refused(hook, browser):
    guarded = HttpWire(allow_private=False)
    reply = await PushWire(guarded, VAPID, lambda: NOW, os.urandom).send(a_push(hook, browser, is_user_host=True))
    await guarded.close()
    assert reply.failure is Failure.REFUSED_ADDRESS
    assert hook.requests == []
