"""The Slack channel: both ways to post, and what Slack's errors mean."""

from datetime import timedelta

import pytest

from pingpilot.channels.slack import SPEC, converse
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    Scope,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

URL = {"url": CONFIGS["slack"]["url"]}
BOT = {name: CONFIGS["slack"][name] for name in ("token", "channel")}
OK = Reply(200, body=b"ok")
SENT = json_reply(200, {"ok": True, "channel": "C0123456789", "ts": "1503435956.000247"})
CHECKS = {field.name: field.check for field in SPEC.owner_fields}
LINK = f"https://ping.example/dashboard/events/{'e' * 32}"


def call_for(config, message=None):
    _, (call,) = drive(converse(message or a_message(), config), OK)
    return call


def blocks_of(message):
    return payload_of(call_for(BOT, message))["blocks"]


def by_webhook(status, text):
    return drive(converse(a_message(), URL), Reply(status, body=text.encode()))[0]


def by_bot(error, status=200, **headers):
    return drive(converse(a_message(), BOT), json_reply(status, {"ok": False, "error": error}, **headers))[0]


def test_a_webhook_gets_the_blocks():
    call = call_for(URL)
    assert (call.method, call.url) == ("POST", URL["url"])
    assert "Authorization" not in call.headers
    assert set(payload_of(call)) == {"text", "blocks", "mrkdwn", "unfurl_links", "unfurl_media"}


def test_a_bot_names_its_channel():
    call = call_for(BOT)
    assert call.url == "https://slack.com/api/chat.postMessage"
    assert call.headers["Authorization"] == f"Bearer {BOT['token']}"
    assert call.headers["Content-Type"] == "application/json; charset=utf-8"
    assert payload_of(call)["channel"] == "C0123456789"
    assert call_for(BOT | {"api_url": "https://slack-gov.com/api"}).url.startswith("https://slack-gov.com/api/")


def test_the_blocks_tell_the_event():
    time = "<!date^1795411620^{date_short_pretty} {time_secs}|2026-11-23T05:27:00.000Z>"
    plain = {"type": "plain_text", "emoji": False}
    markup = {"type": "mrkdwn", "verbatim": True}
    assert blocks_of(a_message(late=timedelta(minutes=5))) == [
        {"type": "section", "text": markup | {"text": f"*<{LINK}|💰 Sale>*"}},
        {"type": "section", "text": plain | {"text": "A new sale"}},
        {
            "type": "section",
            "fields": [
                plain | {"text": "amount\n99.90"},
                plain | {"text": "plan\nPRO"},
                plain | {"text": "paid\ntrue"},
            ],
        },
        {
            "type": "context",
            "elements": [
                markup | {"text": f"🕒 {time}"},
                markup | {"text": "⏳ Delivered late: this happened 5 minutes ago."},
            ],
        },
    ]


def test_data_never_becomes_markup():
    wicked = "<!channel> <@U1> <https://a.b|c> &lt; *b* :wave:"
    shown = "&lt;!channel&gt; &lt;@U1&gt; &lt;https://a.b|c&gt; &amp;lt; *b* :wave:"
    _, description, fields, _ = blocks_of(a_message(description=wicked, fields={wicked: wicked}))
    assert description["text"] == {"type": "plain_text", "text": shown, "emoji": False}
    assert fields["fields"][0]["text"] == f"{shown}\n{shown}"


def test_a_link_cannot_break_out_of_its_place():
    (title, *_) = blocks_of(a_message(url="https://shop.example/?a=1&b=<x>|y"))
    assert title["text"]["text"] == "*<https://shop.example/?a=1&amp;b=%3Cx%3E%7Cy|💰 Sale>*"


def test_the_notification_mentions_nobody():
    message = a_message(description="@channel <!here>\nsee ada@example.com")
    text = payload_of(call_for(BOT, message))["text"]
    assert text == "💰 Sale: @\u200bchannel &lt;!here&gt; see ada@example.com"


def test_ten_fields_stand_in_a_section():
    blocks = blocks_of(a_message(fields={f"f{n}": n for n in range(25)}))
    assert [len(block["fields"]) for block in blocks if "fields" in block] == [10, 10, 5]


def test_what_does_not_fit_is_counted_and_linked():
    blocks = blocks_of(a_message(fields={f"f{n}": "x" * 1800 for n in range(50)}))
    shown = sum(len(block.get("fields", ())) for block in blocks)
    assert blocks[-1]["elements"][-1]["text"] == f"<{LINK}|… +{50 - shown} more>"
    assert shown == 6


