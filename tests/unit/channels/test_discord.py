"""The Discord bot: how it opens a DM and posts, and what Discord's codes mean for it."""

import re
from datetime import timedelta

import pytest

from pingpilot.channels.discord import OPENING_WAIT, SPEC, converse
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Call, Failure, Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

CONFIG = CONFIGS["discord"]
DM, SENT_ID = "323456789012345678", "423456789012345678"
KNOWN = {**CONFIG, "dm_channel_id": DM}
OPENED = json_reply(200, {"id": DM, "type": 1})
SENT = json_reply(200, {"id": SENT_ID})
LINK_REFUSED = json_reply(400, {"code": 50035, "errors": {"embeds": {"0": {"url": {"_errors": []}}}}})
UNLIMITED = {"x_ratelimit_limit": "5"}


def error(code, status=403, **headers):
    return json_reply(status, {"code": code, "message": "no"}, **headers)


def outcome(reply, **changes):
    """What an answer to the post means."""
    return drive(converse(a_message(**changes), KNOWN), reply)[0]


def test_a_dm_is_opened_once_and_remembered():
    found, (opening, posting) = drive(converse(a_message(), CONFIG), OPENED, SENT)
    assert isinstance(opening, Call)
    assert isinstance(posting, Call)
    assert opening.url == "https://discord.com/api/v10/users/@me/channels"
    assert payload_of(opening) == {"recipient_id": CONFIG["user_id"]}
    assert posting.url == f"https://discord.com/api/v10/channels/{DM}/messages"
    assert found == Delivered(SENT_ID, new_settings={"dm_channel_id": DM})


def test_a_dm_that_is_known_is_not_opened_again():
    found, (posting,) = drive(converse(a_message(), KNOWN), SENT)
    assert isinstance(posting, Call)
    assert posting.url.endswith(f"/channels/{DM}/messages")
    assert found == Delivered(SENT_ID)


def test_a_conversation_rests_when_discord_says_so():
    found = outcome(json_reply(200, {"id": SENT_ID}, x_ratelimit_remaining="0", x_ratelimit_reset_after="0.9"))
    assert isinstance(found, Delivered)
    assert found.rest == timedelta(seconds=0.9)


def test_discord_learns_who_calls():
    _, (call,) = drive(converse(a_message(), {**KNOWN, "public_url": "https://ping.example"}), SENT)
    assert isinstance(call, Call)
    assert call.headers["Authorization"] == f"Bot {CONFIG['bot_token']}"
    assert call.headers["User-Agent"] == "DiscordBot (https://ping.example, 1.0)"


def test_one_embed_that_pings_nobody():
    payload = payload_of(drive(converse(a_message(), KNOWN), SENT)[1][0])
    assert set(payload) == {"embeds", "allowed_mentions", "nonce", "enforce_nonce"}
    assert payload["allowed_mentions"] == {"parse": []}
    (embed,) = payload["embeds"]
    assert (embed["title"], embed["description"], embed["color"]) == ("💰 Sale", "A new sale", 0xFFEB3B)
    assert embed["fields"][0] == {"name": "amount", "value": "99.90", "inline": True}


def test_every_attempt_of_a_delivery_has_the_same_nonce_and_discord_minds_it():
    first, late = (
        payload_of(next(converse(a_message(late=wait), KNOWN))) for wait in (timedelta(), timedelta(hours=1))
    )
    assert first["nonce"] == late["nonce"]
    assert re.fullmatch("[A-Z2-7]{25}", first["nonce"])
    assert first["enforce_nonce"] is True


@pytest.mark.parametrize("code", [10003, 50001])
def test_a_lost_dm_is_opened_anew_once(code):
    found, said = drive(converse(a_message(), KNOWN), error(code), OPENED, SENT)
    assert len(said) == 3
    assert found == Delivered(SENT_ID, new_settings={"dm_channel_id": DM})
    found, said = drive(converse(a_message(), KNOWN), error(code), OPENED, error(code))
    assert isinstance(found, AddressSuspect)


def test_a_link_that_discord_does_not_take_stands_in_the_text():
    message = a_message(url="http://localhost:8000/dashboard/channels/confirm/abc")
    found, (_, again) = drive(converse(message, KNOWN), LINK_REFUSED, SENT)
    assert isinstance(found, Delivered)
    assert payload_of(again)["content"] == "http://localhost:8000/dashboard/channels/confirm/abc"
    assert "url" not in payload_of(again)["embeds"][0]


@pytest.mark.parametrize("code", [200000, 240000])
def test_a_link_that_is_held_for_harmful_is_left_out(code):
    found, (_, again) = drive(converse(a_message(), KNOWN), error(code, 400), SENT)
    assert isinstance(found, Delivered)
    assert "content" not in payload_of(again)
    assert "url" not in payload_of(again)["embeds"][0]
    assert isinstance(drive(converse(a_message(), KNOWN), error(code, 400), error(code, 400))[0], BadMessage)


