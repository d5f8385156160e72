"""The Discord webhook channel: the request, the embed, and what Discord's codes mean."""

from datetime import timedelta

import pytest

from pingpilot.channels.discord_webhook import SPEC, converse, url_issue
from pingpilot.domain.discord_api import GLOBAL_WAIT
from pingpilot.domain.embed import unmarked
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
)
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, DISCORD_TOKEN, a_message, drive, json_reply, payload_of

CONFIG = CONFIGS["discord-webhook"]
SENT = json_reply(200, {"id": "1234567890123456789"})


def call_for(message=None, **config):
    _, (call,) = drive(converse(message or a_message(), {**CONFIG, **config}), SENT)
    return call


def outcome(reply):
    return drive(converse(a_message(), CONFIG), reply)[0]


def test_the_url_is_rebuilt_on_the_current_api():
    path = f"/webhooks/123456789012345678/{DISCORD_TOKEN}?wait=true"
    assert call_for().url == f"https://discord.com/api/v10{path}"
    assert call_for(api_url="http://127.0.0.1:9/api").url == f"http://127.0.0.1:9/api{path}"


def test_a_thread_of_the_channel_can_be_named():
    url = f"{CONFIG['url']}?thread_id=223456789012345678&wait=false"
    assert call_for(url=url).url.endswith("?wait=true&thread_id=223456789012345678")


def test_discord_wants_to_know_who_calls():
    assert call_for(public_url="https://ping.example").headers["User-Agent"] == "DiscordBot (https://ping.example, 1.0)"


def test_the_embed_tells_the_event_and_pings_nobody():
    assert payload_of(call_for(a_message(late=timedelta(minutes=5)))) == {
        "allowed_mentions": {"parse": []},
        "embeds": [
            {
                "title": "💰 Sale",
                "description": "A new sale",
                "url": f"https://ping.example/dashboard/events/{'e' * 32}",
                "color": 0xFFEB3B,
                "timestamp": "2026-11-23T05:27:00.000Z",
                "fields": [
                    {"name": "amount", "value": "99.90", "inline": True},
                    {"name": "plan", "value": "PRO", "inline": True},
                    {"name": "paid", "value": "true", "inline": True},
                ],
                "footer": {"text": "Delivered late: this happened 5 minutes ago."},
            }
        ],
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("99.90 and -5 at 12:30:45", "99.90 and -5 at 12:30:45"),
        ("**b** _i_ ~s~ `c` ||x||", r"\*\*b\*\* \_i\_ \~s\~ \`c\` \|\|x\|\|"),
        ("# h\n- l\n1. o\n> q\n-# s", "\\# h\n\\- l\n1\\. o\n\\> q\n\\-# s"),
        ("[a](https://b.c)", r"\[a\](https\://b.c)"),
        ("@everyone and @here", "@\u200beveryone and @\u200bhere"),
        ("<@1> <#2> <t:3:R>", r"\<@1\> \<#2\> \<t:3:R\>"),
        (":wave: \\", r"\:wave: \\"),
    ],
)
def test_data_never_becomes_markdown(text, shown):
    assert unmarked(text) == shown


def test_what_is_empty_is_shown_as_a_dash():
    embed = payload_of(call_for(a_message(fields={"\u200b": "", "x": " \n "})))["embeds"][0]
    assert [(field["name"], field["value"]) for field in embed["fields"]] == [("—", "—"), ("x", "—")]


def test_more_fields_than_fit_are_counted_and_linked():
    embed = payload_of(call_for(a_message(fields={f"f{n}": n for n in range(50)})))["embeds"][0]
    link = f"[Open the event](https://ping.example/dashboard/events/{'e' * 32})"
    assert len(embed["fields"]) == 25
    assert embed["fields"][-1] == {"name": "… +26 more", "value": link, "inline": True}


def test_a_cut_text_is_linked_too():
    embed = payload_of(call_for(a_message(fields={"log": "x" * 2000})))["embeds"][0]
    assert len(embed["fields"][0]["value"]) == 1024
    assert embed["fields"][0]["value"].endswith("…")
    assert embed["fields"][1]["name"] == "…"


