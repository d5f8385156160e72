"""The ear on a provider: people link and leave, whatever the network and the store do meanwhile."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from pingpilot.channels import telegram
from pingpilot.deliver.hearing import Hearing
from pingpilot.deliver.listen import PAUSE, Ear
from pingpilot.domain.channel import Listener
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DestinationId, KeyId
from pingpilot.domain.key import compose
from pingpilot.domain.wire import Call, Failure, Reply
from pingpilot.security.identity import identity_digest
from pingpilot.store.destinations import Person
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from tests.planted import PlantingBox, plant
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.swift import swiftly

BOX = PlantingBox(b"a secret", lambda count: b"n" * count)
TOKEN = plant("1:a-token-that-is-only-for-this-test")
GOOD_CODE = "right-code"
AWAY = Reply(failure=Failure.NOT_SENT)


def ok(result: object) -> Reply:
    return Reply(200, body=json.dumps({"ok": True, "result": result}).encode())


OWN = {"public_url": "http://localhost:8000", "hook_secret": "5" * 64}
PUBLIC = {**OWN, "public_url": "https://ping.example"}


def said(text: str, number: int = 1) -> dict[str, Any]:
    person = {"id": 42, "is_bot": False, "first_name": "Ada"}
    return {"update_id": number, "message": {"from": person, "chat": {"id": 42, "type": "private"}, "text": text}}


def left(number: int = 1) -> dict[str, Any]:
    chat = {"id": 42, "type": "private"}
    return {"update_id": number, "my_chat_member": {"chat": chat, "new_chat_member": {"status": "kicked"}}}


class Provider:
    """Telegram as the wire sees it: answers polls from a list, then lets the last one wait for ever.

    ``hooks`` and ``unhooks`` answer the requests to call us and to call nobody: in turn, then the last one for ever.
    """

    def __init__(
        self,
        *polls: Reply,
        names: tuple[Reply, ...] = (ok({"username": "the_bot"}),),
        hooks: tuple[Reply, ...] = (ok(True),),
        unhooks: tuple[Reply, ...] = (ok(True),),
    ) -> None:
        self.polls = list(polls)
        self.turns = {"getMe": list(names), "setWebhook": list(hooks), "deleteWebhook": list(unhooks)}
        self.asked: list[str] = []
        self.offsets: list[int | None] = []
        self.answers: list[str] = []
        self.at: list[float] = []

    async def send(self, call: object) -> Reply:
        assert isinstance(call, Call)
        content = json.loads(call.body)
        self.asked.append(call.url.rpartition("/")[2])
        if turns := self.turns.get(self.asked[-1]):
            return turns.pop(0) if len(turns) > 1 else turns[0]
        if call.url.endswith("/sendMessage"):
            self.answers.append(content["text"])
            return ok({"message_id": 1})
        self.offsets.append(content.get("offset"))
        self.at.append(asyncio.get_running_loop().time())
        if not self.polls:
            await asyncio.Event().wait()
        return self.polls.pop(0)


def be_called(provider: Provider) -> None:
    """Let the ear of a public instance run to its end."""
    swiftly(ear_on(provider, {"bot_token": TOKEN}, PUBLIC).run())


def learn_name(provider: Provider, **operator: str) -> str:
    """Let the name be learned; returns it."""
    config = {"bot_token": TOKEN, **operator}
    swiftly(ear_on(provider, config, OWN).learn_name())
    return config["bot_username"]


def ear_on(provider: Provider, operator: dict[str, str], own: dict[str, str], reader: object = None) -> Ear:
    hearing = Hearing(provider, cast("Reader", reader), cast("Writer", None), BOX, lambda: NOW)
    return Ear(cast("Listener", telegram), operator, own, hearing)


class Tables:
    """Links by one code and by keys; away for the next ``away`` questions."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.asked: list[tuple[str, object]] = []
        self.sealed = b""

    async def run(self, question: Callable[..., Any], *args: Any) -> object:
        if self.away:
            self.away -= 1
            raise Overloaded
        self.asked.append((question.__name__, args[0]))
        if question.__name__ == "disable_gone":
            assert args[1] == identity_digest("telegram", {"chat_id": "42"})
            return 1
        person, seal = args[1], args[2]
        assert isinstance(person, Person)
        self.sealed = seal(DestinationId(7))
        return args[0] == hashlib.sha256(GOOD_CODE.encode()).digest() or question.__name__ == "link_by_key"


