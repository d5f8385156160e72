"""Live parts drawn once for all who see the same: as each of them would have got it, and nobody's own."""

import re

import pytest
from django.test import Client

from pingpilot.accounts.watching import admit, standing
from pingpilot.console.shared import AGAIN, draw
from pingpilot.domain.errors import NotFound, Unauthorized
from pingpilot.live.view import view_of
from pingpilot.manage import events
from pingpilot.store.models import Membership, Session
from tests.unit.console.shop import report, text_of


def session_of(client):
    return next(cookie.value for name, cookie in client.cookies.items() if name.endswith("pingpilot_session"))


@pytest.fixture
def given(client, workspace):
    return admit(session_of(client), workspace.pk)


def drawn(given, path):
    return draw(view_of(given, f"{path}?workspace={given.workspace}")[0], given)


def html_of(drawing):
    return "\n".join(line.removeprefix("data: ") for line in drawing.message.decode().split("\n")[1:])


@pytest.mark.parametrize("page", ["/dashboard", "/dashboard/category/sale", "/dashboard/events", "/dashboard/channels"])
def test_it_is_what_the_page_itself_would_get(client, given, stocked, page):
    alone = text_of(client.get(f"{page}/live", {"workspace": given.workspace}, headers={"HX-Request": "true"}))
    made = drawn(given, f"{page}/live")
    assert f"seen={made.mark}" in alone
    assert html_of(made).strip() == "\n".join(alone.splitlines()).strip()


def test_the_tokens_of_its_forms_are_nobodys(client, given, stocked):
    page = f"/dashboard/channels/{stocked.destination.pk}"
    client.get(page)
    html = html_of(drawn(given, f"{page}/live"))
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', html)
    assert token is not None
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(f"{page}/disable", {"csrfmiddlewaretoken": token[1]}).status_code == 403


def test_what_is_there_no_longer_the_page_asks_for(given, stocked):
    assert drawn(given, "/dashboard/events/0123/live") == AGAIN


def test_the_first_event_brings_the_ranges_along(client, given, services, stocked):
    stocked.event.delete()
    page = text_of(client.get("/dashboard/category/sale"))
    address = re.search(r'data-live hx-get="([^"]+)"', page)
    assert address is not None
    report(services, stocked.category)
    shown = draw(view_of(given, address[1].replace("&amp;", "&"))[0], given)
    assert shown is not None
    assert b"category-bar" in shown.message


def test_a_receipt_whose_deliveries_are_over_is_drawn_for_the_last_time(given, services, workspace):
    event_id = events.send_test(services, workspace)
    assert drawn(given, f"/dashboard/events/{event_id}/live").is_final


def test_leave_is_for_members_who_are_signed_in(client, stranger, nobody, workspace, given):
    with pytest.raises(NotFound):
        admit(session_of(stranger), workspace.pk)
    for session in ("", "made-up"):
        with pytest.raises(Unauthorized):
            admit(session, workspace.pk)
    assert standing([given]) == {given}


def test_leave_ends_with_the_session_the_membership_the_role_and_the_password(client, given, ada):
    role = Membership.objects.filter(user=ada)
    role.update(role="viewer")
    assert standing([given]) == set()
    role.update(role=given.role)
    assert standing([given]) == {given}
    ada.set_password("another one of mine")
    ada.save()
    assert standing([given]) == set()
    Session.objects.filter(user=ada).delete()
    assert draw(view_of(given, "/dashboard/live")[0], given) is None