def test_a_repeat_of_a_message_that_was_deleted_meanwhile_was_delivered():
    assert outcome(error(10008, 404)) == Delivered("")


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        (50007, 403, AddressDead),
        (50007, 400, AddressDead),
        (50278, 403, AddressDead),
        (10013, 404, AddressDead),
        (50033, 400, AddressDead),
        (50035, 400, BadMessage),
        (50006, 400, BadMessage),
        (50109, 400, BadMessage),
        (40005, 413, BadMessage),
        (20009, 400, BadMessage),
        (40001, 401, SenderBroken),
        (50014, 401, SenderBroken),
        (0, 401, SenderBroken),
        (40333, 403, SenderBroken),
        (40004, 403, Transient),
        (40006, 400, Transient),
        (110000, 400, Transient),
        (130000, 503, Transient),
        (99999, 403, AddressSuspect),
        (0, 500, Transient),
        (0, 502, Transient),
    ],
)
def test_a_code_means_more_than_a_status(code, status, meaning):
    assert isinstance(outcome(error(code, status)), meaning)


def test_a_refusal_at_the_door_of_discord_is_not_the_address():
    assert isinstance(outcome(Reply(403, body=b"<html>cloudflare</html>")), Transient)


@pytest.mark.parametrize("words", ["Your bot has been flagged by our anti-spam system", "This bot is quarantined."])
def test_a_bot_held_for_a_spammer_is_the_senders_trouble(words):
    assert isinstance(outcome(json_reply(403, {"code": 20026, "message": words})), SenderBroken)


@pytest.mark.parametrize("code", [50007, 50033, 10013])
def test_a_dm_that_cannot_be_opened_means_the_same_as_one_that_cannot_be_posted_in(code):
    found, said = drive(converse(a_message(), CONFIG), error(code))
    assert isinstance(found, AddressDead)
    assert len(said) == 1


def test_dms_opened_too_fast_wait_for_an_hour_at_least():
    found, _ = drive(converse(a_message(), CONFIG), error(40003, 429, **UNLIMITED))
    assert found == RateLimited(OPENING_WAIT, Scope.ADDRESS, found.detail, "40003")
    found, _ = drive(converse(a_message(), CONFIG), error(40003, 403, retry_after="7200"))
    assert found == RateLimited(timedelta(hours=2), Scope.ADDRESS, found.detail, "40003")


@pytest.mark.parametrize("answer", [{}, {"id": 5}, {"id": "../../users/@me"}, []])
def test_an_opened_dm_without_a_number_is_tried_again(answer):
    assert isinstance(drive(converse(a_message(), CONFIG), json_reply(200, answer))[0], Transient)


@pytest.mark.parametrize(
    ("payload", "headers", "wait", "scope"),
    [
        ({"retry_after": 1.5}, {**UNLIMITED, "x_ratelimit_scope": "user"}, 1.5, Scope.ADDRESS),
        ({"retry_after": 0.3}, {**UNLIMITED, "x_ratelimit_scope": "shared"}, 1, Scope.ADDRESS),
        ({"retry_after": 9, "global": True}, {**UNLIMITED, "x_ratelimit_scope": "global"}, 9, Scope.CHANNEL),
        ({"retry_after": 2}, {**UNLIMITED, "retry_after": "5"}, 5, Scope.ADDRESS),
        ({}, {}, 600, Scope.CHANNEL),
        ({}, {"retry_after": "3600"}, 3600, Scope.CHANNEL),
    ],
)
def test_a_rate_limit_holds_back_whom_it_is_meant_for(payload, headers, wait, scope):
    found = outcome(json_reply(429, payload, **headers))
    assert (found.retry_after, found.scope) == (timedelta(seconds=wait), scope)


def test_silence_is_harmless_while_the_nonce_lasts():
    silence = Reply(failure=Failure.NO_ANSWER)
    assert outcome(silence) == Unknown("Sent, but no answer came.", "no_answer", is_idempotent=True)
    assert outcome(silence, late=timedelta(minutes=3)).is_idempotent is False


def test_neither_token_nor_person_reach_the_record():
    said = f"bad {CONFIG['bot_token']} for {CONFIG['user_id']}".encode()
    detail = outcome(Reply(400, body=said)).detail
    assert CONFIG["bot_token"] not in detail
    assert CONFIG["user_id"] not in detail


def test_a_list_shows_the_end_of_the_number():
    assert SPEC.address(CONFIG) == "user …5678"


@pytest.mark.parametrize(
    "user", ["", "1234567890123456", "123456789012345678901", "ada#1234", "１２３４５６７８９０１２３４５６７８"]
)
def test_a_name_is_no_user_id(user):
    (field,) = SPEC.owner_fields
    assert field.check(user) == (
        "Enter your user ID, a number of 17 to 20 digits: it is not your name. The steps say where to copy it."
    )
    assert field.check("12345678901234567") is None
