"""Every page of the dashboard: who sees it, who does not, and what it may not contain."""

import re

import pytest
from django.test import Client

from pingpilot.console.urls import urlpatterns
from tests.unit.console.shop import text_of

OWN = (
    "/dashboard",
    "/dashboard/live",
    "/dashboard/new-category",
    "/dashboard/category/{category}",
    "/dashboard/category/{category}/live",
    "/dashboard/category/{category}/edit",
    "/dashboard/category/{category}/delete",
    "/dashboard/events",
    "/dashboard/events/live",
    "/dashboard/events/{event}",
    "/dashboard/events/{event}/live",
    "/dashboard/api-key",
    "/dashboard/api-key?test={event}",
    "/dashboard/api-key/regenerate",
    "/dashboard/api-key/test/{event}/live",
    "/dashboard/channels",
    "/dashboard/channels/live",
    "/dashboard/channels/add/webhook",
    "/dashboard/channels/add/telegram",
    "/dashboard/channels/add/email",
    "/dashboard/channels/add/push",
    "/dashboard/channels/{destination}",
    "/dashboard/channels/{destination}/live",
    "/dashboard/channels/{destination}/remove",
    "/dashboard/channels/{destination}/rotate",
    "/dashboard/account-settings",
    "/dashboard/account-settings/email",
    "/dashboard/account-settings/export",
    "/dashboard/account-settings/delete",
    "/dashboard/account-settings/password",
    "/dashboard/account-settings/two-factor/app",
    "/reauthenticate",
)
STREAMED = ("/dashboard/account-settings/export/events",)
DEEDS = (
    "/dashboard/quick-start",
    "/dashboard/new-category",
    "/dashboard/category/{category}/edit",
    "/dashboard/category/{category}/delete",
    "/dashboard/api-key/reveal",
    "/dashboard/api-key/copy",
    "/dashboard/api-key/regenerate",
    "/dashboard/api-key/test",
    "/dashboard/channels/add/webhook",
    "/dashboard/channels/{destination}/verify",
    "/dashboard/channels/{destination}/test",
    "/dashboard/channels/{destination}/disable",
    "/dashboard/channels/{destination}/enable",
    "/dashboard/channels/{destination}/remove",
    "/dashboard/channels/{destination}/rotate",
    "/dashboard/account-settings",
    "/dashboard/account-settings/time-zone",
    "/dashboard/account-settings/email",
    "/dashboard/account-settings/sessions/7/end",
    "/dashboard/account-settings/sessions/end-others",
    "/dashboard/account-settings/delete",
)
OF_THE_ACCOUNT = tuple(path for path in DEEDS if "/account-settings" in path)
PUBLIC = (
    "/",
    "/sign-in",
    "/sign-up",
    "/forgot",
    "/forgot/sent",
    "/verify-email",
    "/dashboard/channels/confirm/unknown",
    "/dashboard/account-settings/email/unknown",
    "/push-worker.js",
)
OF_ONE = tuple(path for path in (*OWN, *DEEDS) if "{" in path)
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|(?:src|srcset|action)=.https?:|<link[^>]+https?:|url\("
)


def filled(path, stocked):
    return path.format(category=stocked.category.name, event=stocked.event_id, destination=stocked.destination.pk)


@pytest.mark.parametrize("path", OWN)
def test_a_member_sees_every_page(client, stocked, path):
    response = client.get(filled(path, stocked))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", [*OWN, *PUBLIC])
def test_no_page_has_inline_script_or_style_or_anything_of_another_host(client, nobody, stocked, path):
    html = text_of((nobody if path in PUBLIC else client).get(filled(path, stocked)))
    assert not INLINE.findall(html)


@pytest.mark.parametrize("path", [*OWN, *STREAMED])
def test_nobody_is_sent_to_sign_in_and_back(nobody, stocked, path):
    response = nobody.get(filled(path, stocked))
    assert response.status_code == 302
    assert response["Location"].startswith(("/sign-in?next=/dashboard", "/sign-in?next=/reauthenticate"))


@pytest.mark.parametrize("path", DEEDS)
def test_nobody_does_anything(nobody, stocked, path):
    assert nobody.post(filled(path, stocked))["Location"].startswith("/sign-in")


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(nobody):
    response = nobody.get("/dashboard/live", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, "/sign-in")


@pytest.mark.parametrize("path", [path for path in OF_ONE if path in OWN and "test=" not in path])
def test_a_stranger_finds_nothing(stranger, stocked, path):
    assert stranger.get(filled(path, stocked)).status_code == 404


@pytest.mark.parametrize("path", [path for path in OF_ONE if path in DEEDS])
def test_a_stranger_does_nothing(stranger, stocked, path):
    assert stranger.post(filled(path, stocked)).status_code == 404


def test_a_stranger_does_not_see_the_result_of_a_test(stranger, stocked):
    assert stranger.get(f"/dashboard/api-key?test={stocked.event_id}").status_code == 404


@pytest.mark.parametrize("path", [path for path in DEEDS if path not in OF_THE_ACCOUNT])
def test_who_may_only_look_does_nothing(ada, workspace, client, stocked, path):
    ada.memberships.update(role="viewer")
    assert client.post(filled(path, stocked)).status_code == 403


@pytest.mark.parametrize("path", OF_THE_ACCOUNT)
def test_nobody_only_looks_at_their_own_account(ada, workspace, client, stocked, path):
    ada.memberships.update(role="viewer")
    assert client.post(path).status_code in (302, 422)


@pytest.mark.parametrize("path", DEEDS)
def test_a_deed_needs_the_token(ada, stocked, path):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post(filled(path, stocked))
    assert response.status_code == 403
    assert "This form has expired" in text_of(response)


@pytest.mark.parametrize("path", PUBLIC)
def test_everybody_sees_the_public_pages(nobody, path):
    assert nobody.get(path).status_code == 200


def test_what_is_not_there_says_where_to_go(nobody):
    response = nobody.get("/nowhere")
    assert response.status_code == 404
    assert "/dashboard" in text_of(response)


def test_every_path_of_the_dashboard_is_tried_here():
    tried = {
        re.sub(r"\{\w+\}|(?<=add/)\w+|unknown|7", "*", path.partition("?")[0])
        for path in (*OWN, *STREAMED, *DEEDS, *PUBLIC)
    }
    known = {"/" + re.sub(r"<[^>]+>", "*", str(one.pattern)) for one in urlpatterns}
    assert known <= tried
