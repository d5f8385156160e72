"""Telegram's ear: linking a chat by a one-time code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.channels import telegram
from pingpilot.domain.channel import Listener
from pingpilot.domain.ids import KeyId
from pingpilot.domain.incoming import AddressBack, AddressChanged, AddressGone, LinkAttempt, Pressed, Stray
from pingpilot.domain.key import compose
from pingpilot.domain.telegram_updates import BLOCKED, EXPELLED
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, json_reply, payload_of

CONFIG = CONFIGS["telegram"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "update_id",
                    "message",
                    "chat",
                    "id",
                    "text",
                    "from",
                    "type",
                    "my_chat_member",
                    "callback_query",
                    "data",
                    "migrate_to_chat_id",
                    "x",
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


KEY = compose(KeyId("k" * 24), "S" * 32)
NAMED = {"title": "Shop floor"}


def update(number=7, text="/start abc_DEF-1", chat_type="private", **sender):
    person = {"id": 42, "is_bot": False, "first_name": "Ada", **sender}
    chat = {"id": 42, "type": "private"} if chat_type == "private" else {"id": -42, "type": chat_type, **NAMED}
    return {"update_id": number, "message": {"message_id": 1, "from": person, "chat": chat, "text": text}}


def membership(status, chat_type="private"):
    return {
        "update_id": 8,
        "my_chat_member": {"chat": {"id": 42, "type": chat_type}, "new_chat_member": {"status": status}},
    }


def heard(*updates):
    return telegram.hear(json_reply(200, {"ok": True, "result": list(updates)}))


def test_it_is_a_listener():
    assert isinstance(telegram, Listener)


def test_a_code_from_a_private_chat_links_it():
    cursor, (found,) = heard(update(username="ada_l"))
    assert cursor == "8"
    assert found == LinkAttempt("abc_DEF-1", {"chat_id": "42"}, "@ada_l", "42")


@pytest.mark.parametrize(
    ("sender", "label"),
    [({"username": "ada_l"}, "@ada_l"), ({}, "Ada"), ({"first_name": " "}, "chat …42"), ({"username": 5}, "Ada")],
)
def test_the_label_names_the_person(sender, label):
    assert heard(update(**sender))[1][0].label == label


def test_an_api_key_sent_by_hand_is_a_code_too():
    assert heard(update(text=f"/start {KEY}"))[1][0].code == KEY


@pytest.mark.parametrize(
    "text", ["hello", "/start", "/start a b", "/start ä", "/stop abc", "start abc", "", "/startabc"]
)
def test_anything_else_is_a_stray(text):
    assert heard(update(text=text))[1] == [Stray("42")]


@pytest.mark.parametrize("chat_type", ["group", "supergroup"])
def test_a_code_said_in_a_group_links_the_group(chat_type):
    (found,) = heard(update(chat_type=chat_type, text="/start@ping_bot abc_DEF-1"))[1]
    assert found == LinkAttempt("abc_DEF-1", {"chat_id": "-42"}, "Shop floor", "-42")


def test_who_administers_a_group_anonymously_may_link_it():
    word = update(chat_type="supergroup", is_bot=True, username="GroupAnonymousBot")
    assert heard(word)[1] == []
    word["message"]["sender_chat"] = {"id": -42, "type": "supergroup"}
    assert isinstance(heard(word)[1][0], LinkAttempt)


def test_a_key_that_a_whole_group_has_read_links_nothing():
    assert heard(update(chat_type="group", text=f"/start {KEY}"))[1] == [Stray("-42")]


@pytest.mark.parametrize("text", ["hello", "/start", "/help", None])
def test_the_talk_of_a_group_is_none_of_the_bots_business(text):
    assert heard(update(chat_type="group", text=text))[1] == []


def test_other_bots_are_not_answered():
    assert heard(update(is_bot=True))[1] == []


@pytest.mark.parametrize(
    ("status", "chat_type", "meaning"),
    [
        ("kicked", "private", AddressGone({"chat_id": "42"}, BLOCKED)),
        ("member", "private", AddressBack({"chat_id": "42"})),
        ("kicked", "group", AddressGone({"chat_id": "42"}, EXPELLED)),
        ("left", "supergroup", AddressGone({"chat_id": "42"}, EXPELLED)),
        ("member", "group", AddressBack({"chat_id": "42"})),
        ("administrator", "supergroup", AddressBack({"chat_id": "42"})),
    ],
)
def test_who_blocks_or_removes_the_bot_is_heard_and_who_lets_it_back(status, chat_type, meaning):
    assert heard(membership(status, chat_type))[1] == [meaning]


@pytest.mark.parametrize("status", ["restricted", "creator", None, 5])
def test_another_change_means_nothing(status):
    assert heard(membership(status))[1] == []


def test_a_group_that_became_a_supergroup_is_followed():
    word = update(chat_type="group", text=None)
    word["message"]["migrate_to_chat_id"] = -1001234567890
    moved = {"chat_id": "-1001234567890"}
    assert heard(word)[1] == [AddressChanged({"chat_id": "-42"}, moved), AddressBack(moved)]


def test_many_updates_move_the_cursor_behind_the_last():
    cursor, found = heard(update(7), {"update_id": 8}, update(9, text="hi"))
    assert (cursor, len(found)) == ("10", 2)


@pytest.mark.parametrize("reply", [Reply(502, body=b"<html>"), Reply(200, body=b'{"ok":true,"result":[]}'), Reply()])
def test_the_cursor_stays_when_nothing_was_heard(reply):
    assert telegram.hear(reply) == ("", [])


@given(st.lists(JSON, max_size=4))
def test_whatever_comes_never_breaks_the_ear(updates):
    cursor, _ = telegram.hear(Reply(200, body=json.dumps({"ok": True, "result": updates}).encode()))
    assert cursor == "" or int(cursor) is not None


def press(data=f"answer:{'e' * 32}:1", chat=-42, **sender):
    person = {"id": 42, "is_bot": False, "first_name": "Ada", **sender}
    message = {"message_id": 5, "chat": {"id": chat, "type": "group", **NAMED}}
    return {"update_id": 9, "callback_query": {"id": "778899", "from": person, "message": message, "data": data}}


@pytest.mark.parametrize(
    ("sender", "by"), [({}, "Ada"), ({"username": "ada_l"}, "@ada_l"), ({"first_name": ""}, "someone")]
)
def test_a_button_tells_which_answer_where_and_by_whom(sender, by):
    (found,) = telegram.hear(json_reply(200, {"ok": True, "result": [press(**sender)]}))[1]
    reply_to = {"query": "778899", "chat": "-42", "message": "5"}
    assert found == Pressed("e" * 32, 1, {"chat_id": "-42"}, by, reply_to)


@pytest.mark.parametrize("data", ["", "answer:7:1", f"answer:{'e' * 32}:111", f"answer:{'E' * 32}:1", None, 7])
def test_a_button_of_another_kind_tells_nothing(data):
    assert telegram.hear(json_reply(200, {"ok": True, "result": [press(data)]}))[1] == []


def pressed(update):
    (found,) = telegram.hear(json_reply(200, {"ok": True, "result": [update]}))[1]
    assert isinstance(found, Pressed)
    return found


def test_an_answer_ends_the_buttons_and_is_said_in_the_chat():
    notice, edit, said = telegram.settled(pressed(press()), "Yes", CONFIG)
    assert payload_of(notice) == {"callback_query_id": "778899", "text": "Yes"}
    assert payload_of(edit) == {"chat_id": -42, "message_id": 5}
    assert (payload_of(said)["chat_id"], payload_of(said)["text"]) == (-42, "Ada answered: Yes")


def test_who_presses_too_late_is_told_so():
    notice, edit = telegram.settled(pressed(press()), "", CONFIG)
    assert payload_of(notice)["text"] == telegram.TOO_LATE
    assert edit.url.endswith("/editMessageReplyMarkup")


def test_the_poll_asks_for_what_comes_after_the_cursor():
    first, later = telegram.poll("", CONFIG), telegram.poll("8", CONFIG)
    assert "offset" not in payload_of(first)
    assert payload_of(later) == {"offset": 8, "timeout": 50, "allowed_updates": telegram.UPDATES}
    assert later.timeout.total_seconds() > 50


def test_answers_are_plain_text():
    call = telegram.say("42", telegram.REFUSED, CONFIG)
    assert payload_of(call)["text"] == "You cannot send messages to this bot."
    assert "parse_mode" not in payload_of(call)


def test_the_success_sentence_is_the_promised_one():
    assert telegram.LINKED == (
        "Congratulations! You have successfully linked your Telegram account. "
        "You will now receive notifications on this chat."
    )


def test_the_bot_is_asked_its_name():
    assert telegram.who(CONFIG).url.endswith("/getMe")
    assert telegram.username_of(json_reply(200, {"ok": True, "result": {"username": "ping_bot"}})) == "ping_bot"
    assert telegram.username_of(Reply(502, body=b"<html>")) == ""
    assert telegram.link("ping_bot", "abc") == "https://t.me/ping_bot?start=abc"
