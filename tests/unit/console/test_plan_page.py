"""The page of the plan: what it says where nothing is sold, and to whom it offers what."""

import re
from dataclasses import replace

import pytest
from django.test import Client, override_settings

from pingpilot.domain.role import Role
from pingpilot.manage import plans
from pingpilot.store.models import Bought, Payer, Workspace
from pingpilot.store.workspaces import changing
from pingpilot.wiring.django import Web, settings_for, sqlite
from tests.servers.stripe.server import running_stripe
from tests.unit.billing.till import provider_for
from tests.unit.console.shop import colleague, text_of

PLAN = "/dashboard/upgrade"


@pytest.fixture
def stripe(services):
    """An instance that sells by a Stripe."""
    with running_stripe() as fake, override_settings(PINGPILOT=replace(services, payments=provider_for(fake))):
        fake.is_silent = True
        yield fake


def said(client):
    """Return what the page says, to those who listen to it as well."""
    return " ".join(re.sub(r"<[^>]+>", "", text_of(client.get(PLAN))).split())


def test_where_nothing_is_sold_it_says_whom_to_ask(client, services, workspace):
    html = text_of(client.get(PLAN))
    assert "ask them" in html
    assert f"number {workspace.pk}" in html
    assert "Buy " not in html
    with override_settings(PINGPILOT=replace(services, contact="billing@pings.example")):
        assert "ask billing@pings.example" in text_of(client.get(PLAN))


def test_what_somebody_tries_to_buy_there_is_refused_in_words(client):
    answer = client.post(f"{PLAN}/buy", {"plan": "PRO", "interval": "month"}, follow=True)
    assert "Nothing is sold on this instance" in text_of(answer)


def test_the_owner_is_offered_what_gives_more(client, stripe):
    told = said(client)
    for offered in ("Buy Pro for $29 a month", "Buy Pro for $96 a year", "Buy Enterprise for $49 a month"):
        assert offered in told
    assert "Buy Free" not in told


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_others_see_the_plan_and_buy_nothing(services, workspace, stripe, role):
    browser = Client()
    browser.force_login(colleague(services, workspace, role))
    html = text_of(browser.get(PLAN))
    assert "The owner of the workspace buys its plan" in html
    assert "Buy " not in html
    assert browser.post(f"{PLAN}/buy", {"plan": "PRO", "interval": "month"}).status_code == 403
    assert browser.post(f"{PLAN}/manage").status_code == 403
    assert not stripe.calls.asked


def test_buying_leads_to_the_checkout_and_managing_to_the_portal(client, stripe):
    answer = client.post(f"{PLAN}/buy", {"plan": "PRO", "interval": "year"})
    assert answer["Location"].startswith(f"{stripe.url}/checkout/")
    assert client.post(f"{PLAN}/manage")["Location"].startswith(f"{stripe.url}/portal/")


def test_what_is_not_sold_is_refused_in_words(client, stripe):
    answer = client.post(f"{PLAN}/buy", {"plan": "UNLIMITED", "interval": "month"}, follow=True)
    assert "This plan is not sold here" in text_of(answer)


def test_back_from_the_checkout_the_page_looks_again_until_a_bound(client, workspace, stripe):
    client.post(f"{PLAN}/buy", {"plan": "PRO", "interval": "month"})
    first = client.get(f"{PLAN}/confirm")
    assert first["Refresh"] == f"2; url={PLAN}/confirm?workspace={workspace.pk}&look=1"
    last = client.get(f"{PLAN}/confirm?look=30")
    assert "Refresh" not in last
    assert "longer than usual" in text_of(last)


def test_who_comes_there_without_a_checkout_is_led_to_the_plan(client, stripe):
    assert client.get(f"{PLAN}/confirm")["Location"] == PLAN


def bought(workspace, **members):
    """Give a workspace a subscription to Pro by the month."""
    payer, _ = Payer.objects.get_or_create(
        pk=workspace.pk, defaults={"granted_plan": "FREE", "nonce": "n", "customer": "cus_1"}
    )
    given = {"status": "active", "plan": "PRO", "price_plan": "PRO", "interval": "month", **members}
    Bought.objects.update_or_create(pk="sub_1", defaults={"payer": payer, **given})
    Workspace.objects.filter(pk=workspace.pk).update(plan=given["plan"] or "FREE")


def test_a_subscription_is_shown_as_it_stands(client, workspace, stripe, clock):
    bought(workspace, period_ends_at=clock.now)
    told = said(client)
    assert "It renews on" in told
    assert "Change to Pro for $96 a year" in told
    assert "Change to Pro for $29 a month" not in told
    bought(workspace, ends_at=clock.now)
    assert "It is cancelled and ends on" in text_of(client.get(PLAN))
    bought(workspace, status="past_due", lapses_at=clock.now)
    assert "The plan stays until" in text_of(client.get(PLAN))
    bought(workspace, status="unpaid", plan="")
    assert "gives no plan" in text_of(client.get(PLAN))


def test_a_grant_that_gives_more_is_named(client, workspace, stripe):
    bought(workspace)
    assert "granted" not in text_of(client.get(PLAN))
    Payer.objects.update(granted_plan="ENTERPRISE")
    assert "granted Enterprise, which gives more" in text_of(client.get(PLAN))


def test_what_followed_from_a_subscription_is_said_to_be_stripes_doing(client, services, workspace, stripe):
    bought(workspace)
    Payer.objects.update(granted_plan="FREE")
    with changing(workspace.pk) as held:
        held.plan = "FREE"
        plans.follow(services, held, {"status": "active"})
    told = " ".join(text_of(client.get("/dashboard/workspace/log")).split())
    assert "put the workspace on the plan PRO, before FREE: the subscription is active" in told
    assert "<strong>Stripe</strong>" in told


def test_a_paid_workspace_says_why_it_is_not_deleted(client, workspace, stripe):
    bought(workspace)
    answer = client.post("/dashboard/workspace/delete", {"name": workspace.name, "workspace": workspace.pk})
    assert answer.status_code == 422
    assert "Cancel it first" in text_of(answer)
    assert Workspace.objects.get(pk=workspace.pk).deleted_at is None
    assert "Cancel each first" in text_of(client.get("/dashboard/account-settings/delete"))


def test_forms_may_lead_to_the_pages_of_stripe_where_plans_are_sold():
    made = settings_for(
        Web(
            secret="s",
            database=sqlite(":memory:"),
            public_url="https://p.example",
            sender="p@p.example",
            payment_pages=("https://checkout.stripe.com",),
        )
    )
    directives = made["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["form-action"] == ["'self'", "https://checkout.stripe.com"]
    assert [name for name, value in directives.items() if "https://checkout.stripe.com" in value] == ["form-action"]
