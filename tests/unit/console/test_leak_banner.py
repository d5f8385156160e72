"""What the dashboard says of a key that was found in the open."""

import pytest

from pingpilot.manage import keys, leaks
from pingpilot.manage.audit import NOBODY
from pingpilot.store.models import Key
from tests.unit.console.shop import text_of

PAGES = ["/dashboard", "/dashboard/api-key"]


def reported(services, workspace):
    key = keys.primary(workspace)
    text = services.box.unseal(bytes(key.sealed or b""), f"key:{key.id}").decode()
    leaks.report(services, text, NOBODY)
    return text


@pytest.mark.parametrize("path", PAGES)
def test_the_workspace_is_told_without_any_mail_and_not_by_the_key(client, services, workspace, path):
    text = reported(services, workspace)
    html = text_of(client.get(path))
    assert "<strong>Primary key</strong> was found in the open" in html
    assert "a new primary key made in its place" in html
    assert text not in html


def test_until_the_new_key_is_in_use(client, services, workspace):
    reported(services, workspace)
    Key.objects.filter(pk=keys.primary(workspace).pk).update(last_used_at=services.now())
    assert "found in the open" not in text_of(client.get("/dashboard"))


def test_or_for_a_week(client, services, clock, workspace):
    _, text = keys.create(services, workspace, keys.Draft("Billing", ("events:write",)), NOBODY)
    leaks.report(services, text, NOBODY)
    html = text_of(client.get("/dashboard"))
    assert "<strong>Billing</strong> was found in the open" in html
    assert "until it has another key" in html
    clock.advance(days=7)
    assert "found in the open" not in text_of(client.get("/dashboard"))
