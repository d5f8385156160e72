"""The chore that tells the operator of a channel that refuses this instance."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot.domain.message import Message
from pingpilot.store import senders
from pingpilot.store.models import BrokenSender
from pingpilot.upkeep.alerting import Alerting
from pingpilot.upkeep.voice import Voice

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REMEDY = "Check PINGPILOT_TELEGRAM_BOT_TOKEN, and start PingPilot again."
VOICE = Voice(
    "https://pings.example",
    {"telegram": "Telegram"},
    {"telegram": REMEDY, senders.SINGLE: "Look at them."},
    ["telegram"],
    lambda count: ["a" * 32] * count,
    lambda: NOW,
)


def broken(channel: str) -> BrokenSender:
    return BrokenSender(channel=channel, since=NOW, last_at=NOW, detail="Answered 401: Unauthorized")


class Store:
    """Answers what the chore asks; keeps whom it says it told."""

    def __init__(self, *untold: BrokenSender) -> None:
        self.untold = list(untold)
        self.marked: list[str] = []
        self.healed_at: list[datetime] = []
        self.shared: list[str] = []

    async def run(self, question: Any, *args: Any) -> Any:
        if question is senders.heal:
            self.healed_at.append(args[0])
            return 0
        if question is senders.note_single:
            self.shared = args[0]
            return None
        if question is senders.untold:
            return self.untold
        if question is senders.operators:
            return ["op@example.com", "two@example.com"]
        self.marked.append(args[0])
        return True


class Post:
    """Takes mails to some addresses."""

    def __init__(self, *reachable: str) -> None:
        self.reachable = reachable
        self.sent: list[tuple[str, Message]] = []

    async def mail(self, address: str, message: Message) -> bool:
        self.sent.append((address, message))
        return address in self.reachable


async def turn(store: Store, post: Post | None) -> None:
    await Alerting(store, VOICE, post.mail if post else None).turn()  # type: ignore[arg-type]  # a fake


async def test_every_operator_is_mailed_what_is_wrong_and_what_to_check():
    store, post = Store(broken("telegram")), Post("op@example.com", "two@example.com")
    await turn(store, post)
    assert [address for address, _ in post.sent] == ["op@example.com", "two@example.com"]
    message = post.sent[0][1]
    assert message.title == "⚠️ Telegram does not work"
    assert "none is lost" in message.description
    assert message.description.endswith(f"Answered 401: Unauthorized\n\n{REMEDY}")
    assert message.link == "https://pings.example/dashboard/channels"
    assert store.marked == ["telegram"]


async def test_destinations_that_only_the_operator_can_mend_are_told_of_too():
    store, post = Store(broken(senders.SINGLE)), Post("op@example.com")
    await turn(store, post)
    message = post.sent[0][1]
    assert message.title == "⚠️ Destinations need you"
    assert "their owners cannot mend" in message.description
    assert message.description.endswith("Look at them.")
    assert (store.shared, store.marked) == (["telegram"], [senders.SINGLE])


async def test_one_who_got_it_is_enough():
    store = Store(broken("telegram"))
    await turn(store, Post("two@example.com"))
    assert store.marked == ["telegram"]


async def test_while_no_mail_gets_through_it_stays_to_be_told():
    store = Store(broken("telegram"))
    await turn(store, Post())
    assert store.marked == []


async def test_that_mail_itself_is_refused_is_not_mailed():
    store, post = Store(broken("email")), Post("op@example.com")
    await turn(store, post)
    assert (post.sent, store.marked) == ([], [])


@pytest.mark.parametrize("post", [None, Post()])
async def test_what_is_over_is_forgotten_with_mail_or_without(post):
    store = Store()
    await turn(store, post)
    assert store.healed_at == [NOW]
