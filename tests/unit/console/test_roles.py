"""Who may open and send what, for every role and every address of the dashboard."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import resolve

from pingpilot.accounts.audience import stated_by
from pingpilot.domain.role import Action, Role, may
from tests.unit.console.routes import MEMBERS, OWN, tried
from tests.unit.console.shop import colleague, text_of

SEEN, DONE = {200, 204, 302, 405}, {200, 204, 302, 405, 409, 422}
METHODS = (("get", SEEN), ("post", DONE))


class Offers(HTMLParser):
    """What a page offers: addresses to open, and forms to send, each with whether it names its workspace."""

    def __init__(self, page: str, html: str) -> None:
        super().__init__()
        self.page = page
        self.links: set[str] = set()
        self.forms: list[tuple[str, set[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links |= {given[name] for name in ("href", "hx-get") if given.get(name, "").startswith("/dashboard")}
        if tag == "form" and given.get("method") == "post":
            self.forms.append((given.get("action") or self.page, set()))
        if tag in {"input", "button"} and self.forms and given.get("name"):
            self.forms[-1][1].add(given["name"])


@pytest.fixture(params=list(Role))
def somebody(request, services, workspace, ada):
    """A role, and the browser of a member who has it."""
    client = Client()
    client.force_login(ada if request.param is Role.OWNER else colleague(services, workspace, request.param))
    return request.param, client


def test_a_role_opens_and_sends_what_the_table_says_and_nothing_else(somebody, stocked):
    role, client = somebody
    wrong = []
    for route in MEMBERS:
        for method, fine in METHODS:
            status = tried(client, method, route.path(stocked.names))
            if (status not in fine) if may(role, route.action) else status != 403:
                wrong.append((route.name, method, status))
    assert not wrong


def test_who_may_only_look_sends_nothing_whatever_the_pages_state(services, workspace, stocked):
    """But for going to another workspace, and for leaving."""
    viewer = Client()
    viewer.force_login(colleague(services, workspace, Role.VIEWER))
    sent = {route.name: tried(viewer, "post", route.path(stocked.names)) for route in MEMBERS}
    assert {name for name, status in sent.items() if status not in {403, 405}} == {
        "workspace-choose",
        "workspace-leave",
    }


def test_what_is_about_oneself_is_open_to_every_role(somebody, stocked):
    _, client = somebody
    own = [route for route in OWN if route not in MEMBERS]
    assert own
    found = {
        (route.name, method): tried(client, method, route.path(stocked.names)) for route in own for method, _ in METHODS
    }
    assert not {what: status for what, status in found.items() if status in {401, 403, 404}}


def test_a_stranger_finds_nothing_that_is_somebody_elses(stranger, stocked):
    of_one = [route for route in MEMBERS if route.is_of_one]
    assert of_one
    found = {
        (route.name, method): tried(stranger, method, route.path(stocked.names))
        for route in of_one
        for method, _ in METHODS
    }
    assert not {what: status for what, status in found.items() if status != 404}


def test_neither_does_a_stranger_who_may_only_look_at_home(stranger, stocked):
    """A refusal would say that there is something."""
    user = stranger.get("/dashboard").wsgi_request.user
    user.memberships.update(role="viewer")
    found = {route.name: tried(stranger, "post", route.path(stocked.names)) for route in MEMBERS if route.is_of_one}
    assert not {what: status for what, status in found.items() if status != 404}


def test_nobody_is_sent_to_sign_in_and_back(nobody, stocked):
    for route in OWN:
        for method, _ in METHODS:
            answer = getattr(nobody, method)(route.path(stocked.names))
            assert answer.status_code == 302, route.name
            assert answer["Location"].startswith("/sign-in?next=/dashboard"), route.name


def test_nothing_is_offered_that_the_role_does_not_allow(somebody, stocked):
    """Every link and button that can be reached from the dashboard, as this role sees it."""
    role, client = somebody
    wrong: list[object] = []
    waiting, known = ["/dashboard"], {"/dashboard"}
    while waiting:
        page = waiting.pop()
        answer = client.get(page)
        if answer.status_code in {403, 404}:
            wrong.append((page, answer.status_code))
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        offers = Offers(page, text_of(answer))
        for action, _ in offers.forms:
            needs = stated_by(resolve(action.partition("?")[0]).func)
            if isinstance(needs, Action) and not may(role, needs):
                wrong.append((page, action))
        new = {link.partition("#")[0].partition("&seen=")[0] for link in offers.links} - known
        known |= new
        waiting += sorted(new)
    assert len(known) > 10
    assert not wrong


def test_every_form_says_for_which_workspace_it_was_shown(client, stocked):
    unnamed = []
    for route in MEMBERS:
        answer = client.get(route.path(stocked.names))
        if answer.status_code == 200 and not answer.streaming:
            forms = Offers("", text_of(answer)).forms
            unnamed += [(route.name, action) for action, names in forms if "workspace" not in names]
    assert not unnamed
