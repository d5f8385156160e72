"""What people and providers wrote is text on every page: never an element, an attribute or a script."""

import json
from html.parser import HTMLParser

import pytest
from django.test import Client

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.role import Role
from pingpilot.manage import keys
from pingpilot.manage.audit import NOBODY
from pingpilot.store.models import (
    AuditEntry,
    Delivery,
    Destination,
    Event,
    Invitation,
    Key,
    Membership,
    Session,
    User,
    Workspace,
)
from tests.unit.console.addresses import ADDRESSES
from tests.unit.console.routes import undone
from tests.unit.console.shop import text_of

EVIL = """"'></title></textarea></script><evil a=1 onload=x>{{ evil }}{% evil %}<!--"""
ALSO = (
    "/dashboard/events?q={evil}",
    "/dashboard/events?category={evil}",
    "/dashboard/category/sale?tab={evil}",
    "/dashboard/workspace/log?action={evil}",
    "/admin/users?q={evil}",
    "/admin/workspaces?q={evil}",
    "/admin/audit?action={evil}",
    "/sign-in?next=/{evil}",
    "/sign-up?next=/{evil}",
    "/reauthenticate?next=/{evil}",
    "/?category={evil}&description={evil}",
)


class Elements(HTMLParser):
    """Finds the element and the attribute that a page may not have, and templates that were run twice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "evil" or any(name.startswith("on") or name == "a" for name, _ in attrs):
            self.found.append(f"{tag} {attrs}"[:200])

    def handle_comment(self, data):
        self.found.append(f"<!-- {data}"[:80])


@pytest.fixture
def planted(services, ada, workspace, stocked, clock):
    """Every text that somebody may choose says the same, straight in the tables: whatever checks are at the doors."""
    Delivery.objects.create(
        id=services.new_id(),
        event=stocked.event,
        destination=stocked.destination,
        channel="webhook",
        state=DeliveryState.DEAD,
        due_at=clock.now,
        begun_at=clock.now,
        final_at=clock.now,
        last_detail=EVIL,
    )
    keys.create(services, workspace, keys.Draft(EVIL[:90], ("events:write",)), NOBODY)
    AuditEntry.objects.create(workspace=workspace, actor=ada, action="key.created", detail={"name": EVIL})
    AuditEntry.objects.create(actor=ada, target=str(ada.pk), action="user.signed_in", detail={"by": EVIL})
    User.objects.update(name=EVIL, time_zone="UTC")
    Workspace.objects.update(name=EVIL)
    Key.objects.update(name=EVIL)
    Membership.objects.filter(role=Role.VIEWER).update(role=Role.MEMBER)
    Invitation.objects.update(email=f"{EVIL[:60]}@example.com")
    Event.objects.update(description=EVIL, fields=json.dumps({EVIL: EVIL}))
    Destination.objects.update(
        label=EVIL, address=EVIL, last_error=EVIL, last_error_at=clock.now, disabled_reason=EVIL, gone_at=clock.now
    )
    return stocked


def test_no_page_takes_it_for_more_than_text(planted, ada):
    browser = Client(headers={"User-Agent": EVIL})
    browser.force_login(ada)
    browser.get("/dashboard")
    Session.objects.update(device=EVIL)
    paths = [one.path(planted.names) for one in ADDRESSES] + [path.format(evil=EVIL) for path in ALSO]
    shown, found = 0, {}
    for path in paths:
        with undone():
            answer = browser.get(path)
        if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        html = text_of(answer)
        shown += "&lt;evil" in html
        if bad := Elements(html).found:
            found[path] = bad
    assert not found
    assert shown > 25, "nothing of it was shown: nothing was proven"
