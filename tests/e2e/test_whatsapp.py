"""WhatsApp from the one-time link to events, and what Meta tells later, with a Cloud API on the loopback."""

import re
import time
from collections.abc import Iterator, Mapping

import pytest

from tests.servers.graph import VERIFY_TOKEN, Graph, running_graph, signed
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace

PERSON = "15551234567"


@pytest.fixture
def graph() -> Iterator[Graph]:
    with running_graph() as server:
        yield server


@pytest.fixture
def service(installation: Service, graph: Graph) -> Service:
    installation.settings |= graph.settings
    return installation.start()


@pytest.fixture
def workspace(service: Service) -> Workspace:
    made = service.workspace()
    service.category(made)
    return made


def tell(service: Service, value: Mapping[str, object]) -> int:
    return service.request("POST", "/hooks/whatsapp", *signed(value)).status


def say(service: Service, text: str) -> None:
    at = str(int(time.time()))
    message = {"from": PERSON, "id": "wamid.in", "timestamp": at, "type": "text", "text": {"body": text}}
    assert tell(service, {"contacts": [], "messages": [message]}) == 200


def status(name: str, message: str, **more: object) -> dict[str, object]:
    return {"statuses": [{"id": message, "status": name, "timestamp": "1", "recipient_id": PERSON, **more}]}


def row(service: Service, workspace: Workspace) -> dict[str, object]:
    (found,) = service.json("destinations", "list", "--workspace", str(workspace.id))
    assert isinstance(found, dict)
    return found


def receipt(service: Service, workspace: Workspace, event: str) -> dict[str, object]:
    answer = service.request("GET", f"/api/v1/events/{event}", b"", {"Authorization": f"Bearer {workspace.key}"})
    found: dict[str, object] = answer.json
    return found


def link(service: Service, graph: Graph, workspace: Workspace) -> None:
    """Add the destination and send the code of its link, as a person does."""
    added = service.json("destinations", "add", "whatsapp", "--workspace", str(workspace.id))
    code = re.fullmatch(r"https://wa\.me/15550783881\?text=([\w-]{43})", added["link"])
    assert code
    say(service, code[1])
    assert graph.wait_for(1)["text"]["body"].startswith("Congratulations!")


def test_who_sends_the_code_is_linked_and_gets_full_text(service: Service, graph: Graph, workspace: Workspace):
    link(service, graph, workspace)
    shown = row(service, workspace)
    assert (shown["isVerified"], shown["address"]) == (True, "+15 … 67")
    assert service.post(workspace.key, {"category": "sale", "fields": {"amount": 99.5}}).status == 200
    message = graph.wait_for(2)
    assert (message["to"], message["type"]) == (PERSON, "text")
    assert "amount: 99.5" in message["text"]["body"]
    assert PERSON not in service.log


def test_what_was_too_late_comes_again_by_the_template(service: Service, graph: Graph, workspace: Workspace):
    link(service, graph, workspace)
    event = service.post(workspace.key, {"category": "sale"}).json["eventId"]
    taken = graph.wait_for(2)["id"]
    wait_until(lambda: receipt(service, workspace, event)["status"] == "DELIVERED", "the event counts as delivered")
    assert tell(service, status("failed", taken, errors=[{"code": 131047, "title": "Re-engagement message"}])) == 200
    assert graph.wait_for(3)["type"] == "template"
    wait_until(lambda: receipt(service, workspace, event)["status"] == "DELIVERED", "the template was taken")
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    assert graph.wait_for(4)["type"] == "template"  # the window is known as closed
    say(service, "thanks")
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    assert graph.wait_for(5)["type"] == "text"


def test_what_failed_for_good_is_no_longer_delivered(service: Service, graph: Graph, workspace: Workspace):
    service.destination(workspace, "whatsapp", f"number=+{PERSON}")
    event = service.post(workspace.key, {"category": "sale"}).json["eventId"]
    taken = graph.wait_for(1)
    assert taken["type"] == "template"  # nobody has written yet
    wait_until(lambda: receipt(service, workspace, event)["status"] == "DELIVERED", "the event counts as delivered")
    assert tell(service, status("failed", taken["id"], errors=[{"code": 131050, "title": "User stopped"}])) == 200
    wait_until(lambda: receipt(service, workspace, event)["status"] == "FAILED", "the event has failed")
    assert row(service, workspace)["isDisabled"]


def test_stop_and_start(service: Service, graph: Graph, workspace: Workspace):
    link(service, graph, workspace)
    say(service, "STOP")
    assert row(service, workspace)["isDisabled"]
    say(service, "START")
    assert not row(service, workspace)["isDisabled"]


def test_only_meta_is_heard(service: Service, workspace: Workspace):
    asked = f"hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=1158201444"
    assert service.request("GET", f"/hooks/whatsapp?{asked}").body == b"1158201444"
    assert service.request("GET", f"/hooks/whatsapp?{asked.replace(VERIFY_TOKEN, 'x')}").status == 401
    assert service.request("POST", "/hooks/whatsapp", *signed({}, "another secret")).status == 401
    assert service.request("POST", "/hooks/whatsapp", b"{}").status == 401
    assert VERIFY_TOKEN not in service.log
