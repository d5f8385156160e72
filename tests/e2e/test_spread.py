"""Spread over processes: servers accept, workers deliver; PostgreSQL keeps, NATS JetStream hands over."""

from tests.servers.hook import Hook
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
