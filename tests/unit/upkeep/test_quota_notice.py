"""The chore that tells owners that the month's events are nearly, or all, used."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot.domain.event import Purpose, Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.message import Message
from pingpilot.domain.quota import Month, OverLimit
from pingpilot.domain.routing import Route
from pingpilot.store import quota_notices
from pingpilot.store.quota_notices import Letter, UsedUp, Warn
from pingpilot.upkeep.quota_notice import QuotaNotices, notice_of
from pingpilot.upkeep.voice import Voice

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NEAR = UsedUp(WorkspaceId(3), "Shop", Month(2026, 11), 80, 812, 1_000, "Pro", OverLimit.REJECT)
FULL = UsedUp(WorkspaceId(3), "Shop", Month(2026, 12), 100, 1_000, 1_000, "Pro", OverLimit.HOLD)
VOICE = Voice("https://pings.example", {}, {}, [], lambda count: [f"{n:032x}" for n in range(count)], lambda: NOW)
ROUTES = [Route(1, "email", WorkspaceId(3))]  # type: ignore[arg-type]  # a destination


class Store:
    """The store's two ends."""

    def __init__(self, *found: UsedUp, letters: tuple[Letter, ...] = (), is_first: bool = True) -> None:
        self.found = list(found)
        self.letters = list(letters)
        self.is_first = is_first
        self.told: list[Warn] = []
        self.returned: list[Letter] = []

    async def run(self, question: Any, *arguments: Any) -> Any:
        match question:
            case quota_notices.untold:
                return self.found
            case quota_notices.routes_to:
                return ROUTES
            case quota_notices.unmailed:
                return self.letters
            case quota_notices.claim_letter:
                return self.is_first
            case _:
                assert question is quota_notices.return_letter
                self.returned.append(arguments[0])
                return None

    async def submit(self, unit: Warn) -> bool:
        self.told.append(unit)
        return self.is_first


class Post:
    """Takes mails, or not."""

    def __init__(self, *, is_up: bool = True) -> None:
        self.is_up = is_up
        self.sent: list[tuple[str, Message]] = []

    async def mail(self, address: str, message: Message) -> bool:
        self.sent.append((address, message))
        return self.is_up


async def turn(store: Store, post: Post | None = None) -> int:
    """Take one turn; return how often the relay was woken."""
    wakes: list[None] = []
    chore = QuotaNotices(
        store,  # type: ignore[arg-type]  # both ends, in one fake
        store,  # type: ignore[arg-type]  # as above
        VOICE,
        post.mail if post else None,
        lambda: wakes.append(None),
    )
    await chore.turn()
    return len(wakes)


async def test_the_owner_is_told_over_the_channels_at_no_cost():
    store = Store(NEAR)
    assert await turn(store) == 1
    (unit,) = store.told
    assert (unit.workspace, unit.year, unit.month, unit.percent, unit.limit, unit.has_mail) == (
        3,
        2026,
        11,
        80,
        1_000,
        False,
    )
    assert (unit.event.purpose, unit.event.routes, unit.event.revision) == (Purpose.NOTICE, ROUTES, None)


async def test_what_another_process_told_is_not_announced():
    assert await turn(Store(NEAR, is_first=False)) == 0


@pytest.mark.parametrize(
    ("used_up", "severity", "said"),
    [
        (NEAR, Severity.WARNING, "Beyond that number events are refused with 429. The count starts anew on 1 December"),
        (
            FULL,
            Severity.CRITICAL,
            "Further events are held until the quota allows them. The count starts anew on 1 January",
        ),
    ],
)
def test_it_says_how_far_what_then_and_until_when(used_up: UsedUp, severity: Severity, said: str):
    notice = notice_of(used_up, "https://pings.example")
    assert f"Shop has used {used_up.used:,} of the 1,000 events of this month (Pro)." in str(notice.description)
    assert said in str(notice.description)
    assert (notice.severity, notice.url) == (severity, "https://pings.example/dashboard/upgrade")


async def test_the_owner_gets_a_mail():
    post = Post()
    await turn(Store(letters=(Letter(1, FULL, ["ada@example.com"]),)), post)
    ((address, message),) = post.sent
    assert (address, message.title) == ("ada@example.com", "100 % of this month’s events are used")


async def test_a_mail_that_was_not_taken_is_tried_again():
    letter = Letter(1, NEAR, ["ada@example.com"])
    store = Store(letters=(letter,))
    await turn(store, Post(is_up=False))
    assert store.returned == [letter]


async def test_a_mail_that_another_process_sends_is_left_to_it():
    post = Post()
    await turn(Store(letters=(Letter(1, NEAR, ["ada@example.com"]),), is_first=False), post)
    assert post.sent == []
