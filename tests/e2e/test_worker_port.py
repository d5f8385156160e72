"""The port of a worker, for those who watch over it: off unless it is set, on the loopback unless told otherwise."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.hook import Hook
from tests.servers.ports import free_port, wait_until
from tests.servers.process import Launch
from tests.servers.service import Service

TOKEN = "a token of the operator's"


@pytest.fixture
def worker(installation: Service, launch: Launch, tmp_path: Path) -> Iterator[Service]:
    """A worker beside a server that only accepts, not started yet; requests go to its own port."""
    folder = tmp_path / "worker"
    folder.mkdir()
    installation.start("--no-worker")
    port = free_port()
    settings = installation.settings | {
        "PINGPILOT_DATA_DIR": str(installation.folder / "data"),
        "PINGPILOT_WORKER_PORT": str(port),
    }
    worker = Service(folder, settings, port=port, launch=launch)
    yield worker
    if worker.process is not None and worker.process.poll() is None:
        assert worker.stop() == 0
    assert not worker.leaked()


def numbers(worker: Service, **headers: str) -> dict[str, float]:
    answer = worker.request("GET", "/metrics", headers=headers)
    assert answer.status == 200
    found = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", answer.body.decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_a_worker_counts_what_it_does(installation: Service, worker: Service, hook: Hook):
    workspace = installation.workspace()
    installation.category(workspace)
    installation.destination(workspace, "webhook", f"url={hook.url}")
    worker.work()
    assert (worker.request("GET", "/healthz").body, worker.request("GET", "/readyz").body) == (b"ok\n", b"ready\n")
    for _ in range(3):
        assert installation.post(workspace.key, {"category": "sale"}).status == 200
    hook.wait_for(3)
    delivered = 'pingpilot_attempts_total{channel="webhook",outcome="delivered"}'
    wait_until(lambda: numbers(worker).get(delivered) == 3, "three attempts are counted")
    wait_until(lambda: "pingpilot_chore_turn" in str(numbers(worker)), "chores are done")
    found = numbers(worker)
    assert sum(count for name, count in found.items() if name.startswith("pingpilot_claims_total")) >= 3
    assert (
        found["pingpilot_delivery_lag_seconds_count"] == found['pingpilot_delivery_lag_seconds_bucket{le="+Inf"}'] == 3
    )
    assert found["pingpilot_attempts_in_flight"] == 0
    assert found['pingpilot_chore_turns_total{chore="filing",result="done"}'] >= 1
    assert found['pingpilot_chore_turns_total{chore="filing",result="failed"}'] == 0
    assert found['pingpilot_chore_last_turn_timestamp_seconds{chore="tallying"}'] > 1.7e9
    assert found['pingpilot_leads{work="filing"}'] == 1
    assert not any(name.startswith("pingpilot_deliveries") for name in found), "what the store says a server tells"
    assert worker.request("GET", "/").status == 404


def test_with_a_token_the_numbers_are_for_those_who_bring_it(worker: Service):
    worker.settings["PINGPILOT_METRICS_TOKEN"] = TOKEN
    worker.work()
    assert worker.request("GET", "/metrics").status == 401
    assert numbers(worker, Authorization=f"Bearer {TOKEN}")["process_resident_memory_bytes"] > 1e6
    assert worker.request("GET", "/readyz").status == 200
    assert worker.request("POST", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status == 405


def test_a_port_that_is_taken_stops_the_start_and_says_what_to_do(worker: Service):
    with socket.create_server(("127.0.0.1", worker.port)):
        done = worker.run("worker")
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1 port {worker.port}" in done.stderr
    assert "PINGPILOT_WORKER_PORT" in done.stderr


def test_without_a_port_it_listens_on_none(worker: Service):
    del worker.settings["PINGPILOT_WORKER_PORT"]
    worker.work()
    with pytest.raises(ConnectionRefusedError):
        worker.request("GET", "/healthz")
