"""Spread over processes: servers accept, workers deliver; PostgreSQL keeps, NATS JetStream hands over."""

import pytest

from tests.servers.hook import Hook
from tests.servers.ports import free_port
from tests.servers.spread import Spread


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
