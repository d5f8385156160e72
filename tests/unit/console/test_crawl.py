"""Every address as everybody: the answer that is expected of each, nothing of others' in it, and no way out of here."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from pingpilot.accounts.audience import Audience
from pingpilot.domain.role import Action, Role
from pingpilot.manage import keys
from pingpilot.store.models import User, Workspace
from tests.unit.console.addresses import ADDRESSES
from tests.unit.console.routes import undone
from tests.unit.console.shop import colleague, text_of

METHODS = ("get", "post")
SHOWN = {200, 204, 302, 400, 401, 404, 405, 409, 410, 422}
"""What a page may answer to whom it is for: it may not know the thing, or not take the method."""
EVIL = "https://evil.example/in"
ELSEWHERE = dict.fromkeys(("next", "back", "to", "url", "redirect", "continue"), EVIL)


CALLED_BY_PROGRAMS = {"stripe-hook", "unsubscribe"}
"""Addresses that other programs call, which have no cookie and no token of a form."""
MARKS = ("Confidential Ltd", "ada@example.com", "linus-", "hooks.example", "seats")
"""What no stranger may read."""


@pytest.fixture
def everybody(services, ada, workspace, stranger, nobody):
    """A browser for each kind of person, by what they are; the workspace that is looked at is ada's."""
    Workspace.objects.filter(pk=workspace.pk).update(name="Confidential Ltd")
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    User.objects.exclude(pk=ada.pk).update(is_staff=False)
    viewer, operator = Client(), Client()
    viewer.force_login(colleague(services, workspace, Role.VIEWER))
    operator.force_login(ada)
    return {"anonymous": nobody, "stranger": stranger, "viewer": viewer, "operator": operator}


def expected(needs, who):
    """Return the statuses that an address may answer with."""
    if needs is Audience.EVERYBODY:
        return SHOWN
    if needs is Audience.OPERATORS:
        return SHOWN if who == "operator" else {404}
    if who == "anonymous":
        return {302}
    if isinstance(needs, Action) and who == "viewer" and needs is not Action.LOOK:
        return {403}
    return SHOWN


def crawled(browser, stocked):
    """Call every address as somebody, with other sites to go to; take back what that did, and yield the answers."""
    for one in ADDRESSES:
        path = one.path(stocked.names)
        for method in METHODS:
            with undone():
                yield one, f"{method} {path}", getattr(browser, method)(f"{path}?{urlencode(ELSEWHERE)}", ELSEWHERE)


def is_led_away(answer):
    """Tell whether an answer leads to another site, or links to the one that was asked for."""
    location = answer.get("Location", "/")
    links = "" if answer.streaming else text_of(answer)
    is_here = location.startswith("/") and not location.startswith(("//", "/\\"))
    return not is_here or re.search(f'(href|src|action|formaction|content)="{EVIL}', links) is not None


def test_every_address_states_whom_it_is_for():
    assert len(ADDRESSES) > 90
    assert not [one.name for one in ADDRESSES if one.needs is None]


@pytest.mark.parametrize("who", ["anonymous", "stranger", "viewer", "operator"])
def test_every_address_answers_as_it_states_and_leads_nowhere_else(everybody, workspace, stocked, who):
    marks = {*MARKS, keys.primary(workspace).id, stocked.key_id} if who in {"anonymous", "stranger"} else ()
    wrong, away, told = [], [], []
    for one, asked, answer in crawled(everybody[who], stocked):
        if answer.status_code not in expected(one.needs, who):
            wrong.append((asked, answer.status_code))
        if who == "anonymous" and one.needs not in (Audience.EVERYBODY, Audience.OPERATORS):
            assert answer["Location"].startswith("/sign-in?next=/"), asked
        if is_led_away(answer):
            away.append(asked)
        shown = "" if answer.streaming else text_of(answer).replace(asked.partition(" ")[2], "")
        told += [(asked, mark) for mark in marks if mark in shown]
    assert (wrong, away, told) == ([], [], [])


def test_no_form_is_taken_without_its_token(ada, stocked):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert {one.name for one in ADDRESSES} > CALLED_BY_PROGRAMS
    for one in (one for one in ADDRESSES if one.name not in CALLED_BY_PROGRAMS):
        answer = strict.post(one.path(stocked.names))
        assert answer.status_code == 403, one.name
        assert "This form has expired" in text_of(answer), one.name
