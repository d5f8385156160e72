"""Searches kept under names: saved, opened, removed and taken back, by those who may, each workspace its own."""

import html
import re

import pytest

from pingpilot.domain.role import Role
from pingpilot.manage import saved_filters
from pingpilot.manage.audit import NOBODY
from pingpilot.store.models import AuditEntry, SavedFilter
from tests.unit.console.conftest import signed_in
from tests.unit.console.shop import colleague, text_of

PAGE, SAVE = "/dashboard/events", "/dashboard/events/filters/save"
QUERY = "status=FAILED&field=amount&is=gt&value=100&category=sale"


def pills(response):
    """Return what is offered: where it leads, and whether it is what is shown."""
    found = re.findall(r'<a class="pill" href="([^"]+)"( aria-current="page")?>([^<]+)</a>', text_of(response))
    return {html.unescape(name): (html.unescape(href), bool(current)) for href, current, name in found}


def test_a_search_is_kept_under_a_name_and_opens_by_its_address(client, stocked):
    assert "Save filter" in text_of(client.get(f"{PAGE}?{QUERY}"))
    shown = client.post(f"{SAVE}?{QUERY}", {"name": "  Big   failures "}, follow=True)
    assert shown.redirect_chain == [(f"{PAGE}?{QUERY}", 302)]
    assert "Saved “Big failures”" in text_of(shown)
    assert pills(shown)["Big failures"] == (f"{PAGE}?{QUERY}", True)
    assert "Save filter" not in text_of(shown)
    assert pills(client.get(PAGE))["All events"] == (PAGE, True)
    assert pills(client.get(PAGE))["Big failures"] == (f"{PAGE}?{QUERY}", False)


def test_the_same_search_is_known_however_its_address_is_written(client, workspace, services):
    saved_filters.save(services, workspace, "Loud", "status=FAILED&severity=critical", NOBODY)
    assert pills(client.get(f"{PAGE}?severity=critical&q=&status=FAILED&nonsense=1"))["Loud"][1]
    assert not pills(client.get(f"{PAGE}?severity=critical"))["Loud"][1]


def test_one_is_removed_by_one_press_and_that_is_taken_back_by_another(client, stocked):
    number = stocked.saved.pk
    shown = client.post(f"{PAGE}/filters/{number}/remove", follow=True)
    assert "Removed “Failed”." in text_of(shown)
    assert pills(shown) == {}
    undo = html.unescape(
        re.findall(r'<form method="post" action="([^"]+filters/save[^"]+name=[^"]+)"', text_of(shown))[0]
    )
    assert pills(client.post(undo, follow=True))["Failed"] == (f"{PAGE}?status=FAILED", True)
    assert client.post(f"{PAGE}/filters/{number}/remove").status_code == 404
    done = AuditEntry.objects.filter(action__startswith="filter.").order_by("pk").values_list("action", flat=True)
    assert list(done) == ["filter.saved", "filter.removed", "filter.saved"]


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("status=FAILED", " \u200b ", "Give the filter a name."),
        ("status=FAILED", "x" * 61, "60 characters at most"),
        ("q=sold", "failed", "There is a filter of that name already."),
        ("", "Nothing", "search for something first"),
        ("nonsense=1&status=ODD", "Nothing", "search for something first"),
        ("q=" + "%F0%9F%9A%80" * 500, "Rockets", "too long to be kept"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_the_name_and_what_was_typed_stays(client, stocked, query, name, sentence):
    answer = client.post(f"{SAVE}?{query}", {"name": name})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert f'value="{name}"' in text_of(answer)
    assert '<details class="menu" data-menu open>' in text_of(answer)
    assert SavedFilter.objects.count() == 1


def test_a_workspace_keeps_twenty(services, workspace, client):
    for number in range(saved_filters.KEPT_MAX):
        saved_filters.save(services, workspace, f"No. {number}", f"q={number}", NOBODY)
    answer = client.post(f"{SAVE}?q=more", {"name": "One more"})
    assert "keeps 20 filters at most" in text_of(answer)
    assert SavedFilter.objects.count() == saved_filters.KEPT_MAX


def test_each_workspace_has_its_own(client, stranger, stocked):
    assert "Failed" not in pills(stranger.get(PAGE))
    assert stranger.post(f"{PAGE}/filters/{stocked.saved.pk}/remove").status_code == 404
    assert stranger.post(f"{SAVE}?q=x", {"name": "Failed"}).status_code == 302


def test_who_may_only_look_opens_them_and_changes_none(services, workspace, stocked):
    viewer = signed_in(colleague(services, workspace, Role.VIEWER))
    page = viewer.get(f"{PAGE}?status=FAILED")
    assert pills(page)["Failed"][1]
    assert "filters/" not in text_of(page)
    assert "Save filter" not in text_of(viewer.get(f"{PAGE}?q=x"))
    assert viewer.post(f"{SAVE}?q=x", {"name": "X"}).status_code == 403


def test_a_name_is_shown_as_text(client, stocked):
    shown = client.post(f"{SAVE}?q=x", {"name": "<b>&amp;"}, follow=True)
    assert "<b>&amp;" not in text_of(shown)
    assert pills(shown)["<b>&amp;"][1]
