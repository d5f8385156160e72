"""The keys beside the primary one, on their pages."""

from datetime import timedelta

import pytest

from pingpilot.manage import keys
from pingpilot.store.models import AuditEntry, Key
from tests.unit.console.shop import text_of

PAGE = "/dashboard/api-key"
ASKED = {"name": "Billing on Hetzner", "scopes": ["events:write"], "categories": ["sale"], "days": "30"}


@pytest.fixture
def named(workspace, stocked):
    return Key.objects.get(pk=stocked.key_id)


def whole(services, key):
    return services.box.unseal(bytes(key.sealed), f"key:{key.id}").decode()


def test_a_key_is_made_with_no_more_rights_than_asked_for_and_shown(client, services, clock, stocked):
    html = text_of(client.post(f"{PAGE}/new", ASKED))
    made = Key.objects.get(name="Billing on Hetzner")
    assert whole(services, made) in html
    assert (made.scopes, made.expires_at) == ("events:write", clock.now + timedelta(days=30))
    assert [category.name for category in made.categories.all()] == ["sale"]
    again = text_of(client.get(PAGE))
    assert "Reports events; only sale" in again
    assert whole(services, made) not in again


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["admin"]}, {"categories": ["no"]}, {"days": "7"}]
)
def test_what_is_wrong_is_said_and_nothing_is_made(client, stocked, wrong):
    before = Key.objects.count()
    answer = client.post(f"{PAGE}/new", {**ASKED, **wrong})
    assert answer.status_code == 422
    assert "errorlist" in text_of(answer)
    assert Key.objects.count() == before


def test_a_named_key_is_shown_again_by_who_signed_in_lately_and_that_is_on_record(client, services, clock, named):
    assert whole(services, named) in text_of(client.post(f"{PAGE}/{named.id}/reveal"))
    assert AuditEntry.objects.get(action="key.revealed").target == named.id
    clock.advance(minutes=11)
    assert client.post(f"{PAGE}/{named.id}/reveal")["Location"].startswith("/reauthenticate")
    assert AuditEntry.objects.get(action="key.reveal_failed").target == named.id


def test_a_named_key_is_replaced_with_the_same_rights_and_the_old_one_is_listed(client, services, workspace, named):
    html = text_of(client.post(f"{PAGE}/{named.id}/replace", {"hours": "24"}))
    new = Key.objects.get(replaces=named)
    assert whole(services, new) in html
    listed = html.partition("Replaced, and still valid")[2].partition("</section>")[0]
    assert named.name in listed
    assert keys.mask(named)[:15] in listed
    assert (new.name, new.scopes, new.is_primary) == (named.name, named.scopes, False)
    assert keys.primary(workspace).id not in (named.id, new.id)
    again = client.post(f"{PAGE}/{named.id}/replace", {"hours": "0"}, follow=True)
    assert "was replaced already" in text_of(again)


def test_a_key_is_revoked_once_it_was_asked(client, services, workspace, named):
    assert "never works again" in text_of(client.get(f"{PAGE}/{named.id}/revoke"))
    assert named in keys.living(services, workspace)
    client.post(f"{PAGE}/{named.id}/revoke")
    assert named not in keys.living(services, workspace)
    assert "not in use any more" in text_of(client.post(f"{PAGE}/{named.id}/revoke", follow=True))


def test_the_primary_key_is_never_just_revoked(client, workspace):
    primary = keys.primary(workspace).id
    assert client.post(f"{PAGE}/{primary}/revoke")["Location"] == f"{PAGE}/regenerate"
    assert keys.primary(workspace).id == primary


@pytest.mark.parametrize("path", ["new", "{}/replace"])
def test_ten_minutes_after_the_sign_in_the_password_is_asked(client, clock, named, path):
    clock.advance(minutes=11)
    assert client.get(f"{PAGE}/{path.format(named.id)}")["Location"].startswith("/reauthenticate")


@pytest.mark.parametrize("language", ["curl", "python", "javascript", "go", "php", "ruby"])
def test_each_sample_reads_the_key_from_the_environment(client, services, workspace, stocked, language):
    html = text_of(client.get(PAGE)).split(f'data-language="{language}"')[1].split("</div>")[0]
    assert "PINGPILOT_API_KEY" in html
    assert "https://pings.example/api/v1/event" in html
    assert keys.primary(workspace).id not in html


def test_a_name_that_hides_something_is_kept_as_it_looks(client, stocked):
    assert client.post(f"{PAGE}/new", {**ASKED, "name": "Pri\u200bmary\u202e key\u2066"}).status_code == 200
    assert Key.objects.filter(name="Primary key", is_primary=False).exists()
    assert client.post(f"{PAGE}/new", {**ASKED, "name": "\u200b\u2060"}).status_code == 422
