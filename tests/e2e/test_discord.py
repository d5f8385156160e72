"""Discord from the proving message to events, and its own calls, with a Discord on the loopback."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.servers.discord import CLIENT_ID, CLIENT_SECRET, TOKEN, Discord, running_discord
from tests.servers.ports import wait_until
from tests.servers.service import Answer, Service, Workspace

USER = "223456789012345678"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


@pytest.fixture
def discord() -> Iterator[Discord]:
    with running_discord() as server:
        yield server


@pytest.fixture
def service(installation: Service, discord: Discord) -> Service:
    installation.settings |= {
        "PINGPILOT_DISCORD_BOT_TOKEN": TOKEN,
        "PINGPILOT_DISCORD_PUBLIC_KEY": KEY.public_key().public_bytes_raw().hex(),
        "PINGPILOT_DISCORD_API_URL": discord.url,
        "PINGPILOT_DISCORD_CLIENT_ID": CLIENT_ID,
        "PINGPILOT_DISCORD_CLIENT_SECRET": CLIENT_SECRET,
    }
    return installation.start()


@pytest.fixture
def workspace(service: Service) -> Workspace:
    made = service.workspace()
    service.category(made)
    return made


def row(service: Service, workspace: Workspace) -> dict[str, object]:
    (found,) = service.json("destinations", "list", "--workspace", str(workspace.id))
    assert isinstance(found, dict)
    return found


def told(service: Service, kind: str, at: datetime | None = None, key: Ed25519PrivateKey = KEY) -> tuple[int, bytes]:
    """Let Discord tell of a person; return the status and the signed call's signature."""
    data = {"integration_type": 1, "user": {"id": USER, "username": "ada"}}
    body = json.dumps({"version": 1, "type": 1, "event": {"type": kind, "timestamp": "", "data": data}}).encode()
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    return called(service, body, stamp, key.sign(stamp.encode() + body).hex())


def called(service: Service, body: bytes, stamp: str, signature: str) -> tuple[int, bytes]:
    headers = {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": stamp}
    answer = service.request("POST", "/hooks/discord", body, headers)
    return answer.status, answer.body


def confirm(service: Service, path: str, page: Answer) -> int:
    """Press the button of the page that the link leads to."""
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)
    assert token
    headers = {"Cookie": page.headers["set-cookie"].partition(";")[0], "Referer": f"{service.url}{path}"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return service.request("POST", path, b"csrfmiddlewaretoken=" + token[1], headers).status


def test_the_link_of_a_dm_proves_the_address_and_events_arrive_there(
    service: Service, discord: Discord, workspace: Workspace
):
    service.json("destinations", "add", "discord", f"user_id={USER}", "--workspace", str(workspace.id))
    message = discord.wait_for(1)
    link = re.fullmatch(r"http://127\.0\.0\.1:\d+(/dashboard/channels/confirm/[\w-]{43})", message["content"])
    assert link
    page = service.request("GET", link[1])
    assert not row(service, workspace)["isVerified"]  # to look at it, as scanners do, is not to confirm
    assert confirm(service, link[1], page) == 200
    assert row(service, workspace)["isVerified"]
    assert service.post(workspace.key, {"category": "sale", "fields": {"amount": 99.90}}).status == 200
    embed = discord.wait_for(2)["embeds"][0]
    assert embed["fields"][0]["value"] == "99.9"
    assert discord.opened == [USER]  # the DM was remembered


def test_closed_dms_disable_the_destination_alone(service: Service, discord: Discord, workspace: Workspace):
    service.destination(workspace, "discord", f"user_id={USER}")
    discord.closed.add(USER)
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    wait_until(lambda: bool(row(service, workspace)["isDisabled"]), "the destination is disabled")


def test_discord_tells_who_removed_the_bot_and_nobody_else_does(service: Service, workspace: Workspace):
    service.destination(workspace, "discord", f"user_id={USER}")
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    assert told(service, "APPLICATION_DEAUTHORIZED", key=stranger)[0] == 401
    assert told(service, "APPLICATION_DEAUTHORIZED", datetime.now(UTC) - timedelta(minutes=6))[0] == 401
    assert service.request("POST", "/hooks/discord", b"{}").status == 401
    assert not row(service, workspace)["isDisabled"]
    assert told(service, "APPLICATION_DEAUTHORIZED") == (204, b"")
    assert row(service, workspace)["isDisabled"]
    assert told(service, "APPLICATION_AUTHORIZED") == (204, b"")
    assert not row(service, workspace)["isDisabled"]
    assert service.log.count('"hook.refused"') == 3
    assert USER not in service.log


def test_a_replayed_call_changes_nothing(service: Service, workspace: Workspace):
    service.destination(workspace, "discord", f"user_id={USER}")
    body = json.dumps(
        {"type": 1, "event": {"type": "APPLICATION_DEAUTHORIZED", "data": {"user": {"id": USER}}}}
    ).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    signature = KEY.sign(stamp.encode() + body).hex()
    assert called(service, body, stamp, signature)[0] == 204
    assert told(service, "APPLICATION_AUTHORIZED")[0] == 204
    assert called(service, body, stamp, signature)[0] == 204
    assert not row(service, workspace)["isDisabled"]


def test_the_door_over_a_real_socket(service: Service):
    assert service.request("POST", "/hooks/discord", b"x" * 1_048_577).status == 413
    assert service.request("PUT", "/hooks/discord").status == 405
    assert service.request("GET", "/hooks/nobody").status == 404
    assert service.request("POST", "/hooks/telegram", b"{}").status == 404  # not set up here
