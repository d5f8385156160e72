"""One attempt: what a channel is given, and what becomes of one that cannot be made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pingpilot.deliver.attempt import Attempter
from pingpilot.domain.channel import Channel, ChannelField, ChannelSpec, Config, Conversation, Proof
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, Delivered, Outcome, RateLimited, Scope, SenderBroken, Transient
from pingpilot.domain.wire import Call, Reply, Said
from pingpilot.security.identity import identity_digest
from pingpilot.security.sealing import Box
from tests.planted import PlantingBox
from tests.unit.deliver.sample import NOW, a_job

BOX = PlantingBox(b"a secret", lambda count: b"n" * count)
OWNER = {"url": "https://example.com/hook", "token": "the owner's"}


class Wire:
    """Takes everything."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    async def send(self, said: Said) -> Reply:
        self.said.append(said)
        return Reply(200, body=b'{"id":"provider-1"}')


def spec(**members: Any) -> ChannelSpec:
    return ChannelSpec("made-up", "Made up", "", "", Proof.TEST, owner_fields=(), **members)


class MadeUp:
    """A channel that keeps what it was given."""

    SPEC = spec(linked_field="chat_id")
    message: Message
    config: Config

    def converse(self, message: Message, config: Config) -> Conversation:
        self.message, self.config = message, config
        reply = yield Call.post_json(config["url"], {"text": message.title})
        return Delivered(str(reply.field("id")))


@dataclass(frozen=True)
class Ending:
    """A channel whose every attempt ends alike."""

    outcome: Outcome
    SPEC: ChannelSpec = field(default_factory=spec)

    def converse(self, message: Message, config: Config) -> Conversation:
        yield Call.post_json(config["url"], {"text": message.title})
        return self.outcome


def sealed(settings: object = OWNER, destination: int = 7, box: Box = BOX) -> bytes:
    return box.seal(json.dumps(settings).encode(), f"destination:{destination}")


JOB = a_job(channel="made-up", sealed=sealed())


def attempter(channel: object, operator: Mapping[str, str] | None = None) -> Attempter:
    return Attempter(
        channels={"made-up": cast("Channel", channel)},
        operator={"made-up": operator or {}},
        wires=Wire(),
        box=BOX,
        public_url="https://pings.example.com",
        unsubscribe_url=lambda destination: f"https://pings.example.com/unsubscribe/{destination}",
        now=lambda: NOW + timedelta(minutes=5),
    )


async def test_a_channel_speaks_for_itself():
    attempting = attempter(MadeUp())
    assert await attempting.attempt(JOB) == Delivered("provider-1", code="200")
    assert len(cast("Wire", attempting.wires).said) == 1


async def test_the_channel_gets_the_owners_settings_and_the_operators_which_win():
    channel = MadeUp()
    await attempter(channel, {"token": "the operator's"}).attempt(JOB)
    assert channel.config == {
        "url": "https://example.com/hook",
        "token": "the operator's",
        "public_url": "https://pings.example.com",
    }


async def test_a_channel_whose_messages_can_be_stopped_gets_the_link_that_does():
    channel = MadeUp()
    channel.SPEC = spec(is_unsubscribable=True)
    await attempter(channel).attempt(JOB)
    assert channel.config["unsubscribe_url"] == "https://pings.example.com/unsubscribe/7"


async def test_the_message_tells_of_the_event_the_delay_and_the_possible_repeat():
    channel = MadeUp()
    await attempter(channel).attempt(replace(JOB, is_maybe_repeat=True))
    message = channel.message
    assert (message.title, message.description, message.delivery_id) == ("💰 Sale", "Sold", JOB.delivery)
    assert message.link == f"https://pings.example.com/dashboard/events/{JOB.source.event_id}"
    assert message.at == NOW + timedelta(minutes=5)
    assert len(message.remarks) == 2


async def test_a_channel_that_this_instance_does_not_have_breaks_the_sender():
    outcome = await attempter(MadeUp()).attempt(replace(JOB, channel="pigeon"))
    assert isinstance(outcome, SenderBroken)
    assert "pigeon" in outcome.detail
    assert outcome.scope is Scope.CHANNEL


