"""The answers to a question as each channel shows them: buttons where it has them, links elsewhere."""

import pytest

from pingpilot.channels import discord, discord_webhook, email, ntfy, slack, telegram, webhook
from pingpilot.domain.outcome import Delivered
from pingpilot.domain.question import OPTIONS_MAX, fields_with
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

LINK = "https://ping.example/answer/aBc"
OPTIONS = ("Yes", "No <later>")
KNOWN_DM = {**CONFIGS["discord"], "dm_channel_id": "323456789012345678"}
LOCAL = json_reply(400, {"code": 50035, "errors": {"components": {"0": {"components": {"0": {"url": {}}}}}}})


def asking(*options, url=LINK):
    return a_message(description="Deploy?", fields_json=fields_with(options or OPTIONS), url=url)


def first(channel, config, message=None):
    return next(channel.converse(message or asking(), config))


def test_the_choices_are_no_fields():
    message = asking()
    assert (message.fields, message.fields_json) == ((), "{}")
    assert [(one.text, one.url) for one in message.choices] == [
        ("Yes", f"{LINK}?choice=0"),
        ("No <later>", f"{LINK}?choice=1"),
    ]


@pytest.mark.parametrize("fields", ['{"answers":"Yes"}', '{"answers":7}', "{}", '{ "answers":["a"]}'])
def test_no_report_is_taken_for_a_question(fields):
    assert a_message(fields_json=fields).choices == ()


def test_telegram_has_a_button_for_each():
    payload = payload_of(first(telegram, CONFIGS["telegram"]))
    rows = payload["reply_markup"]["inline_keyboard"]
    assert [[one["text"] for one in row] for row in rows] == [["Yes"], ["No <later>"]]
    assert [row[0]["callback_data"] for row in rows] == [f"answer:{'e' * 32}:0", f"answer:{'e' * 32}:1"]
    longest = payload_of(first(telegram, CONFIGS["telegram"], asking(*map(str, range(OPTIONS_MAX)))))
    data = [row[0]["callback_data"] for row in longest["reply_markup"]["inline_keyboard"]]
    assert max(len(one.encode()) for one in data) <= 64


def test_telegram_keeps_the_buttons_where_it_cannot_read_the_markup():
    unread = json_reply(400, {"ok": False, "description": "Bad Request: can't parse entities"})
    sent = json_reply(200, {"ok": True, "result": {"message_id": 7}})
    _, calls = drive(telegram.converse(asking(), CONFIGS["telegram"]), unread, sent)
    assert all("reply_markup" in payload_of(call) for call in calls)


def test_what_is_no_question_has_no_buttons():
    assert "reply_markup" not in payload_of(first(telegram, CONFIGS["telegram"], a_message()))
    for channel, config in ((discord, KNOWN_DM), (discord_webhook, CONFIGS["discord-webhook"])):
        assert "components" not in payload_of(first(channel, config, a_message()))
    assert "actions" not in payload_of(first(ntfy, CONFIGS["ntfy"], a_message()))


@pytest.mark.parametrize(("channel", "config"), [(discord, KNOWN_DM), (discord_webhook, CONFIGS["discord-webhook"])])
def test_discord_has_buttons_that_open_the_answers_page(channel, config):
    call = first(channel, config, asking(*map(str, range(7))))
    rows = payload_of(call)["components"]
    assert [len(row["components"]) for row in rows] == [5, 2]
    assert rows[1]["components"][1] == {"type": 2, "style": 5, "label": "6", "url": f"{LINK}?choice=6"}
    assert ("with_components=true" in call.url) == (channel is discord_webhook)


@pytest.mark.parametrize(("channel", "config"), [(discord, KNOWN_DM), (discord_webhook, CONFIGS["discord-webhook"])])
def test_discord_gets_it_without_buttons_where_it_refuses_their_address(channel, config):
    sent = json_reply(200, {"id": "423456789012345678"})
    outcome, (_, again) = drive(channel.converse(asking(), config), LOCAL, sent)
    assert isinstance(outcome, Delivered)
    assert "components" not in payload_of(again)


def test_discord_takes_no_address_that_is_too_long():
    call = first(discord_webhook, CONFIGS["discord-webhook"], asking(url="https://ping.example/" + "a" * 500))
    assert "components" not in payload_of(call)


def test_slack_has_a_link_for_each():
    (links,) = (
        block["text"]["text"]
        for block in payload_of(first(slack, CONFIGS["slack"]))["blocks"]
        if "👉" in block.get("text", {}).get("text", "")
    )
    assert links == f"👉 *<{LINK}?choice=0|Yes>*   👉 *<{LINK}?choice=1|No &lt;later&gt;>*"


def test_ntfy_has_three_buttons_at_most():
    actions = payload_of(first(ntfy, CONFIGS["ntfy"]))["actions"]
    assert actions[0] == {"action": "view", "label": "Yes", "url": f"{LINK}?choice=0", "clear": True}
    assert "actions" not in payload_of(first(ntfy, CONFIGS["ntfy"], asking("1", "2", "3", "4")))


def test_a_mail_has_a_button_for_each():
    mail = first(email, CONFIGS["email"])
    assert f'<a href="{LINK}?choice=1"' in mail.html
    assert "No &lt;later&gt;</a>" in mail.html
    assert f"Yes: {LINK}?choice=0\n" in mail.text


def test_a_webhook_gets_the_question_with_its_link_alone():
    data = payload_of(first(webhook, CONFIGS["webhook"]))["data"]
    assert (data["url"], data["fields"]) == (LINK, {})
