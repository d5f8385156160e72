"""The door that providers call: nothing unsigned passes, and nothing that was told is lost."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pingpilot.deliver.hearing import Hearing
from pingpilot.domain.channel import Config
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.incoming import Answer, Heard, Incoming, Refused, Stray
from pingpilot.hooks.door import BODY_MAX_BYTES, Hook, HookDoor
from tests.unit.deliver.swift import swiftly

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONFIG = {"public_url": "https://ping.example", "hook_secret": "s3cret"}
SIGNED = (b"x-signature", b"s3cret")


class Provider:
    """A channel whose provider signs with the secret itself and says who strayed."""

    SPEC = SimpleNamespace(kind="test")

    def __init__(self) -> None:
        self.requests: list[Incoming] = []

    def called(self, request: Incoming, config: Config) -> Refused | Answer:
        self.requests.append(request)
        if request.headers.get("x-signature") != config["hook_secret"]:
            return Refused("wrong signature")
        told = request.json()
        if told == "break":
            raise ZeroDivisionError
        identity = request.headers.get("x-id", "")
        return Answer(202, b"thanks", {"X-Answer": "yes"}, [Stray(str(told))], identity)


class Listening:
    """Remembers what it was told to act on; ``failing`` times the store is away."""

    def __init__(self, failing: int = 0, waits: bool = False) -> None:
        self.acts: list[Sequence[Heard]] = []
        self.failing = failing
        self.waits = waits

    async def act(self, channel: object, config: Config, heard: Sequence[Heard]) -> None:
        if self.waits:
            await asyncio.sleep(3600)
        if self.failing:
            self.failing -= 1
            raise Overloaded
        self.acts.append(heard)


class Site:
    """A door with one hook, and what it answered."""

    def __init__(self, hearing: Listening | None = None, seen_max: int = 10) -> None:
        self.provider = Provider()
        self.hearing = hearing or Listening()
        hook = {"test": Hook(cast("Any", self.provider), CONFIG)}
        self.door = HookDoor(hook, cast("Hearing", self.hearing), lambda: NOW, lambda *_: True, seen_max)

    def call(
        self, body: bytes = b'"42"', *headers: tuple[bytes, bytes], method: str = "POST", query: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        scope = {
            "type": "http",
            "method": method,
            "path": "/hooks/test",
            "query_string": query,
            "headers": [*headers, (b"content-length", b"%d" % len(body))],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async def run() -> None:
            await self.door(scope, receive, send)

        swiftly(run())
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], head, sent[1]["body"]


def test_a_signed_call_is_acted_on_and_answered_as_its_channel_says():
    site = Site()
    assert site.call(b'"42"', SIGNED) == (202, {"x-answer": "yes", "content-length": "6"}, b"thanks")
    assert site.hearing.acts == [[Stray("42")]]


@pytest.mark.parametrize("headers", [[], [(b"x-signature", b"forged")]])
def test_an_unsigned_or_forged_call_changes_nothing(headers):
    site = Site()
    status, _, body = site.call(b'"42"', *headers)
    assert (status, json.loads(body)["code"]) == (401, "unknown_caller")
    assert site.hearing.acts == []


def test_a_call_that_is_named_is_acted_on_once():
    site = Site()
    for _ in range(3):
        assert site.call(b'"42"', SIGNED, (b"x-id", b"a"))[0] == 202
    site.call(b'"43"', SIGNED, (b"x-id", b"b"))
    assert site.hearing.acts == [[Stray("42")], [Stray("43")]]


def test_a_call_without_a_name_is_acted_on_every_time():
    site = Site()
    for _ in range(2):
        site.call(b'"42"', SIGNED)
    assert len(site.hearing.acts) == 2


def test_names_are_forgotten_before_they_fill_the_memory():
    site = Site(seen_max=2)
    for name in (b"a", b"b", b"c", b"a"):
        site.call(b'"42"', SIGNED, (b"x-id", name))
    assert len(site.hearing.acts) == 4


def test_a_call_that_could_not_be_acted_on_is_welcome_again():
    site = Site(Listening(failing=1))
    status, headers, _ = site.call(b'"42"', SIGNED, (b"x-id", b"a"))
    assert (status, headers["retry-after"]) == (503, "2")
    assert site.call(b'"42"', SIGNED, (b"x-id", b"a"))[0] == 202
    assert site.hearing.acts == [[Stray("42")]]


def test_a_provider_does_not_wait_for_ever():
    assert Site(Listening(waits=True)).call(b'"42"', SIGNED)[0] == 503


def test_a_channel_that_breaks_is_our_fault():
    assert Site().call(b'"break"', SIGNED)[0] == 500


def test_a_body_over_one_mebibyte_is_not_read():
    site = Site()
    assert site.call(b"x" * (BODY_MAX_BYTES + 1), SIGNED)[0] == 413
    assert site.provider.requests == []
    assert site.call(json.dumps("x" * (BODY_MAX_BYTES - 2)).encode(), SIGNED)[0] == 202


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
def test_another_method(method):
    status, headers, _ = Site().call(b'"42"', SIGNED, method=method)
    assert (status, headers["allow"]) == (405, "GET, POST")


def test_the_channel_gets_the_call_as_it_came():
    site = Site()
    site.call(b"", SIGNED, method="GET", query=b"hub.mode=subscribe&hub.challenge=1%202&x=")
    (request,) = site.provider.requests
    assert (request.method, request.body, request.received_at) == ("GET", b"", NOW)
    assert request.url == "https://ping.example/hooks/test?hub.mode=subscribe&hub.challenge=1%202&x="
    assert request.query == {"hub.mode": "subscribe", "hub.challenge": "1 2", "x": ""}
    assert request.verify_ed25519(b"", b"", b"")


def test_the_door_answers_for_its_channels_alone():
    door = Site().door
    assert [door.answers(path) for path in ("/hooks/test", "/hooks/other", "/hooks/test/", "/hook/test", "/")] == [
        True,
        *[False] * 4,
    ]