async def test_a_destination_that_was_removed_or_disabled_is_dead():
    attempting = attempter(MadeUp())
    assert isinstance(await attempting.attempt(replace(JOB, sealed=None)), AddressDead)
    assert not cast("Wire", attempting.wires).said


async def test_a_broken_seal_holds_this_destination_alone_and_kills_no_address():
    other = Box(b"another secret", lambda count: b"n" * count)
    for broken in (b"", b"x" * 64, sealed(box=other), sealed(destination=8), JOB.sealed[:-1] if JOB.sealed else b""):
        attempting = attempter(MadeUp())
        outcome = await attempting.attempt(replace(JOB, sealed=broken))
        assert isinstance(outcome, SenderBroken)
        assert (outcome.scope, outcome.code) == (Scope.ADDRESS, "unreadable")
        assert not cast("Wire", attempting.wires).said


TOKEN = ChannelField("token", "Token", is_secret=True)
REFUSED = (SenderBroken("no"), RateLimited(timedelta(seconds=9), Scope.CREDENTIAL))


@pytest.mark.parametrize("outcome", REFUSED)
async def test_the_own_credential_of_a_destination_stops_no_other(outcome: RateLimited | SenderBroken):
    assert await attempter(Ending(outcome)).attempt(JOB) == replace(outcome, scope=Scope.ADDRESS)


@pytest.mark.parametrize("outcome", REFUSED)
@pytest.mark.parametrize("shared", [spec(operator_fields=(TOKEN,)), spec(needs_smtp=True)])
async def test_the_instances_credential_stops_all_that_goes_out_under_it(outcome: Outcome, shared: ChannelSpec):
    assert await attempter(Ending(outcome, shared)).attempt(JOB) is outcome


@pytest.mark.parametrize("scope", [Scope.ADDRESS, Scope.CHANNEL, Scope.PROCESS])
async def test_any_other_scope_is_as_the_channel_says(scope: Scope):
    outcome = RateLimited(timedelta(seconds=9), scope)
    assert await attempter(Ending(outcome)).attempt(JOB) is outcome


async def test_a_channel_that_breaks_is_tried_again():
    def converse(message: Message, config: Config) -> Conversation:
        raise KeyError(config["token"])
        yield

    outcome = await attempter(SimpleNamespace(converse=converse, SPEC=spec())).attempt(JOB)
    assert isinstance(outcome, Transient)
    assert "the owner's" not in repr(outcome)


def test_settings_that_the_provider_changed_are_sealed_again():
    attempting = attempter(MadeUp(), {"token": "the operator's"})
    moved = attempting.moved(JOB, {"url": "https://example.com/new"})
    assert moved is not None
    assert moved.sealed is not None
    assert json.loads(BOX.unseal(moved.sealed, "destination:7")) == {**OWNER, "url": "https://example.com/new"}


def test_who_moved_is_found_again_by_the_new_address_alone():
    named = attempter(MadeUp())
    moved, seen = named.moved(JOB, {"chat_id": "2", "seen": "now"}), named.moved(JOB, {"seen": "now"})
    assert moved is not None
    assert seen is not None
    assert (moved.identity, seen.identity) == (identity_digest("made-up", {"chat_id": "2"}), None)


def test_without_changes_nothing_is_sealed():
    assert attempter(MadeUp()).moved(JOB, {}) is None
    assert attempter(MadeUp()).moved(replace(JOB, sealed=None), {"a": "b"}) is None


async def test_settings_are_unsealed_once_for_as_long_as_they_stay_the_same():
    opened: list[bytes] = []

    class Watched:
        seal = BOX.seal

        def unseal(self, sealed: bytes, context: str) -> bytes:
            opened.append(sealed)
            return BOX.unseal(sealed, context)

    attempting = replace(attempter(MadeUp()), box=Watched())
    again = BOX.seal(json.dumps({**OWNER, "a": "b"}).encode(), "destination:7")
    for sealed in (JOB.sealed, JOB.sealed, again, again):
        assert isinstance(await attempting.attempt(replace(JOB, sealed=sealed)), Delivered)
    assert opened == [JOB.sealed, again]
