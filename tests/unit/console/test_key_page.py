"""The API key page."""

import json

import pytest
from django.test import Client

from pingpilot.manage import keys, workspaces
from pingpilot.store.models import AuditEntry, Event, Key
from tests.unit.console.shop import text_of

PAGE, COPY = "/dashboard/api-key", "/dashboard/api-key/copy"
AS_SCRIPT = {"Accept": "application/json"}


def whole(services, workspace):
    key = keys.primary(workspace)
    assert key.sealed is not None
    return services.box.unseal(bytes(key.sealed), f"key:{key.id}").decode()


def test_the_key_is_masked(client, services, workspace):
    html = text_of(client.get(PAGE))
    assert keys.mask(keys.primary(workspace)) in html
    assert whole(services, workspace) not in html


def test_revealing_shows_it_once_and_is_on_record(client, services, workspace):
    response = client.post(f"{PAGE}/reveal")
    assert whole(services, workspace) in text_of(response)
    assert "no-store" in response["Cache-Control"]
    assert AuditEntry.objects.filter(action="key.revealed").exists()


def test_the_script_copies_it_whole_and_ticks_the_first_step(client, services, workspace):
    response = client.post(COPY, headers=AS_SCRIPT)
    assert json.loads(text_of(response)) == {"key": whole(services, workspace)}
    workspace.refresh_from_db()
    assert workspaces.first_steps(workspace).is_key_copied


def test_copying_without_script_reveals(client, services, workspace):
    assert whole(services, workspace) in text_of(client.post(COPY))


def test_ten_minutes_after_the_sign_in_the_password_is_asked(client, clock):
    clock.advance(minutes=10, seconds=1)
    assert client.post(f"{PAGE}/reveal")["Location"] == "/reauthenticate?next=%2Fdashboard%2Fapi-key"
    answer = client.post(COPY, {"back": "/dashboard/category/sale"}, headers=AS_SCRIPT)
    assert answer.status_code == 403
    assert json.loads(text_of(answer)) == {"reauthenticate": "/reauthenticate?next=%2Fdashboard%2Fcategory%2Fsale"}
    assert client.get(f"{PAGE}/regenerate")["Location"].startswith("/reauthenticate")
    assert not AuditEntry.objects.filter(action="key.revealed").exists()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/elsewhere", ""])
def test_the_password_page_leads_back_into_the_dashboard_only(client, clock, back):
    clock.advance(hours=1)
    answer = json.loads(text_of(client.post(COPY, {"back": back}, headers=AS_SCRIPT)))
    assert answer["reauthenticate"] == "/reauthenticate?next=%2Fdashboard%2Fapi-key"


def test_another_devices_sign_in_does_not_open_this_session(client, clock, ada):
    clock.advance(hours=1)
    Client().force_login(ada)
    assert client.post(COPY, headers=AS_SCRIPT).status_code == 403


def test_where_keys_are_not_kept_the_page_says_so(client, workspace):
    Key.objects.update(sealed=None)
    assert "keeps only the key&#x27;s fingerprint" in text_of(client.get(PAGE)) or "fingerprint" in text_of(
        client.get(PAGE)
    )
    assert "This instance keeps no keys" in text_of(client.post(f"{PAGE}/reveal", follow=True))
    assert client.post(COPY, headers=AS_SCRIPT).status_code == 409


def test_regenerating_shows_the_new_key_and_lists_the_old_one_until_its_end(client, services, workspace):
    old = keys.primary(workspace)
    html = text_of(client.post(f"{PAGE}/regenerate", {"hours": "24", "key": old.id}))
    assert whole(services, workspace) in html
    assert keys.primary(workspace).id != old.id
    for page in (html, text_of(client.get(PAGE))):
        listed = page.partition("Replaced, and still valid")[2]
        assert keys.mask(old)[:15] in listed
        assert "Works until" in listed
    assert "The old one works until" in html


def test_sent_twice_it_is_regenerated_once(client, workspace):
    form = {"hours": "0", "key": keys.primary(workspace).id}
    assert "does not work any more" in text_of(client.post(f"{PAGE}/regenerate", form))
    new = keys.primary(workspace).id
    for again in (form, {"hours": "0"}):
        assert "was replaced already" in text_of(client.post(f"{PAGE}/regenerate", again, follow=True))
    assert keys.primary(workspace).id == new


@pytest.mark.parametrize("hours", ["", "2", "x"])
def test_no_other_overlap_is_taken(client, workspace, hours):
    old = keys.primary(workspace).id
    assert "When shall the old one stop working?" in text_of(client.post(f"{PAGE}/regenerate", {"hours": hours}))
    assert keys.primary(workspace).id == old


def test_a_test_event_shows_its_result_for_each_channel(client, stocked):
    response = client.post(f"{PAGE}/test", follow=True)
    html = text_of(response)
    assert Event.objects.filter(purpose="test").count() == 1
    assert "Ops" in html
    assert "Waiting" in html
    assert "hx-get" in html
