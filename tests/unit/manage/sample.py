"""Services over the real store, with a clock that moves by hand."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from pingpilot.channels import find_channels
from pingpilot.domain.event import NewEvent, Purpose, Severity
from pingpilot.domain.ids import CategoryId, DeliveryId, EventId, TimeOrderedIds, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.domain.wire import Failure, Reply
from pingpilot.doors.catalogue import SERVICES
from pingpilot.manage import users, workspaces
from pingpilot.manage.services import Services
from pingpilot.store.clearing import Clear, clear, next_deleted
from pingpilot.store.events import Accept, Answer, accept
from pingpilot.store.models import Category, Workspace
from tests.planted import PlantingBox, plant, plant_content

START = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PASSWORD = plant("correct horse battery")
TELEGRAM = {"bot_token": plant("123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "bot_username": "ping_bot"}
DISCORD = {"bot_token": plant("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB")}


class Clock:
    """Time that moves by hand."""

    def __init__(self) -> None:
        self.now = START

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Pipeline:
    """Applies what is submitted at once, and remembers it."""

    def __init__(self) -> None:
        self.submitted: list[Accept] = []
        self.wakes = 0

    def submit(self, unit: Accept) -> Answer:
        self.submitted.append(unit)
        plant_content(unit.event.description, unit.event.fields_json)
        with transaction.atomic(), connection.cursor() as cursor:
            return accept(cursor, [unit])[0]

    def wake(self) -> None:
        self.wakes += 1


def make_services(clock: Clock, pipeline: Pipeline, **changes: Any) -> Services:
    """Return services of an instance where every channel is set up."""
    given: dict[str, Any] = {
        "public_url": "https://pings.example",
        "box": PlantingBox(b"s" * 32, os.urandom),
        "channels": find_channels(),
        "operator": {"telegram": TELEGRAM, "discord": DISCORD},
        "has_smtp": True,
        "keys_reveal": True,
        "sign_up": "open",
        "allow_private": False,
        "now": lambda: clock.now,
        "entropy": os.urandom,
        "new_id": TimeOrderedIds(lambda: int(clock.now.timestamp() * 1000), os.urandom).next,
        "submit": pipeline.submit,
        "wake": pipeline.wake,
        "doors": [service.spec for service in SERVICES],
        "send": lambda _call: Reply(failure=Failure.NOT_CONFIGURED),
    }
    return Services(**{**given, **changes})


def make_workspace(services: Services, email: str = "ada@example.com", plan: str | None = None) -> Workspace:
    """Return a new workspace of a new user."""
    return workspaces.create(services, users.create(services, email, PASSWORD), "Shop", plan)[0]


def clear_away() -> int:
    """Clear away all that deleted workspaces have left, as the chore does; return how many slices that took."""
    slices = 0
    while (workspace := next_deleted()) is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            clear(cursor, [Clear(workspace)])
        slices += 1
    return slices


def report(services: Services, category: Category, fields_json: str = "{}", **changes: Any) -> EventId:
    """Put an event of an application into the store, undelivered; returns its id."""
    at = changes.pop("at", services.now())
    routes: list[Route] = changes.pop("routes", [])
    event = NewEvent(category.name, None, fields_json, Severity.INFO, at, None, None)
    event_id = EventId(services.new_id())
    services.submit(
        Accept(
            WorkspaceId(category.workspace_id),
            None,
            CategoryId(category.pk),
            event,
            routes,
            event_id,
            [DeliveryId(services.new_id()) for _ in routes],
            services.now(),
            Purpose.REPORT,
        )
    )
    return event_id
