"""Spread over processes: servers accept, workers deliver; PostgreSQL keeps, NATS JetStream hands over."""

import time

import pytest

from tests.contract.rest import Rest
from tests.servers.hook import Hook
from tests.servers.nats import Node
from tests.servers.ports import free_port, wait_until
from tests.servers.service import Service
from tests.servers.spread import Spread
from tests.servers.watcher import PASSWORD, sign_in, watching

STALE_S = 2
"""How long another process may not know of a change where no broker tells it. Source: the issue of scaling out."""
SLACK_S = 3
"""For a machine that has much else to do."""


def test_what_one_process_accepts_another_delivers(spread: Spread, hook: Hook):
    server, worker = spread.server(), spread.worker()
    workspace = spread.opened(server, hook.url)
    answer = server.post(workspace.key, {"category": "sale", "fields": {"amount": 9.5}})
    assert answer.status == 200, answer.body
    assert hook.wait_for(1)[0].json["data"]["fields"] == {"amount": 9.5}
    spread.wait_until_settled(1)
    assert worker.stop() == 0
    assert server.stop() == 0


@pytest.mark.parametrize("command", [("serve", "--no-worker"), ("worker",)])
def test_a_broker_that_does_not_answer_stops_the_start_with_one_sentence(spread: Spread, command: tuple[str, ...]):
    said = spread.refusal(*command, PINGPILOT_BROKER_URL=f"nats://someone:secret-word@127.0.0.1:{free_port()}")
    assert said.startswith("pingpilot: The broker does not answer (")
    assert "secret-word" not in said
    assert said.count("\n") == 1


def test_a_certificate_that_is_none_stops_the_start_with_one_sentence(spread: Spread):
    said = spread.refusal("worker", PINGPILOT_BROKER_CERTIFICATE=str(spread.folder / "none.pem"))
    assert said.startswith("pingpilot: PINGPILOT_BROKER_CERTIFICATE (")
    assert said.count("\n") == 1


def test_the_doctor_tries_the_broker(spread: Spread):
    found = {one["subject"]: one for one in spread.examined()}
    assert found["broker"]["state"] == "ok"
    found = {one["subject"]: one for one in spread.examined(PINGPILOT_BROKER_URL=f"nats://127.0.0.1:{free_port()}")}
    assert found["broker"]["state"] == "bad"
    assert "PINGPILOT_BROKER_URL" in found["broker"]["fix"]


def revoked_after(here: Service, there: Service, key: str) -> float:
    """Make a key here, use it there, revoke it here, and return how long it works there."""
    rest = Rest(here, key)
    made = rest.post("/keys", {"name": "to be revoked", "scopes": ["events:read"]}, 201)
    other = Rest(there, made["key"])
    assert other.call("GET", "/quota").status == 200
    assert rest.call("DELETE", f"/keys/{made['id']}").status == 204
    begun = time.monotonic()
    wait_until(lambda: other.call("GET", "/quota").status == 401, "the key is refused there", 20, 0.01)
    return time.monotonic() - begun


def test_a_key_revoked_on_one_server_is_refused_by_another(spread: Spread, nats: Node, hook: Hook):
    here, there = spread.server(), spread.server()
    workspace = spread.opened(here, hook.url)
    assert revoked_after(here, there, workspace.key) < STALE_S
    nats.kill()
    try:
        assert revoked_after(here, there, workspace.key) < STALE_S + SLACK_S
        assert there.post(workspace.key, {"category": "sale"}).status == 200
    finally:
        nats.start().wait()
    spread.worker()
    hook.wait_for(1, 60)  # what was accepted while the broker was away


def test_a_page_on_one_server_shows_what_another_accepted(spread: Spread, hook: Hook):
    here, there = spread.server(), spread.server()
    workspace = here.workspace(password=PASSWORD)
    here.category(workspace)
    person = sign_in(there, workspace.email)
    with watching(person, there, workspace.id, person.part()) as watch:
        assert watch.status == 200
        watch.event()  # as it is now
        assert here.post(workspace.key, {"category": "sale", "description": "seen elsewhere"}).status == 200
        watch.drawn_with("seen elsewhere")


def test_a_provider_that_asks_one_worker_to_wait_is_left_alone_by_all(spread: Spread, hook: Hook):
    server = spread.server()
    workspace = spread.opened(server, hook.url)
    spread.worker(), spread.worker()
    hook.status, hook.headers = 429, {"Retry-After": "30"}
    assert server.post(workspace.key, {"category": "sale"}).status == 200
    hook.wait_for(1)
    time.sleep(3)  # the word goes round
    for _ in range(20):
        assert server.post(workspace.key, {"category": "sale"}).status == 200
    time.sleep(2)
    assert len(hook.requests) == 1
