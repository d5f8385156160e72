"""Making the browser at hand a destination: what the page and its worker bring, and what they hand over."""

import pytest
from django.test import override_settings

from pingpilot.store.models import Destination, Event
from tests.unit.channels.sample import CONFIGS
from tests.unit.console.shop import Pipeline, make_services, text_of

ADD = "/dashboard/channels/add/push"
SUBSCRIPTION = {**CONFIGS["push"], "label": "Firefox on Linux"}


@pytest.mark.parametrize("path", ["/dashboard/channels", ADD])
def test_the_button_knows_our_key_and_where_the_worker_is(client, clock, path):
    with override_settings(PINGPILOT=make_services(clock, Pipeline(), push_key="BOur-public-key")):
        html = text_of(client.get(path))
    assert 'data-key="BOur-public-key" data-worker="/push-worker.js"' in html
    assert "/static/push.js" in html
    assert "Notify this browser" in html


def test_a_subscription_becomes_a_destination_and_is_tried_at_once(client, workspace):
    answer = client.post(ADD, SUBSCRIPTION)
    made = Destination.objects.get(workspace=workspace)
    proof = Event.objects.get(purpose="proof")
    assert answer["Location"] == f"/dashboard/channels/{made.pk}?test={proof.id.hex}"
    assert (made.kind, made.label, made.verified_at) == ("push", "Firefox on Linux", None)


@pytest.mark.parametrize("missing", ["endpoint", "p256dh", "auth"])
def test_half_a_subscription_is_refused_in_words(client, missing):
    answer = client.post(ADD, {**SUBSCRIPTION, missing: ""})
    assert answer.status_code == 422
    assert "The browser gave no subscription" in text_of(answer)
    assert not Destination.objects.exists()


def test_the_worker_is_served_at_the_root_to_everybody(nobody):
    answer = nobody.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert "showNotification" in text_of(answer)


def test_a_phone_can_keep_the_dashboard_on_its_home_screen(client):
    assert '<link rel="manifest" href="/static/manifest.webmanifest' in text_of(client.get("/dashboard"))