def listen(provider: Provider, tables: Tables | None = None, polls: int = 2, own: dict[str, str] = OWN) -> Tables:
    """Let the ear listen until it has polled so many times."""
    tables = tables or Tables()

    async def run() -> None:
        running = asyncio.ensure_future(ear_on(provider, {"bot_token": TOKEN}, own, tables).run())
        async with asyncio.timeout(600):
            while len(provider.offsets) < polls:  # noqa: ASYNC110 - time is skipped here
                await asyncio.sleep(0.1)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    swiftly(run())
    return tables


def test_a_right_code_links_and_is_answered():
    provider = Provider(ok([said(f"/start {GOOD_CODE}")]))
    tables = listen(provider)
    assert [name for name, _ in tables.asked] == ["link"]
    assert json.loads(BOX.unseal(tables.sealed, "destination:7")) == {"chat_id": "42"}
    assert provider.answers == [telegram.LINKED]


def test_a_wrong_code_is_answered():
    provider = Provider(ok([said("/start wrong-code")]))
    listen(provider)
    assert provider.answers == [telegram.UNKNOWN_CODE]


def test_an_api_key_links_too_and_its_owner_is_advised():
    key = compose(KeyId("k" * 24), "S" * 32)
    provider = Provider(ok([said(f"/start {key}")]))
    tables = listen(provider)
    assert tables.asked == [("link_by_key", key)]
    assert provider.answers == [f"{telegram.LINKED} {telegram.LINKED_BY_KEY}"]


def test_anything_else_is_refused():
    provider = Provider(ok([said("hello")]))
    tables = listen(provider)
    assert (tables.asked, provider.answers) == ([], [telegram.REFUSED])


def test_who_leaves_is_disabled_and_not_answered():
    provider = Provider(ok([left()]))
    tables = listen(provider)
    assert tables.asked == [("disable_gone", "telegram")]
    assert provider.answers == []


def test_what_was_heard_is_not_asked_for_again():
    provider = Provider(ok([said("hello", 8), said("hello", 9)]), ok([]))
    listen(provider, polls=3)
    assert provider.offsets == [None, 10, 10]


def test_a_provider_that_is_away_is_asked_again_after_a_pause():
    provider = Provider(AWAY, Reply(502), ok([said(f"/start {GOOD_CODE}")]))
    tables = listen(provider, polls=4)
    assert [name for name, _ in tables.asked] == ["link"]
    assert provider.at[1] - provider.at[0] >= PAUSE.total_seconds()


def test_while_the_store_is_away_nothing_heard_is_lost():
    update = said(f"/start {GOOD_CODE}", 5)
    provider = Provider(ok([update]), ok([update]))
    tables = listen(provider, Tables(away=1), polls=3)
    assert provider.offsets == [None, None, 6]
    assert [name for name, _ in tables.asked] == ["link"]
    assert provider.answers == [telegram.LINKED]


def test_the_bot_learns_its_name_as_soon_as_the_provider_answers():
    provider = Provider(names=(AWAY, Reply(502), ok({"username": "the_bot"})))
    assert learn_name(provider) == "the_bot"
    assert provider.asked == ["getMe"] * 3


def test_the_name_that_the_operator_set_stays():
    provider = Provider()
    assert learn_name(provider, bot_username="my_bot") == "my_bot"
    assert provider.asked == []


def test_a_public_instance_is_called_and_polls_nobody():
    provider = Provider()
    be_called(provider)
    assert provider.asked == ["setWebhook"]


def test_a_provider_that_is_away_is_asked_again_to_call():
    provider = Provider(hooks=(AWAY, Reply(502), ok(True)))
    be_called(provider)
    assert provider.asked == ["setWebhook"] * 3


def test_an_instance_that_the_provider_cannot_call_polls():
    provider = Provider(ok([said(f"/start {GOOD_CODE}")]), hooks=(Reply(400, body=b"bad webhook"),))
    listen(provider, own=PUBLIC)
    assert provider.asked[:2] == ["setWebhook", "deleteWebhook"]
    assert provider.answers == [telegram.LINKED]


def test_before_it_is_polled_the_provider_is_told_to_call_nobody():
    provider = Provider(ok([]), unhooks=(AWAY, ok(True)))
    listen(provider)
    assert provider.asked[:3] == ["deleteWebhook", "deleteWebhook", "getUpdates"]