def test_a_cut_value_is_linked_too():
    assert blocks_of(a_message(fields={"log": "x" * 2000}))[-1]["elements"][-1]["text"] == f"<{LINK}|… more>"


def test_what_was_posted():
    assert drive(converse(a_message(), URL), OK)[0] == Delivered()
    assert drive(converse(a_message(), BOT), SENT)[0] == Delivered("1503435956.000247")


DEAD = [
    "no_service", "no_active_hooks", "no_team", "team_disabled", "invalid_token", "channel_is_archived", "is_archived",
    "channel_not_found", "not_in_channel", "user_not_found", "action_prohibited", "posting_to_general_channel_denied",
    "restricted_action", "invalid_auth", "account_inactive", "token_revoked", "not_authed", "missing_scope",
]  # fmt: skip
BAD = [
    "invalid_payload", "invalid_blocks", "no_text", "msg_too_long", "msg_blocks_too_long", "too_many_attachments",
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        *((error, AddressDead) for error in DEAD),
        *((error, BadMessage) for error in BAD),
        ("rollup_error", Transient),
        ("service_unavailable", Transient),
        ("internal_error", Unknown),
        ("fatal_error", Unknown),
        ("ratelimited", RateLimited),
        ("rate_limited", RateLimited),
        ("something_new", Unknown),
    ],
)
def test_what_an_error_of_the_api_means(error, meaning):
    found = by_bot(error)
    assert isinstance(found, meaning)
    assert found.code == error


@pytest.mark.parametrize(
    ("status", "text", "meaning"),
    [
        (404, "no_service", AddressDead),
        (404, "No service", AddressDead),
        (403, "invalid_token", AddressDead),
        (410, "channel_is_archived", AddressDead),
        (500, "action_prohibited", AddressDead),
        (400, "invalid_payload", BadMessage),
        (400, "invalid_blocks", BadMessage),
        (500, "rollup_error", Transient),
        (404, "", AddressDead),
        (410, "", AddressDead),
        (403, "<html>", AddressSuspect),
        (400, "something_new", BadMessage),
        (502, "<html>", Transient),
        (200, "<html>", Unknown),
    ],
)
def test_what_an_answer_to_a_webhook_means(status, text, meaning):
    assert isinstance(by_webhook(status, text), meaning)


def test_a_rate_limit_holds_this_channel_for_as_long_as_told():
    assert by_bot("ratelimited", 429, retry_after="30") == RateLimited(
        timedelta(seconds=30), Scope.ADDRESS, "Answered 429: ratelimited", "ratelimited"
    )
    assert isinstance(by_webhook(429, ""), RateLimited)


def test_neither_url_nor_token_reaches_the_record():
    assert URL["url"][-10:] not in by_webhook(500, f"POST {URL['url']} broke").detail
    reply = Reply(500, body=f"token {BOT['token']}".encode())
    assert BOT["token"] not in drive(converse(a_message(), BOT), reply)[0].detail


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "url"),
        ({"channel": "C1"}, "url"),
        ({"token": BOT["token"]}, "channel"),
        (URL | {"token": BOT["token"]}, "url"),
        (URL | {"channel": "C0123456789"}, "url"),
    ],
)
def test_it_is_a_webhook_or_a_bot(settings, field):
    assert (SPEC.check(settings) or ("",))[0] == field


@pytest.mark.parametrize("settings", [URL, BOT])
def test_either_is_enough(settings):
    assert SPEC.check(settings) is None


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("url", "https://hooks.slack-gov.com/services/T0/B0/aBcDeFgH"),
        ("channel", "#general"),
        ("channel", "général-2"),
    ],
)
def test_right_settings(name, right):
    assert CHECKS[name](right) is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("url", "https://hooks.slack.com/triggers/T0/1/aBcDeFgHiJ"),
        ("url", "https://hooks.slack.com.evil.example/services/T0/B0/aBcDeFgH"),
        ("url", "http://hooks.slack.com/services/T0/B0/aBcDeFgH"),
        ("url", "https://hooks.slack.com/services/T0/B0/aBcDeFgH?x"),
        ("token", "xoxp-123456789012-x"),
        ("channel", "two words"),
        ("channel", "<!channel>"),
    ],
)
def test_wrong_settings(name, wrong):
    assert CHECKS[name](wrong)


def test_a_list_shows_the_channel_or_the_beginning_of_the_workspace():
    assert SPEC.address(URL) == "webhook T012…"
    assert SPEC.address(BOT) == "bot in C0123456789"
