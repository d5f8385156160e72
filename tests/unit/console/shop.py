"""What the pages show: a user, and a workspace with a category, events, and a destination."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpResponse

from pingpilot.domain.role import Role
from pingpilot.manage import categories, destinations, invitations, keys, members, saved_filters, users, workspaces
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.services import Services
from pingpilot.store.models import Category, Destination, Event, Invitation, Membership, SavedFilter, User, Workspace
from tests.unit.manage.sample import PASSWORD, Clock, Pipeline, make_services, report

__all__ = [
    "PASSWORD",
    "Clock",
    "Pipeline",
    "Stock",
    "colleague",
    "make_services",
    "make_user",
    "report",
    "stock",
    "text_of",
]

HOOK = "https://hooks.example/in"


@dataclass(frozen=True)
class Stock:
    """What a page may be asked about."""

    category: Category
    event: Event
    destination: Destination
    key_id: str
    invitation: Invitation
    member: Membership
    saved: SavedFilter

    @property
    def event_id(self) -> str:
        return self.event.id.hex

    @property
    def names(self) -> dict[str, object]:
        """What the addresses of the dashboard may name."""
        return {
            "event_id": self.event_id,
            "filter_id": self.saved.pk,
            "invitation_id": self.invitation.pk,
            "kind": "webhook",
            "member_id": self.member.pk,
            "name": self.category.name,
            "number": self.destination.pk,
            "key_id": self.key_id,
            "service": "github",
            "token": "unknown",
        }


def make_user(services: Services, email: str) -> User:
    """Return a new user with a workspace."""
    user = users.create(services, email, PASSWORD)
    workspaces.create(services, user)
    return user


def colleague(services: Services, workspace: Workspace, role: Role, email: str = "") -> User:
    """Return a new user who is in this workspace alone."""
    user = users.create(services, email or f"{role}@example.com", PASSWORD)
    members.join(services, workspace, user, role)
    return user


def stock(services: Services, workspace: Workspace) -> Stock:
    """Put one of everything into a workspace."""
    category = categories.create(services, workspace, categories.Draft("sale", "#FFEB3B", "💰"))
    draft = destinations.Draft("webhook", {"url": HOOK}, label="Ops", is_verified=True)
    destination = destinations.add(services, workspace, draft).destination
    event_id = report(services, category, '{"amount": 99.90, "<b>plan</b>": "PRO", "first": false, "seats": 0}')
    key, _ = keys.create(services, workspace, keys.Draft("Billing", ("events:write",)), NOBODY)
    event = Event.objects.get(pk=event_id)
    invitation = invitations.invite(services, workspace, "grace@example.com", Role.MEMBER, NOBODY).invitation
    member = colleague(services, workspace, Role.VIEWER, f"linus-{workspace.pk}@example.com").memberships.get()
    saved = saved_filters.save(services, workspace, "Failed", "status=FAILED", NOBODY)
    return Stock(category, event, destination, key.id, invitation, member, saved)


def text_of(response: object) -> str:
    """Return the body of an answer of Django's test client."""
    return cast("HttpResponse", response).content.decode()
