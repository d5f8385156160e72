"""Telegram from link to message, with a bot server on the loopback."""

import json
from collections.abc import Iterator

import pytest

from pingpilot.channels.telegram import LINKED, REFUSED, TOO_LATE, UNKNOWN_CODE
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace
from tests.servers.telegram import NAME, TOKEN, Telegram, running_telegram

CHAT = 4_711


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
    }
    return installation.start()


def destinations(service: Service, workspace: Workspace) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = service.json("destinations", "list", "--workspace", str(workspace.id))
    return rows


def test_a_one_time_link_links_the_chat_once_and_events_arrive_there(service: Service, telegram: Telegram):
    workspace = service.workspace()
    service.category(workspace)
    begun = service.json("destinations", "add", "telegram", "--workspace", str(workspace.id))
    assert begun["link"].startswith(f"https://t.me/{NAME}?start=")
    code = begun["link"].partition("start=")[2]
    telegram.write(CHAT, f"/start {code}")
    telegram.wait_for(LINKED)
    assert destinations(service, workspace)[0]["isVerified"]
    telegram.write(CHAT + 1, f"/start {code}")
    telegram.wait_for(UNKNOWN_CODE)
    answer = service.post(workspace.key, {"category": "sale", "fields": {"amount": 99.90, "who": "<b>Ada</b>"}})
    assert answer.status == 200
    message = telegram.wait_for("Event Notification")
    assert (message["chat_id"], message["parse_mode"]) == (CHAT, "HTML")
    assert "🔹 amount: 99.9" in message["text"]
    assert "&lt;b&gt;Ada&lt;/b&gt;" in message["text"]


def test_a_key_sent_by_hand_links_too_and_anything_else_is_refused(service: Service, telegram: Telegram):
    workspace = service.workspace()
    telegram.write(CHAT, "hello?")
    telegram.wait_for(REFUSED)
    telegram.write(CHAT, f"/start {workspace.key}")
    telegram.wait_for(LINKED)
    telegram.write(CHAT, f"/start {workspace.key}")  # the same chat again is the same destination
    wait_until(lambda: sum(LINKED in one["text"] for one in telegram.sent) == 2, "it is linked again")
    assert [row["isVerified"] for row in destinations(service, workspace)] == [True]
    assert workspace.key not in service.log


def test_a_blocked_bot_disables_the_destination_alone(service: Service, telegram: Telegram):
    workspace = service.workspace()
    service.category(workspace)
    telegram.write(CHAT, f"/start {workspace.key}")
    telegram.wait_for(LINKED)
    telegram.blocked.add(str(CHAT))
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    wait_until(lambda: destinations(service, workspace)[0]["isDisabled"], "the destination is disabled")
    hint = service.post(workspace.key, {"category": "sale"}).json["hint"]
    assert "No channel" in hint


def test_a_question_is_answered_by_a_button_of_the_chat_that_got_it(service: Service, telegram: Telegram):
    workspace = service.workspace()
    service.category(workspace)
    telegram.write(CHAT, f"/start {workspace.key}")
    telegram.wait_for(LINKED)
    headers = {"Authorization": f"Bearer {workspace.key}", "Content-Type": "application/json"}
    draft = {"category": "sale", "question": "Ship it?", "options": ["Yes", "No"]}
    asked = service.request("POST", "/api/v1/questions", json.dumps(draft).encode(), headers).json

    def shown() -> dict[str, object]:
        found = service.request("GET", f"/api/v1/questions/{asked['questionId']}", headers=headers)
        return {name: found.json[name] for name in ("status", "answer")}

    keyboard = telegram.wait_for("Ship it?")["reply_markup"]["inline_keyboard"]
    data = next(one["callback_data"] for row in keyboard for one in row if one["text"] == "No")
    service.kill()  # between question and press
    service.start()
    telegram.press(CHAT + 1, data)
    wait_until(lambda: len(telegram.done) == 2, "the press of a stranger is answered")
    assert telegram.done[0][1]["text"] == TOO_LATE
    assert shown() == {"status": "open", "answer": None}
    telegram.press(CHAT, data)
    telegram.wait_for("Ada answered: No")
    assert shown() == {"status": "answered", "answer": "No"}
    telegram.press(CHAT, data.replace(":1", ":0"))
    wait_until(lambda: len(telegram.done) == 6, "the second press is answered")
    assert telegram.done[4][1]["text"] == TOO_LATE
    assert shown() == {"status": "answered", "answer": "No"}
