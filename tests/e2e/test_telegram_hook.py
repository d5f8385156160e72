"""Telegram as it calls a public instance: forged, repeated and right calls, and the way back to polling."""

import json
from collections.abc import Iterator

import pytest

from pingpilot.channels.telegram import LINKED, REFUSED
from pingpilot.domain.telegram_updates import BLOCKED
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace
from tests.servers.telegram import NAME, TOKEN, Telegram, running_telegram

CHAT = 4_711
PUBLIC = "https://ping.example"


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with running_telegram() as server:
        yield server


@pytest.fixture
def service(installation: Service, telegram: Telegram) -> Service:
    installation.settings |= {
        "PINGPILOT_TELEGRAM_BOT_TOKEN": TOKEN,
        "PINGPILOT_TELEGRAM_BOT_USERNAME": NAME,
        "PINGPILOT_TELEGRAM_API_URL": telegram.url,
        "PINGPILOT_PUBLIC_URL": PUBLIC,
    }
    installation.start()
    wait_until(lambda: telegram.hook, "the bot asks to be called")
    return installation


class Caller:
    """Calls the service as Telegram would."""

    def __init__(self, service: Service, telegram: Telegram) -> None:
        assert telegram.hook is not None
        assert telegram.hook["url"] == f"{PUBLIC}/hooks/telegram"
        self.secret = str(telegram.hook["secret_token"])
        self.service = service
        self.number = 0

    def tell(self, secret: str | None = None, repeats: bool = False, **update: object) -> int:
        """Send one update, under the next number or again under the last; return the status."""
        self.number += 0 if repeats else 1
        body = json.dumps({"update_id": self.number, **update}).encode()
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret if secret is None else secret}
        return self.service.request("POST", "/hooks/telegram", body, headers).status

    def change(self, status: str) -> int:
        chat = {"id": CHAT, "type": "private"}
        return self.tell(my_chat_member={"chat": chat, "new_chat_member": {"status": status}})


def said(text: str, chat: int = CHAT, kind: str = "private", **members: object) -> dict[str, object]:
    person = {"id": CHAT, "is_bot": False, "first_name": "Ada"}
    return {"message_id": 1, "from": person, "chat": {"id": chat, "type": kind}, "text": text, **members}


def row(service: Service, workspace: Workspace) -> dict[str, object]:
    (found,) = service.json("destinations", "list", "--workspace", str(workspace.id))
    assert isinstance(found, dict)
    return found


def reason(service: Service) -> str:
    return str(service.rows("SELECT disabled_reason FROM store_destination")[0][0])


def code(service: Service, workspace: Workspace) -> str:
    begun = service.json("destinations", "add", "telegram", "--workspace", str(workspace.id))
    return str(begun["link"].partition("start=")[2])


def test_a_code_that_telegram_tells_of_links_once_and_forged_calls_change_nothing(service: Service, telegram: Telegram):
    workspace, caller = service.workspace(), Caller(service, telegram)
    start = said(f"/start {code(service, workspace)}")
    assert caller.tell(secret="", message=start) == 401
    assert caller.tell(secret="f" * 64, message=start) == 401
    assert not row(service, workspace)["isVerified"]
    assert caller.tell(message=start) == 200
    assert row(service, workspace)["isVerified"]
    assert caller.tell(message=start, repeats=True) == 200
    assert caller.tell(message=said("hello?")) == 200
    telegram.wait_for(REFUSED)
    assert [one["text"] for one in telegram.sent] == [LINKED, REFUSED]  # the repeat was not answered
    assert caller.secret not in service.log
    assert service.log.count('"hook.refused"') == 2


def test_who_blocks_the_bot_is_off_until_they_unblock_it(service: Service, telegram: Telegram):
    workspace, caller = service.workspace(), Caller(service, telegram)
    service.category(workspace)
    caller.tell(message=said(f"/start {code(service, workspace)}"))
    caller.change("kicked")
    assert row(service, workspace)["isDisabled"]
    assert reason(service) == BLOCKED
    caller.change("member")
    assert not row(service, workspace)["isDisabled"]
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    assert telegram.wait_for("Event Notification")["chat_id"] == CHAT


def test_a_group_is_linked_and_followed_when_it_moves(service: Service, telegram: Telegram):
    workspace, caller = service.workspace(), Caller(service, telegram)
    service.category(workspace)
    caller.tell(message=said(f"/start@{NAME} {code(service, workspace)}", -CHAT, "group"))
    assert telegram.wait_for(LINKED)["chat_id"] == -CHAT
    caller.tell(message=said("", -CHAT, "group", migrate_to_chat_id=-1001234567890))
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    assert telegram.wait_for("Event Notification")["chat_id"] == -1001234567890


def test_without_a_public_address_the_bot_polls_again(service: Service, telegram: Telegram):
    assert service.stop() == 0
    del service.settings["PINGPILOT_PUBLIC_URL"]
    service.start()
    wait_until(lambda: telegram.hook is None, "the bot asks not to be called")
    telegram.write(CHAT, f"/start {service.workspace().key}")
    telegram.wait_for(LINKED)
