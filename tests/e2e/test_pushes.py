"""ntfy and Gotify on the loopback: set up, proved by the test message, and told of events."""

from collections.abc import Iterator

import pytest

from tests.servers.ports import wait_until
from tests.servers.pushes import GOTIFY_TOKEN, NTFY_TOKEN, Pushes, running_gotify, running_ntfy
from tests.servers.service import Service, Workspace


@pytest.fixture
def ntfy() -> Iterator[Pushes]:
    with running_ntfy() as server:
        yield server


@pytest.fixture
def gotify() -> Iterator[Pushes]:
    with running_gotify() as server:
        yield server


@pytest.fixture
def service(installation: Service) -> Service:
    return installation.start()


@pytest.fixture
def workspace(service: Service) -> Workspace:
    made = service.workspace()
    service.category(made)
    return made


def add(service: Service, workspace: Workspace, kind: str, *settings: str) -> None:
    service.json("destinations", "add", kind, *settings, "--workspace", str(workspace.id))


def row(service: Service, workspace: Workspace) -> dict[str, object]:
    (found,) = service.json("destinations", "list", "--workspace", str(workspace.id))
    assert isinstance(found, dict)
    return found


def test_ntfy_is_proved_by_the_test_message_and_gets_events(service: Service, workspace: Workspace, ntfy: Pushes):
    add(service, workspace, "ntfy", "topic=pings", f"server={ntfy.url}", f"token={NTFY_TOKEN}")
    assert ntfy.wait_for(1)["topic"] == "pings"
    wait_until(lambda: row(service, workspace)["isVerified"], "the topic is verified")
    event = {"category": "sale", "severity": "critical", "fields": {"amount": 99.90}}
    assert service.post(workspace.key, event).status == 200
    message = ntfy.wait_for(2)
    assert message["priority"] == 5
    assert "amount: 99.9" in message["message"]
    assert NTFY_TOKEN not in service.log


def test_gotify_is_proved_by_the_test_message_and_gets_events(service: Service, workspace: Workspace, gotify: Pushes):
    add(service, workspace, "gotify", f"server={gotify.url}", f"token={GOTIFY_TOKEN}")
    gotify.wait_for(1)
    wait_until(lambda: row(service, workspace)["isVerified"], "the application is verified")
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    assert gotify.wait_for(2)["extras"]["client::display"] == {"contentType": "text/plain"}


def test_a_wrong_token_proves_nothing_and_is_explained(service: Service, workspace: Workspace, gotify: Pushes):
    add(service, workspace, "gotify", f"server={gotify.url}", "token=Awrongwrongwron")
    wait_until(lambda: row(service, workspace)["lastError"], "the refusal is on record")
    shown = row(service, workspace)
    assert not shown["isVerified"]
    assert "valid access token" in str(shown["lastError"])


def test_a_private_server_is_refused_unless_the_operator_allows_it(installation: Service, ntfy: Pushes):
    installation.settings["PINGPILOT_ALLOW_PRIVATE_DESTINATIONS"] = "false"
    workspace = installation.start().workspace()
    done = installation.run(
        "destinations", "add", "ntfy", "topic=pings", f"server={ntfy.url}", "--workspace", str(workspace.id)
    )
    assert done.returncode != 0
    assert "Enter an https:// URL" in done.stderr
    assert not ntfy.messages
