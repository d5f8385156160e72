"""The page of the link in every mail, opened by people, pressed in mail programs, and guessed at."""

import pytest
from django.test import Client

from pingpilot.manage import destinations, unsubscribing
from pingpilot.manage.destinations import Draft
from pingpilot.store.models import AuditEntry, Destination
from tests.unit.console.shop import text_of

ONE_PRESS = b"List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def destination(services, workspace):
    draft = Draft("email", {"to": "grace@example.com"}, is_verified=True)
    return destinations.add(services, workspace, draft).destination


@pytest.fixture
def page(services, destination):
    return "/unsubscribe/" + unsubscribing.link_of(services, destination.pk).rpartition("/")[2]


@pytest.fixture
def mail_program():
    """It has no cookies and no token of a form."""
    return Client(enforce_csrf_checks=True)


def is_active():
    return Destination.objects.get().is_active


def test_opening_the_link_alone_changes_nothing(nobody, page):
    for answer in (nobody.get(page), nobody.head(page)):
        assert (answer.status_code, is_active()) == (200, True)
    html = text_of(nobody.get(page))
    assert "g…e@example.com" in html
    assert "grace@example.com" not in html
    assert '<button class="btn btn--main btn--wide" type="submit">Unsubscribe</button>' in html


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_PRESS, FORM),
        (b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
        (b"", FORM),
    ],
)  # fmt: skip
def test_one_press_unsubscribes_without_cookies_or_a_way_round(mail_program, page, body, kind):
    answer = mail_program.post(page, body, content_type=kind)
    assert (answer.status_code, is_active()) == (200, False)
    assert "You are unsubscribed" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]


def test_pressed_again_it_says_the_same(mail_program, page):
    for _ in range(3):
        answer = mail_program.post(page, ONE_PRESS, content_type=FORM)
        assert (answer.status_code, "You are unsubscribed" in text_of(answer)) == (200, True)
    assert "You are unsubscribed" in text_of(mail_program.get(page))
    assert AuditEntry.objects.filter(action="destination.unsubscribed").count() == 1


def test_its_owner_reads_of_it_on_the_dashboard_and_in_the_log(client, mail_program, page, destination):
    mail_program.post(page, ONE_PRESS, content_type=FORM)
    assert "has unsubscribed" in text_of(client.get("/dashboard/channels"))
    own = text_of(client.get(f"/dashboard/channels/{destination.pk}"))
    assert "Whoever gets its messages has unsubscribed" in own
    assert "a link is sent there" in own
    assert "unsubscribed from channel" in text_of(client.get("/dashboard/workspace/log"))


def test_switched_on_again_it_waits_for_its_link(client, mail_program, page, destination):
    mail_program.post(page, ONE_PRESS, content_type=FORM)
    answer = client.post(f"/dashboard/channels/{destination.pk}/enable", follow=True)
    assert "A link was sent there" in text_of(answer)
    assert "Not verified" in text_of(answer)


def test_a_forged_link_is_answered_with_what_to_do(mail_program, page):
    token = page.rpartition("/")[2]
    for forged in ("/unsubscribe/abc", page[:-2], f"/unsubscribe/{token.swapcase()}"):
        answer = mail_program.post(forged, ONE_PRESS, content_type=FORM)
        assert (answer.status_code, is_active()) == (404, True)
        assert "Open the newest message" in text_of(answer)


def test_guessing_is_bounded_and_stops_nobody_who_has_a_link(mail_program, page):
    statuses = {mail_program.get("/unsubscribe/abc").status_code for _ in range(70)}
    assert statuses == {404, 429}
    assert mail_program.post(page, ONE_PRESS, content_type=FORM).status_code == 200
    assert not is_active()


def test_other_methods_are_refused(mail_program, page):
    assert mail_program.delete(page).status_code == 405
    assert is_active()