def test_a_link_that_discord_refuses_is_left_out():
    refusal = json_reply(400, {"code": 50035, "errors": {"embeds": {"0": {"url": {"_errors": []}}}}})
    found, (first, second) = drive(converse(a_message(), CONFIG), refusal, SENT)
    assert found == Delivered("1234567890123456789")
    assert "url" in payload_of(first)["embeds"][0]
    assert "url" not in payload_of(second)["embeds"][0]


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, 10015, AddressDead),
        (404, 10003, AddressDead),
        (401, 50027, AddressDead),
        (403, 50027, AddressDead),
        (400, 220001, AddressDead),
        (400, 220002, AddressDead),
        (400, 220003, AddressDead),
        (400, 220004, AddressDead),
        (400, 50035, BadMessage),
        (400, 50006, BadMessage),
        (400, 50109, BadMessage),
        (400, 40005, BadMessage),
        (400, 200000, BadMessage),
        (400, 240000, BadMessage),
        (400, 20009, BadMessage),
        (403, 40333, SenderBroken),
        (400, 40004, Transient),
        (400, 40006, Transient),
        (400, 110000, Transient),
        (400, 130000, Transient),
        (400, 20016, RateLimited),
        (400, 20028, RateLimited),
        (400, 20029, RateLimited),
        (400, 40062, RateLimited),
        (429, 0, RateLimited),
        (400, 0, BadMessage),
        (401, 0, Transient),
        (403, 0, Transient),
        (404, 0, AddressSuspect),
        (500, 0, Transient),
        (502, 0, Transient),
    ],
)
def test_what_a_code_means(status, code, meaning):
    found = outcome(json_reply(status, {"code": code, "message": "…"}))
    assert isinstance(found, meaning)
    assert found.code == str(code or status) or isinstance(found, RateLimited)


def test_a_rate_limit_holds_this_webhook_for_as_long_as_told():
    limit = outcome(json_reply(429, {"retry_after": 41.5, "global": False}, retry_after="42", x_ratelimit_scope="user"))
    assert (limit.retry_after, limit.scope) == (timedelta(seconds=42), Scope.ADDRESS)


def test_a_global_limit_holds_all_of_discord():
    limit = outcome(json_reply(429, {"retry_after": 0.3, "global": True}, x_ratelimit_global="true"))
    assert (limit.scope, limit.retry_after) == (Scope.CHANNEL, GLOBAL_WAIT)
    longer = outcome(json_reply(429, {"retry_after": 41, "global": True}, x_ratelimit_global="true"))
    assert longer.retry_after == timedelta(seconds=41)


def test_a_ban_at_the_door_holds_all_of_discord_for_ten_minutes():
    ban = outcome(Reply(429, {"server": "cloudflare"}, b"error code: 1015"))
    assert (ban.retry_after, ban.scope) == (timedelta(minutes=10), Scope.CHANNEL)


@pytest.mark.parametrize(
    ("remaining", "after", "rest"),
    [("0", "1.470", 1.47), ("0", "2", 2), ("3", "1.470", None), ("0", "soon", None), ("0", "-1", None), ("", "", None)],
)
def test_an_answer_that_says_it_was_the_last_one_for_now_is_heard(remaining, after, rest):
    headers = {"x_ratelimit_remaining": remaining, "x_ratelimit_reset_after": after}
    found = outcome(json_reply(200, {"id": "1234567890123456789"}, **headers))
    assert found == Delivered("1234567890123456789", rest=timedelta(seconds=rest) if rest else None)


def test_the_token_does_not_reach_the_record():
    assert DISCORD_TOKEN not in outcome(Reply(500, body=f"/webhooks/1/{DISCORD_TOKEN} broke".encode())).detail


@pytest.mark.parametrize(
    "url",
    [
        CONFIG["url"],
        CONFIG["url"].replace("discord.com", "discordapp.com"),
        CONFIG["url"].replace("discord.com/api", "ptb.discord.com/api/v9"),
        f"{CONFIG['url']}?thread_id=123456789012345678",
    ],
)
def test_right_urls(url):
    assert url_issue(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://discord.com/api/webhooks/123456789012345678",
        CONFIG["url"].replace("https", "http"),
        CONFIG["url"].replace("discord.com", "discord.com.evil.example"),
        CONFIG["url"].replace("discord.com", "evil.example/discord.com"),
        CONFIG["url"].replace("discord.com", "discord.com@evil.example"),
        f"{CONFIG['url']}/../../users",
    ],
)
def test_wrong_urls(url):
    assert url_issue(url)


def test_a_list_shows_the_beginning_of_the_number():
    assert SPEC.address(CONFIG) == "webhook 1234…"
