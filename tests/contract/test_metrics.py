"""What a monitoring system reads at /metrics: the operator's token opens it, and the numbers are the service's own."""

import re

import pytest

TOKEN = "a token of the operator's"


@pytest.fixture
def watched(install, tmp_path):
    with install(tmp_path, {"PINGPILOT_METRICS_TOKEN": TOKEN}) as service:
        service.secrets.add(TOKEN)
        yield service.start()


def numbers(service):
    answer = service.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", answer.body.decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_what_was_accepted_and_what_waits_is_counted(watched, hook):
    workspace = watched.workspace()
    watched.category(workspace)
    watched.destination(workspace, "webhook", f"url={hook.url}")
    before = numbers(watched)
    for body in ({"category": "sale"}, {"category": "sale"}, {"category": "nonsense"}):
        watched.post(workspace.key, body)
    hook.wait_for(2)
    after = numbers(watched)
    assert after["pingpilot_events_accepted_total"] - before["pingpilot_events_accepted_total"] == 2
    assert after['pingpilot_answers_total{status="404"}'] == 1
    assert after['pingpilot_destinations{channel="webhook",state="active"}'] == 1
    assert after['pingpilot_deliveries{channel="webhook",state="dead"}'] == 0
    assert after["process_resident_memory_bytes"] > 1e6


@pytest.mark.parametrize("brought", [None, "Bearer", "Bearer something else", TOKEN])
def test_nobody_else_reads_them(watched, brought):
    headers = {} if brought is None else {"Authorization": brought}
    answer = watched.request("GET", "/metrics", headers=headers)
    assert (answer.status, answer.json["code"]) == (401, "unknown_caller")
    assert "PINGPILOT_METRICS_TOKEN" in answer.json["message"]


def test_without_a_token_there_are_none(shared_service):
    answer = shared_service.request("GET", "/metrics", headers={"Authorization": "Bearer "})
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert shared_service.request("POST", "/metrics").status == 404


def test_they_are_only_read(watched):
    answer = watched.request("POST", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    head = watched.request("HEAD", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (head.status, head.body) == (200, b"")
