"""Signing in with Discord: where it leads, and what comes of each answer."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.channels import discord
from pingpilot.domain.channel import Connector
from pingpilot.domain.connecting import Connected, NotConnected
from pingpilot.domain.discord_sign_in import STALE, UNKNOWN, UNREADABLE
from pingpilot.domain.wire import Call, Failure, Reply

USER = "223456789012345678"
BACK = "https://ping.example/dashboard/channels/connect/discord/back"
CONFIG = {
    "client_id": "123456789012345678",
    "client_secret": "a-secret-of-the-application-0123",
    "public_url": "https://ping.example",
}
TOKEN = {"access_token": "6qrZcUqja7812RVdnEKjpzOL4CvHBFG", "token_type": "Bearer", "scope": "identify email"}
NOBODY = Reply(failure=Failure.NO_ANSWER)


def said(status: int, body: object) -> Reply:
    return Reply(status, body=json.dumps(body).encode())


def carried(*replies: Reply) -> tuple[Connected | NotConnected, list[Call]]:
    """Return what an exchange comes to, and what was asked."""
    exchange, calls, answers = discord.connected("a code", BACK, CONFIG), list[Call](), list(replies)
    try:
        call = next(exchange)
        while True:
            calls.append(call)
            call = exchange.send(answers.pop(0))
    except StopIteration as end:
        return end.value, calls


def test_it_is_on_offer_where_both_halves_are_set():
    assert isinstance(discord, Connector)
    assert discord.may_connect(CONFIG)
    assert not any(discord.may_connect({**CONFIG, name: ""}) for name in ("client_id", "client_secret"))


def test_the_page_asks_for_the_user_id_and_to_add_the_bot():
    url = urlsplit(discord.connect("a state", BACK, CONFIG))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://discord.com/oauth2/authorize"
    assert dict(parse_qsl(url.query, strict_parsing=True)) == {
        "client_id": CONFIG["client_id"],
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "identify applications.commands",
        "integration_type": "1",
        "state": "a state",
    }


def test_the_code_buys_a_token_and_the_token_a_name():
    told, (token, who) = carried(said(200, TOKEN), said(200, {"id": USER, "username": "ada"}))
    assert told == Connected({"user_id": USER}, "@ada")
    assert (token.method, token.url) == ("POST", "https://discord.com/api/v10/oauth2/token")
    login = base64.b64encode(f"{CONFIG['client_id']}:{CONFIG['client_secret']}".encode()).decode()
    assert token.headers["Authorization"] == f"Basic {login}"
    form = dict(parse_qsl(token.body.decode(), strict_parsing=True))
    assert form == {"grant_type": "authorization_code", "code": "a code", "redirect_uri": BACK}
    assert (who.method, who.url) == ("GET", "https://discord.com/api/v10/users/@me")
    assert who.headers["Authorization"] == f"Bearer {TOKEN['access_token']}"
    assert all(call.headers["User-Agent"].startswith("DiscordBot (") and not call.is_user_host for call in (token, who))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (said(400, {"error": "invalid_grant"}), STALE),
        (said(401, {"error": "invalid_client"}), UNKNOWN),
        (said(401, {"message": "401: Unauthorized", "code": 0}), UNKNOWN),
        (said(400, {"error": "invalid_request"}), UNREADABLE),
        (said(429, {"retry_after": 3}), UNREADABLE),
        (said(200, {**TOKEN, "scope": "email"}), UNREADABLE),
        (said(200, {**TOKEN, "access_token": "a\r\nHost: evil.example"}), UNREADABLE),
        (said(400, TOKEN), UNREADABLE),
        (NOBODY, UNREADABLE),
    ],
)
def test_without_a_token_it_says_what_to_do(reply: Reply, reason: str):
    told, calls = carried(reply)
    assert told == NotConnected(reason)
    assert len(calls) == 1


@pytest.mark.parametrize("reply", [said(401, {"id": USER}), said(200, {"id": "me"}), said(200, []), NOBODY])
def test_without_a_user_id_nobody_is_connected(reply: Reply):
    assert carried(said(200, TOKEN), reply)[0] == NotConnected(UNREADABLE)


MEMBERS = st.sampled_from(["access_token", "scope", "id", "username", "error", "code"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from([USER, "identify"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
)
REPLIES = st.builds(
    lambda status, body, raw: Reply(status, body=raw or json.dumps(body).encode()),
    st.integers(100, 599),
    JSON,
    st.none() | st.binary(max_size=20),
)


@given(st.just(said(200, TOKEN)) | REPLIES, REPLIES)
def test_whatever_is_answered_ends_in_a_word(first: Reply, second: Reply):
    told: Any = carried(first, second)[0]
    assert isinstance(told, Connected | NotConnected)
    if isinstance(told, Connected):
        assert told.settings.keys() == {"user_id"}
        assert len(told.name) <= 41
