"""Workspaces: made, found, and how far they have come."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pingpilot.domain.errors import InvalidRequest, Issue, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.names import tidied
from pingpilot.domain.plan import Plan
from pingpilot.domain.quota import Month, OverLimit, remaining
from pingpilot.domain.role import Role
from pingpilot.manage import keys, members, plans
from pingpilot.manage.audit import NOBODY, Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.access import used_in
from pingpilot.store.models import Category, Destination, Event, Membership, User, Workspace
from pingpilot.store.plans import catalogue
from pingpilot.store.workspaces import changing

NAME_MAX_CHARS = 100
SAMPLES = ("sample-sale", "sample-signup")
"""Categories of made-up events."""
OWNED_MAX = 20
"""Workspaces one account may own: each has a quota of its own."""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The checklist of a new workspace."""

    is_key_copied: bool
    is_channel_linked: bool
    has_event: bool

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_key_copied and self.is_channel_linked and self.has_event


@dataclass(frozen=True, slots=True)
class Settings:
    """What an owner decides about a workspace."""

    name: str
    refuses_without_destination: bool
    over_limit: OverLimit = OverLimit.REJECT


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace has used of its plan. ``limit`` and ``remaining`` are None where there is no limit.

    ``over_limit`` is what becomes of events beyond it; ``held`` is how many wait for quota.
    """

    plan: Plan
    used: int
    limit: int | None
    remaining: int | None
    resets_at: datetime
    categories_used: int
    categories_limit: int | None
    over_limit: OverLimit
    held: int


def create(
    services: Services, owner: User, name: str = "", plan: str | None = None, actor: Actor = NOBODY
) -> tuple[Workspace, str]:
    """Make a workspace with its owner and its primary key, and return it with the key's text.

    ``plan`` is a code of the catalogue; without one it is the instance's default. Raises InvalidRequest.
    """
    title = tidied(name) or f"{owner.display_name}’s workspace"
    now = services.now()
    with transaction.atomic():
        workspace = Workspace.objects.create(name=title[:NAME_MAX_CHARS], plan=plans.chosen(plan).code, created_at=now)
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER, created_at=now)
        key, text = keys.issue(services, workspace, is_primary=True)
        record(services, workspace, actor, "workspace.created", workspace.pk, {"plan": workspace.plan, "key": key.id})
    return workspace, text


def open_another(services: Services, owner: User, name: str, actor: Actor) -> tuple[Workspace, str]:
    """Make a workspace beside those a user owns, as ``create``.

    Raises InvalidRequest for a name that is none, and for too many.
    """
    title = named(name)
    if Membership.objects.filter(user=owner, role=Role.OWNER).count() >= OWNED_MAX:
        rule = f"You own {OWNED_MAX} workspaces, as many as one account may. Delete one, or transfer it"
        raise InvalidRequest([Issue("too_big", ("name",), rule)])
    return create(services, owner, title, actor=actor)


def named(name: str) -> str:
    """Return a workspace's name in the form that is kept; raises InvalidRequest."""
    title = tidied(name)
    if not title:
        raise InvalidRequest([Issue("too_small", ("name",), "A name is required")])
    if len(title) > NAME_MAX_CHARS:
        raise InvalidRequest([Issue("too_big", ("name",), f"A name has {NAME_MAX_CHARS} characters at most")])
    return title


def change(services: Services, workspace: Workspace, settings: Settings, actor: Actor) -> Workspace:
    """Give a workspace a name and settings, and return it afresh; raises InvalidRequest for a name that is none."""
    title = named(settings.name)
    with changing(workspace.pk) as held:
        before = Settings(held.name, held.refuses_without_destination)
        held.name, held.refuses_without_destination = title, settings.refuses_without_destination
        held.save(update_fields=["name", "refuses_without_destination"])
        if held.name != before.name:
            record(services, held, actor, "workspace.renamed", held.pk, {"from": before.name, "to": held.name})
        if held.refuses_without_destination != before.refuses_without_destination:
            detail = {"refuses_without_destination": held.refuses_without_destination}
            record(services, held, actor, "workspace.changed", held.pk, detail)
        _choose(services, held, settings.over_limit, actor)
    return held


def choose_over_limit(services: Services, workspace: Workspace, over_limit: OverLimit, actor: Actor) -> Workspace:
    """Decide what becomes of events beyond the quota, from the next one on; what waits already goes on waiting."""
    with changing(workspace.pk) as held:
        _choose(services, held, over_limit, actor)
    return held


def for_user(user: User) -> list[Workspace]:
    """Return the workspaces that a user owns or joined, the first one joined first."""
    return [one.workspace for one in members.memberships_of(user)]


def find(workspace_id: int, user: User | None = None) -> Workspace:
    """Return a workspace, with ``user`` only one of theirs; raise NotFound."""
    rows = Workspace.objects.filter(pk=workspace_id, deleted_at=None)
    workspace = (rows.filter(memberships__user=user) if user else rows).first()
    if workspace is None:
        raise NotFound("There is no such workspace")
    return workspace


def role_of(workspace: Workspace, user: User) -> Role | None:
    """Return what a user may do in a workspace; None for strangers."""
    role = Membership.objects.filter(workspace=workspace, user=user).values_list("role", flat=True).first()
    return Role(role) if role else None


def first_steps(workspace: Workspace) -> FirstSteps:
    """Return the checklist; a test event does not count as the first event, nor does a made-up one."""
    linked = Destination.objects.filter(workspace=workspace, verified_at__isnull=False, removed_at=None)
    return FirstSteps(
        is_key_copied=workspace.key_copied_at is not None,
        is_channel_linked=linked.exists(),
        has_event=Event.objects.filter(workspace=workspace, purpose=Purpose.REPORT)
        .exclude(category__name__in=SAMPLES)
        .exists(),
    )


def mark_key_copied(services: Services, workspace: Workspace) -> None:
    """Tick the first step; nothing that accepting events rests on, so no new revision."""
    Workspace.objects.filter(pk=workspace.pk, key_copied_at=None).update(key_copied_at=services.now())


def usage(services: Services, workspace: Workspace) -> Usage:
    """Return what is used this month."""
    month = Month.of(services.now())
    plan = catalogue().of(workspace.plan)
    used = used_in(WorkspaceId(workspace.pk), month)
    return Usage(
        plan=plan,
        used=used,
        limit=plan.events_per_month,
        remaining=remaining(plan.events_per_month, used),
        resets_at=month.end,
        categories_used=Category.objects.filter(workspace=workspace).count(),
        categories_limit=plan.categories,
        over_limit=OverLimit(workspace.over_limit),
        held=Event.objects.filter(workspace=workspace, held_at__isnull=False).count(),
    )


def _choose(services: Services, held: Workspace, over_limit: OverLimit, actor: Actor) -> None:
    if over_limit == held.over_limit:
        return
    held.over_limit = over_limit
    held.save(update_fields=["over_limit"])
    record(services, held, actor, "workspace.over_limit", held.pk, {"over_limit": over_limit.value})
