"""The Apprise wire: the real library in its own process, and a real server at the other end."""

import asyncio
import os
from datetime import timedelta

import pytest

from pingpilot.deliver.wires.apprise import CHILDREN_MAX, AppriseWire
from pingpilot.domain.wire import Failure, Notification, Reply
from tests.servers.ports import wait_until
from tests.servers.tls import running_tls_server

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
HERE = {"json": ("127.0.0.1",)}
"""A service whose host a URL may name: the tests have a server there."""
SECURE = {"jsons": ("127.0.0.1",)}


@pytest.fixture
async def wire():
    made = AppriseWire(ENVIRONMENT, allow_private=True, services=HERE)
    yield made
    await made.close()


def a_notification(hook, url="json://127.0.0.1:{port}/in", seconds=20.0, body="A hat"):
    return Notification(url.format(port=hook.port), "Sale", body, "success", timedelta(seconds=seconds))


async def test_the_library_delivers_and_the_process_stays_for_the_next(wire, hook):
    assert wire.children == 0
    assert await wire.send(a_notification(hook)) == Reply(200)
    assert wire.children == 1
    assert await wire.send(a_notification(hook, body="<b>x</b>")) == Reply(200)
    assert wire.children == 1
    assert [request.json["message"] for request in hook.requests] == ["A hat", "<b>x</b>"]
    assert (hook.requests[0].json["title"], hook.requests[0].json["type"]) == ("Sale", "success")


async def test_within_its_fence_it_speaks_tls_and_checks_whom_it_speaks_to(tmp_path):
    notification = "jsons://127.0.0.1:{port}/"
    with running_tls_server(tmp_path) as server:
        trusting = AppriseWire(
            {**ENVIRONMENT, "REQUESTS_CA_BUNDLE": str(server.authority)}, allow_private=True, services=SECURE
        )
        assert await trusting.send(a_notification(server, notification)) == Reply(200)
        await trusting.close()
        wary = AppriseWire(ENVIRONMENT, allow_private=True, services=SECURE)
        assert (await wary.send(a_notification(server, notification))).failure is Failure.NOT_SENT
        assert (await wary.send(a_notification(server, f"{notification}?verify=no"))).failure is Failure.NOT_SENT
        await wary.close()


@pytest.mark.parametrize("status", [401, 404, 429, 503])
async def test_the_status_of_a_refusal_comes_through(wire, hook, status):
    hook.status = status
    assert await wire.send(a_notification(hook)) == Reply(status)
    assert len(hook.requests) == 1  # whoever wants a repeat asks for it


async def test_a_url_cannot_make_a_failure_look_like_a_success(wire, hook):
    hook.status = 500
    reply = await wire.send(a_notification(hook, "json://127.0.0.1:{port}/?optional=yes&retry=3&wait=0.1"))
    assert reply == Reply(500)
    assert len(hook.requests) == 1


async def test_one_that_hangs_is_ended_and_the_next_is_carried(wire, hook):
    await wire.send(a_notification(hook))
    hook.gate.clear()
    reply = await wire.send(a_notification(hook, seconds=0.3))
    assert (reply.failure, wire.children) == (Failure.NO_ANSWER, 0)
    hook.gate.set()
    assert await wire.send(a_notification(hook)) == Reply(200)


async def test_no_more_than_a_few_run_at_a_time(wire, hook):
    replies = await asyncio.gather(*[wire.send(a_notification(hook)) for _ in range(CHILDREN_MAX + 3)])
    assert replies == [Reply(200)] * (CHILDREN_MAX + 3)
    assert wire.children <= CHILDREN_MAX


async def test_who_never_gets_a_turn_was_not_sent(wire, hook):
    await asyncio.gather(*[wire.send(a_notification(hook)) for _ in range(CHILDREN_MAX)])
    hook.gate.clear()
    busy = [asyncio.create_task(wire.send(a_notification(hook))) for _ in range(CHILDREN_MAX)]
    await asyncio.to_thread(hook.wait_for, 2 * CHILDREN_MAX)
    assert (await wire.send(a_notification(hook, seconds=0.1))).failure is Failure.NOT_SENT
    hook.gate.set()
    assert await asyncio.gather(*busy) == [Reply(200)] * CHILDREN_MAX


async def test_a_process_at_rest_is_ended_after_a_while(hook):
    wire = AppriseWire(ENVIRONMENT, allow_private=True, services=HERE, idle_s=0.05)
    await wire.send(a_notification(hook))
    await asyncio.to_thread(wait_until, lambda: wire.children == 0, "the process at rest is ended", 10)
    await wire.close()


async def test_another_host_than_the_service_s_own_is_not_reached(wire, hook):
    reply = await wire.send(a_notification(hook, "json://localhost:{port}/"))
    assert reply.failure is Failure.REFUSED_ADDRESS
    assert hook.requests == []


async def test_a_private_address_is_not_reached_even_under_the_right_name(hook):
    wire = AppriseWire(ENVIRONMENT, services=HERE)
    reply = await wire.send(a_notification(hook))
    await wire.close()
    assert reply.failure is Failure.REFUSED_ADDRESS
    assert hook.requests == []


@pytest.mark.parametrize("url", ["xml://127.0.0.1/", "syslog://", "json://", "nonsense"])
async def test_what_the_library_may_not_or_cannot_use_is_said_to_be_no_url(wire, hook, url):
    assert await wire.send(a_notification(hook, url)) == Reply(422, {"stage": "url"})


async def test_with_the_services_of_the_product_nothing_else_starts_a_process(hook):
    wire = AppriseWire(ENVIRONMENT)
    assert await wire.send(a_notification(hook)) == Reply(422, {"stage": "url"})
    assert wire.children == 0
    await wire.close()


async def test_a_library_that_is_not_there_is_for_the_operator(hook, tmp_path):
    (tmp_path / "apprise.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT.get("PYTHONPATH", "")])
    wire = AppriseWire({**ENVIRONMENT, "PYTHONPATH": path}, services=HERE)
    assert (await wire.send(a_notification(hook))).failure is Failure.NOT_CONFIGURED
    await wire.close()
