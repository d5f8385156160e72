"""The stream of open pages over a real socket: who may watch, what they are told, and when it ends."""

from contextlib import ExitStack

import pytest

from tests.contract.shop import Shop, is_refusal
from tests.servers.raw import connected
from tests.servers.service import Service
from tests.servers.watcher import PASSWORD, Person, Watch, sign_in, watching

STREAMS_OF_ONE = 16
QUIET = ("beat",)


@pytest.fixture(scope="module")
def watched(shared_service: Service) -> Shop:
    """A workspace whose owner has a password."""
    workspace = shared_service.workspace("watched@example.com", password=PASSWORD)
    shared_service.category(workspace)
    return Shop(shared_service, workspace)


@pytest.fixture(scope="module")
def owner(watched: Shop) -> Person:
    return sign_in(watched.service, watched.workspace.email)


@pytest.fixture(scope="module")
def colleague(watched: Shop) -> Person:
    """Somebody with a workspace of their own."""
    watched.service.workspace("colleague@example.com", password=PASSWORD)
    return sign_in(watched.service, "colleague@example.com")


def join(watched: Shop, email: str, role: str) -> None:
    """Make somebody a member, as another process might."""
    watched.service.rows(
        "INSERT INTO store_membership (workspace_id, user_id, role, created_at)"
        " SELECT ?, id, ?, date_joined FROM store_user WHERE email = ?",
        *(watched.workspace.id, role, email),
    )


def leave(watched: Shop, email: str) -> None:
    watched.service.rows(
        "DELETE FROM store_membership WHERE workspace_id = ? AND user_id = (SELECT id FROM store_user WHERE email = ?)",
        *(watched.workspace.id, email),
    )


def kinds_to_the_end(watch: Watch) -> list[str]:
    """Return what kinds of events come before the end."""
    kinds: list[str] = []
    try:
        while True:
            kinds.append(watch.event()[0])
    except EOFError:
        return kinds


def test_an_event_is_shown_and_a_page_that_shows_it_hears_nothing(watched: Shop, owner: Person):
    with watching(owner, watched.service, watched.workspace.id, owner.part()) as watch:
        assert watch.status == 200
        assert watch.event()[0] == "hello"
        assert watched.post({"category": "sale", "description": "A green hat"}).status == 200
        html = watch.drawn_with("A green hat")
        assert 'id="glance"' in html
        assert 'hx-swap-oob="true"' in html


def test_a_page_that_comes_again_catches_up(watched: Shop, owner: Person):
    before = owner.part("/dashboard/events")
    assert watched.post({"category": "sale", "description": "Missed while asleep"}).status == 200
    with watching(owner, watched.service, watched.workspace.id, before) as watch:
        assert watch.event()[0] == "hello"
        watch.drawn_with("Missed while asleep")


def test_without_a_session_nobody_watches(watched: Shop, owner: Person):
    with watching(None, watched.service, watched.workspace.id, "/dashboard/live") as watch:
        assert watch.status == 401
    forged = Person(watched.service, "pingpilot_session=abcdefghijklmnopqrstuvwxyz012345")
    with watching(forged, watched.service, watched.workspace.id, "/dashboard/live") as watch:
        assert watch.status == 401


def test_what_belongs_to_others_is_not_there(watched: Shop, colleague: Person):
    for workspace in (watched.workspace.id, 10**9):
        with watching(colleague, watched.service, workspace, "/dashboard/live") as watch:
            assert watch.status == 404


@pytest.mark.parametrize(
    "part", ["/dashboard", "//elsewhere/dashboard/live", "https://elsewhere/dashboard/live", "/dashboard/../live", ""]
)
def test_only_parts_of_pages_are_drawn(watched: Shop, owner: Person, part: str):
    with watching(owner, watched.service, watched.workspace.id, part) as watch:
        assert watch.status == 400


def test_only_get(watched: Shop, owner: Person):
    answer = watched.service.request("POST", "/dashboard/stream", headers={"Cookie": owner.cookies})
    assert is_refusal(answer, 405, "This address takes GET only", "method_not_allowed")


def test_a_viewer_watches_until_they_are_no_member(watched: Shop, colleague: Person):
    join(watched, "colleague@example.com", "viewer")
    part = f"/dashboard/live?workspace={watched.workspace.id}"
    with watching(colleague, watched.service, watched.workspace.id, part) as watch:
        assert [watch.event()[0], watch.event(but=QUIET)[0]] == ["hello", "part"]
        leave(watched, "colleague@example.com")
        assert kinds_to_the_end(watch)[-1] == "bye"
    with watching(colleague, watched.service, watched.workspace.id, part) as watch:
        assert watch.status == 404


def test_who_signs_out_watches_no_more(watched: Shop):
    person = sign_in(watched.service, watched.workspace.email)
    with watching(person, watched.service, watched.workspace.id, person.part()) as watch:
        assert watch.event()[0] == "hello"
        assert person.post("/sign-out", "/dashboard/account-settings") == 302
        assert kinds_to_the_end(watch)[-1] == "bye"


def test_one_person_opens_only_so_many(watched: Shop):
    watched.service.workspace("greedy@example.com", password=PASSWORD)
    join(watched, "greedy@example.com", "viewer")
    person = sign_in(watched.service, "greedy@example.com")
    address = f"/dashboard/stream?workspace={watched.workspace.id}&part=/dashboard/live"
    request = f"GET {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {person.cookies}\r\n\r\n".encode()
    with ExitStack() as all_of_them:
        streams = [all_of_them.enter_context(connected(watched.service.port)) for _ in range(STREAMS_OF_ONE + 1)]
        statuses = [stream.send(request).answer(has_body=False).status for stream in streams]
    assert statuses == [200] * STREAMS_OF_ONE + [503]
