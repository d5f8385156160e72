"""Two made-up categories with two weeks of events, to look around in; taken away again in one go."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from pingpilot.domain.errors import CategoryLimitReached
from pingpilot.domain.event import EventStatus, Purpose, Severity
from pingpilot.domain.ids import EventId
from pingpilot.manage import categories
from pingpilot.manage.audit import Actor
from pingpilot.manage.categories import Draft
from pingpilot.manage.services import Services
from pingpilot.manage.workspaces import SAMPLES
from pingpilot.store.erasing import erase
from pingpilot.store.models import Category, Event, Workspace
from pingpilot.store.plans import catalogue

NAMES = SAMPLES
DRAFTS = (Draft(NAMES[0], "#2ECC71", "💰"), Draft(NAMES[1], "#6C5CE7", "👤"))
MARK = "pingpilot-sample-data"
"""The ``dedupe_key`` of what is made up, by which it is told from what was sent."""
EVENTS = 60
"""In each category."""
_SPREAD = timedelta(days=14)
_PEOPLE = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Margaret Hamilton", "Jean Bartik")
_PRICES = {"PRO": 29, "ENTERPRISE": 49}
_PLANS, _SOURCES = tuple(_PRICES), ("search", "a friend")
_CHANCES = 3
"""Random bytes that make an event."""


def is_there(workspace: Workspace) -> bool:
    """Tell whether a workspace has any of it."""
    return Category.objects.filter(workspace=workspace, name__in=NAMES).exists()


def make(services: Services, workspace: Workspace, actor: Actor) -> None:
    """Make what is missing of it. It goes to no channel, and takes nothing from the quota.

    Raises CategoryLimitReached where the plan has no room for it.
    """
    names = set(Category.objects.filter(workspace=workspace).values_list("name", flat=True))
    missing = [draft for draft in DRAFTS if draft.name not in names]
    limit = catalogue().of(workspace.plan).categories
    if limit is not None and len(names) + len(missing) > limit:
        raise CategoryLimitReached
    for draft in missing:
        category = categories.create(services, workspace, draft, actor)
        with transaction.atomic():  # held, so that nobody deletes it meanwhile
            held = Category.objects.select_for_update().filter(pk=category.pk)
            Event.objects.bulk_create([event for one in held for event in _events(services, one)])


def remove(services: Services, workspace: Workspace, actor: Actor) -> None:
    """Take all of it away. Events that somebody has sent to its categories stay, as those of any deleted category."""
    made = Event.objects.filter(workspace=workspace, dedupe_key=MARK, repeat_of=None)
    erase([EventId(pk.hex) for pk in made.values_list("pk", flat=True)])
    for name in Category.objects.filter(workspace=workspace, name__in=NAMES).values_list("name", flat=True):
        categories.delete(services, workspace, name, actor, keep_events=True)


def _events(services: Services, category: Category) -> list[Event]:
    return [_event(services, category, services.entropy(_CHANCES)) for _ in range(EVENTS)]


def _moment(chance: int, now: datetime) -> datetime:
    """Return an instant of the last two weeks, more likely a late one."""
    return now - _SPREAD * (chance / 256) ** 2 - timedelta(microseconds=1 + chance)


def _event(services: Services, category: Category, chances: bytes) -> Event:
    when, one, another = chances
    who, plan = _PEOPLE[one % len(_PEOPLE)], _PLANS[another % len(_PLANS)]
    is_sale = category.name == NAMES[0]
    fields = {"plan": plan, "amount": _PRICES[plan]} if is_sale else {"source": _SOURCES[another % len(_SOURCES)]}
    return Event(
        id=UUID(hex=services.new_id()),
        workspace_id=category.workspace_id,
        category=category,
        category_name=category.name,
        purpose=Purpose.REPORT,
        description=f"{who} bought {plan}" if is_sale else f"{who} signed up",
        fields=json.dumps(fields),
        severity=Severity.SUCCESS if is_sale else Severity.INFO,
        dedupe_key=MARK,
        occurred_at=_moment(when, services.now()),
        received_at=services.now(),
        status=EventStatus.DELIVERED,
    )
