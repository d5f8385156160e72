"""Every page of the dashboard: what it holds, and what it may not hold. Who sees it stands in test_roles."""

import re

import pytest

from tests.unit.console.routes import OWN
from tests.unit.console.shop import text_of

ALSO = (
    "/dashboard/api-key?test={event_id}",
    "/dashboard/channels/{number}?test={event_id}",
    "/dashboard/channels/add/telegram",
    "/dashboard/channels/add/email",
    "/dashboard/channels/add/push",
    "/dashboard/account-settings/password",
    "/dashboard/account-settings/two-factor/app",
    "/reauthenticate",
)
"""Pages that look another way with other things in their address."""
LEADING_ON = {"channel-connected", "plan-confirm"}
"""Addresses that show nothing themselves."""
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
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|(?:src|srcset|action)=.https?:|<link[^>]+https?:|url\("
)


def test_a_member_sees_every_page_and_no_cache_keeps_it(client, stocked):
    paths = [route.path(stocked.names) for route in OWN if route.name not in LEADING_ON]
    paths += [path.format(**stocked.names) for path in ALSO]
    answers = {path: client.get(path) for path in paths}
    shown = {path: answer for path, answer in answers.items() if answer.status_code != 405}
    assert {answer.status_code for answer in shown.values()} == {200}
    assert {path for path, answer in shown.items() if "no-store" not in answer["Cache-Control"]} == set()
    pages = {path: text_of(answer) for path, answer in shown.items() if not answer.streaming}
    assert {path: INLINE.findall(html) for path, html in pages.items() if INLINE.search(html)} == {}


@pytest.mark.parametrize("path", PUBLIC)
def test_everybody_sees_the_public_pages(nobody, path):
    answer = nobody.get(path)
    assert answer.status_code == 200
    assert not INLINE.findall(text_of(answer))


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(nobody):
    response = nobody.get("/dashboard/live", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, "/sign-in")


def test_a_stranger_does_not_see_the_result_of_a_test(stranger, stocked):
    assert stranger.get(f"/dashboard/api-key?test={stocked.event_id}").status_code == 404


def test_what_is_not_there_says_where_to_go(nobody):
    response = nobody.get("/nowhere")
    assert response.status_code == 404
    assert "/dashboard" in text_of(response)
