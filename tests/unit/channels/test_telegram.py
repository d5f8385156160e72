"""The Telegram channel: the text it sends, and what the Bot API's answers mean."""

from datetime import timedelta

import pytest

from pingpilot.channels.telegram import SPEC, WITHOUT_MARKUP, converse
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.telegram_text import text_of
from pingpilot.domain.wire import Call, Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

CONFIG = CONFIGS["telegram"]
TOKEN = CONFIG["bot_token"]
SENT = json_reply(200, {"ok": True, "result": {"message_id": 77}})
UNPARSABLE = json_reply(400, {"ok": False, "description": "Bad Request: can't parse entities: Unsupported tag"})
LAYOUT = """🎉 Event Notification 🎉

📌 Category: 💰 Sale
📝 Description: A &lt;new&gt; sale &amp; more
🎨 Color Code: #FFEB3B
🕒 Timestamp: 2026-11-23T05:27:00.000Z

📌 Details:
🔹 amount: 99.90
🔹 plan: PRO
🔹 paid: true"""


def refusal(status, description, **parameters):
    return json_reply(status, {"ok": False, "error_code": status, "description": description, "parameters": parameters})


def outcome(reply):
    return drive(converse(a_message(), CONFIG), reply)[0]


def test_the_text_is_in_the_promised_layout():
    assert text_of(a_message(description="A <new> sale & more")) == LAYOUT


def test_without_fields_there_are_no_details():
    assert text_of(a_message(fields={})).endswith("🕒 Timestamp: 2026-11-23T05:27:00.000Z")


def test_the_title_links_to_the_events_own_url():
    assert '<a href="https://shop.example/?a=1&amp;b=2">💰 Sale</a>' in text_of(
        a_message(url="https://shop.example/?a=1&b=2")
    )


def test_lateness_and_repeats_are_said():
    text = text_of(a_message(late=timedelta(hours=3), is_maybe_repeat=True))
    assert "\n⏳ Delivered late: this happened 3 hours ago.\n⏳ This may be a repeat" in text


def test_the_request():
    found, (call,) = drive(converse(a_message(), CONFIG), SENT)
    assert found == Delivered("77")
    assert isinstance(call, Call)
    assert call.url == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert payload_of(call) == {
        "chat_id": 123456789,
        "text": text_of(a_message()),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


def test_what_does_not_fit_is_counted_and_linked():
    text = text_of(a_message(fields={f"field {n}": "<" * 300 for n in range(50)}))
    shown = text.count("🔹")
    assert text.endswith(f'\n<a href="https://ping.example/dashboard/events/{"e" * 32}">… +{50 - shown} more</a>')


def test_a_cut_description_is_linked():
    assert text_of(a_message(description="x" * 4000, fields={})).endswith(">… more</a>")


def test_markup_that_telegram_cannot_read_is_sent_once_more_as_plain_text():
    found, (_, again) = drive(converse(a_message(description="1 < 2"), CONFIG), UNPARSABLE, SENT)
    assert found == Delivered("77", WITHOUT_MARKUP)
    assert "parse_mode" not in payload_of(again)
    assert "📝 Description: 1 < 2\n" in payload_of(again)["text"]


def test_plain_text_that_telegram_cannot_read_either_is_a_bad_message():
    found, said = drive(converse(a_message(), CONFIG), UNPARSABLE, UNPARSABLE)
    assert isinstance(found, BadMessage)
    assert len(said) == 2


def test_a_chat_that_moved_is_followed_and_remembered():
    moved = refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)
    found, (_, again) = drive(converse(a_message(), CONFIG), moved, SENT)
    assert payload_of(again)["chat_id"] == -1001234567890
    assert found == Delivered("77", new_settings={"chat_id": "-1001234567890"})


@pytest.mark.parametrize("nonsense", ["soon", True, None, 10**30])
def test_a_chat_that_moved_nowhere_is_not_followed(nonsense):
    found, said = drive(converse(a_message(), CONFIG), refusal(400, "Bad Request: x", migrate_to_chat_id=nonsense))
    assert isinstance(found, BadMessage)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("status", "description", "meaning"),
    [
        (403, "Forbidden: bot was blocked by the user", AddressDead),
        (403, "Forbidden: user is deactivated", AddressDead),
        (403, "Forbidden: bot can't initiate conversation with a user", AddressDead),
        (403, "Forbidden: bot was kicked from the group chat", AddressDead),
        (403, "Forbidden: bot was kicked from the supergroup chat", AddressDead),
        (403, "Forbidden: bot is not a member of the channel chat", AddressDead),
        (403, "Forbidden: the group chat was deleted", AddressDead),
        (400, "Bad Request: not enough rights to send text messages to the chat", AddressDead),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", AddressDead),
        (400, "Bad Request: chat not found", AddressSuspect),
        (400, "Bad Request: private chat not found", AddressSuspect),
        (400, "Bad Request: PEER_ID_INVALID", AddressSuspect),
        (403, "Forbidden: something new", AddressSuspect),
        (400, "Bad Request: message is too long", BadMessage),
        (400, "Bad Request: message text is empty", BadMessage),
        (400, "Bad Request: something new", BadMessage),
        (401, "Unauthorized", SenderBroken),
        (404, "Not Found", SenderBroken),
        (421, "Misdirected Request", SenderBroken),
        (409, "Conflict: terminated by other getUpdates request", Transient),
        (429, "Too Many Requests: retry after 7", RateLimited),
        (500, "Internal Server Error", Transient),
        (502, "Bad Gateway", Transient),
        (504, "Gateway Timeout", Transient),
    ],
)
def test_what_an_answer_means(status, description, meaning):
    assert isinstance(outcome(refusal(status, description)), meaning)


@pytest.mark.parametrize(
    ("parameters", "headers", "wait"),
    [
        ({"retry_after": 2282}, {}, timedelta(seconds=2282)),
        ({}, {"retry_after": "31"}, timedelta(seconds=31)),
        ({"retry_after": 10**9}, {}, timedelta(hours=24)),
        ({"retry_after": "soon"}, {}, timedelta(minutes=1)),
        ({"retry_after": 0}, {}, timedelta(minutes=1)),
    ],
)
def test_a_rate_limit_is_kept_for_as_long_as_told(parameters, headers, wait):
    assert outcome(json_reply(429, {"ok": False, "parameters": parameters}, **headers)).retry_after == wait


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok": false}', b"[]"])
def test_an_ok_that_says_nothing_is_unknown(body):
    assert isinstance(outcome(Reply(200, body=body)), Unknown)


def test_the_token_does_not_reach_the_record():
    assert TOKEN not in outcome(Reply(502, body=f"cannot reach /bot{TOKEN}/sendMessage".encode())).detail


def test_a_list_shows_the_end_of_the_number():
    assert SPEC.address(CONFIG) == "chat …6789"
