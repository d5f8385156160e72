"""Signing in with a channel's provider: what must come back, and whose destination it makes."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings

from pingpilot.domain.role import Role
from pingpilot.domain.wire import Call, Failure, Reply
from pingpilot.manage import workspaces
from pingpilot.store.models import AuditEntry, Destination, Event
from tests.unit.console.shop import colleague, text_of
from tests.unit.manage.sample import DISCORD

ADD, CONNECT = "/dashboard/channels/add/discord", "/dashboard/channels/connect/discord"
BACK = f"{CONNECT}/back"
USER = "223456789012345678"
CLIENT = {"client_id": "123456789012345678", "client_secret": "a-secret-of-the-application-0123"}
TOKEN = {"access_token": "6qrZcUqja7812RVdnEKjpzOL4CvHBFG", "scope": "identify"}


class Discord:
    """Answers each call in turn."""

    def __init__(self) -> None:
        self.answers: list[Reply] = [said(TOKEN), said({"id": USER, "username": "ada"})]
        self.asked: list[Call] = []

    def send(self, call: Call) -> Reply:
        self.asked.append(call)
        return self.answers[len(self.asked) - 1]


def said(body: object) -> Reply:
    return Reply(200, body=json.dumps(body).encode())


@pytest.fixture
def discord():
    return Discord()


@pytest.fixture
def signing(services, discord):
    """An instance where owners may sign in with Discord."""
    operator = {**services.operator, "discord": {**DISCORD, **CLIENT}}
    with override_settings(PINGPILOT=replace(services, operator=operator, send=discord.send)) as made:
        yield made


def left(client: Client, **given: object) -> str:
    """Leave for Discord; return the state that has to come back."""
    html = text_of(client.post(CONNECT, given))
    url = html.partition("0; url=")[2].partition('"')[0].replace("&amp;", "&")
    return parse_qs(urlsplit(url).query)["state"][0]


def shown(client: Client, **query: str) -> str:
    return text_of(client.get(BACK, query, follow=True))


def test_the_button_is_there_where_the_operator_set_it_up(client, services):
    assert "Connect Discord" not in text_of(client.get(ADD)).partition("How it works")[0]
    assert "Nobody can sign in with Discord here." in text_of(client.post(CONNECT, follow=True))


@pytest.mark.usefixtures("signing")
def test_whoever_comes_back_gets_a_message_that_verifies_by_arriving(client, workspace, discord):
    assert f'action="{CONNECT}"' in text_of(client.get(ADD))
    answer = client.get(BACK, {"state": left(client), "code": "a-code"})
    made = Destination.objects.get(workspace=workspace)
    event = Event.objects.get(purpose="proof")
    assert answer["Location"] == f"/dashboard/channels/{made.pk}?test={event.pk.hex}"
    assert (made.kind, made.label, made.verified_at) == ("discord", "@ada", None)
    assert (event.url, event.deliveries.get().proves) == (None, True)
    assert b"code=a-code" in discord.asked[0].body
    assert AuditEntry.objects.filter(action="destination.added", target=str(made.pk)).exists()


@pytest.mark.usefixtures("signing")
def test_a_sign_in_counts_once(client):
    state = left(client)
    shown(client, state=state, code="a-code")
    assert "was not begun here" in shown(client, state=state, code="another")
    assert Destination.objects.count() == 1


@pytest.mark.usefixtures("signing")
@pytest.mark.parametrize("state", ["", "x" * 43, "ü"])
def test_a_state_that_is_not_ours_adds_nothing(client, discord, state):
    assert "was not begun here" in shown(client, state=state, code="a-code")
    left(client)
    assert "was not begun here" in shown(client, state=state, code="a-code")
    assert discord.asked == []


@pytest.mark.usefixtures("signing")
def test_what_one_began_another_cannot_end(client, stranger, discord):
    assert "was not begun here" in shown(stranger, state=left(client), code="a-code")
    assert discord.asked == []


@pytest.mark.usefixtures("signing")
def test_it_waits_for_ten_minutes(client, clock, discord):
    state = left(client)
    clock.advance(minutes=10, seconds=1)
    assert "waited too long" in shown(client, state=state, code="a-code")
    assert discord.asked == []


@pytest.mark.usefixtures("signing")
def test_it_belongs_to_the_workspace_that_it_was_begun_in(client, services, ada, workspace):
    other = workspaces.create(services, ada, "Other")[0]
    state = left(client, workspace=workspace.pk)
    client.get("/dashboard", {"workspace": other.pk})  # another one is chosen meanwhile
    shown(client, state=state, code="a-code")
    assert Destination.objects.get().workspace == workspace


@pytest.mark.usefixtures("signing")
def test_who_may_no_longer_change_channels_adds_none(services, workspace):
    user = colleague(services, workspace, Role.ADMIN)
    client = Client()
    client.force_login(user)
    state = left(client)
    user.memberships.update(role=Role.VIEWER)
    assert client.get(BACK, {"state": state, "code": "a-code"}).status_code == 403
    assert not Destination.objects.exists()


@pytest.mark.usefixtures("signing")
def test_who_does_not_agree_is_back_at_the_form(client, discord):
    html = shown(client, state=left(client), error="access_denied")
    assert "Nothing was added." in html
    assert "Or enter it yourself" in html
    assert discord.asked == []


@pytest.mark.usefixtures("signing")
def test_a_discord_that_does_not_answer_adds_nothing_and_says_so(client, discord):
    discord.answers = [Reply(failure=Failure.NO_ANSWER)]
    assert "Discord did not answer as it should." in shown(client, state=left(client), code="a-code")
    assert not Destination.objects.exists()


@pytest.mark.usefixtures("signing")
@pytest.mark.parametrize("code", ["", "x" * 513])
def test_a_code_that_is_none_is_not_sent_anywhere(client, discord, code):
    assert "without a code" in shown(client, state=left(client), code=code)
    assert discord.asked == []


@pytest.mark.usefixtures("signing")
def test_the_same_person_again_renews_the_destination(client, services, discord):
    shown(client, state=left(client), code="a-code")
    Destination.objects.update(verified_at=services.now(), disabled_at=services.now() - timedelta(days=1))
    discord.asked.clear()
    shown(client, state=left(client), code="another")
    assert Destination.objects.get().is_active
