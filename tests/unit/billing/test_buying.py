"""Buying a plan: nothing is bought before Stripe says so, and nothing twice."""

import pytest

from pingpilot.domain.errors import InvalidRequest, NotFound, PaymentUnavailable, SubscriptionRuns
from pingpilot.manage import deletion, payments
from pingpilot.manage.payments import Confirmation
from pingpilot.store.models import AuditEntry, Bought, Payer
from tests.unit.billing.till import Counter, make_workspace, provider_for


def test_a_checkout_is_for_the_workspace_and_the_price(counter, stripe):
    session = counter.open("PRO", "year")
    assert session["mode"] == "subscription"
    assert session["client_reference_id"] == session["metadata"]["pingpilot_workspace"] == str(counter.workspace.pk)
    assert session["price_of_fake"] == "price_pro_year"
    customer = stripe.books.objects[session["customer"]]
    assert (customer["email"], customer["metadata"]) == (
        "ada@example.com",
        {"pingpilot_workspace": str(counter.workspace.pk)},
    )
    assert session["success_url"] == f"https://pings.example/dashboard/upgrade/confirm?workspace={counter.workspace.pk}"
    assert counter.plan == "FREE"


def test_the_plan_comes_with_what_stripe_tells_and_not_with_the_redirect(counter, stripe):
    stripe.books.complete(counter.open())
    assert (counter.plan, payments.confirmation(counter.workspace)) == ("FREE", Confirmation.WAITING)
    counter.hear_all()
    assert (counter.plan, payments.confirmation(counter.workspace)) == ("PRO", Confirmation.DONE)


def test_who_has_bought_nothing_waits_for_nothing(counter):
    assert payments.confirmation(counter.workspace) is Confirmation.NONE


def test_a_second_click_leads_to_the_same_checkout(counter, stripe):
    assert counter.open()["id"] == counter.open()["id"]
    assert len(stripe.books.of_kind("customer")) == 1


def test_another_price_closes_the_checkout_before(counter):
    first, second = counter.open("PRO"), counter.open("ENTERPRISE")
    assert (first["status"], second["status"]) == ("expired", "open")


def test_a_checkout_of_long_ago_is_closed_and_a_new_one_opened(counter, clock):
    first = counter.open()
    clock.advance(minutes=31)
    assert counter.open()["id"] != first["id"]
    assert first["status"] == "expired"


def test_who_pays_in_one_window_cannot_open_a_checkout_in_another(counter, stripe):
    stripe.books.complete(counter.open("PRO"))
    with pytest.raises(SubscriptionRuns, match="already"):
        counter.open("ENTERPRISE")  # Stripe has not told of it yet, and is asked
    assert counter.plan == "PRO"


@pytest.mark.parametrize("status", ["trialing", "past_due", "unpaid", "paused"])
def test_beside_a_subscription_that_runs_no_second_one_is_sold(counter, stripe, status):
    stripe.books.turn(counter.buy(), status)
    counter.hear_all()
    with pytest.raises(SubscriptionRuns):
        counter.open()


def test_after_the_end_the_same_customer_buys_again(counter, stripe):
    stripe.books.turn(counter.buy(), "canceled")
    counter.hear_all()
    assert counter.plan == "FREE"
    first = counter.customer
    counter.buy("ENTERPRISE")
    assert (counter.plan, counter.customer) == ("ENTERPRISE", first)


def test_a_customer_that_stripe_lost_is_made_anew(counter, stripe):
    counter.open()
    stripe.books.objects[counter.customer]["deleted"] = True
    lost = counter.customer
    counter.buy()
    assert counter.plan == "PRO"
    assert counter.customer != lost


@pytest.mark.parametrize(("plan", "interval"), [("GOLD", "month"), ("PRO", "week"), ("", ""), ("UNLIMITED", "month")])
def test_what_is_not_sold_is_refused(counter, stripe, plan, interval):
    with pytest.raises(InvalidRequest):
        counter.open(plan, interval)
    assert not stripe.calls.asked


def test_while_stripe_is_down_nothing_is_half_bought(counter, stripe):
    stripe.is_down = True
    with pytest.raises(PaymentUnavailable, match="Nothing was bought"):
        counter.open()
    assert counter.plan == "FREE"
    assert payments.confirmation(counter.workspace) is Confirmation.NONE
    stripe.is_down = False
    counter.buy()
    assert counter.plan == "PRO"
    assert len(stripe.books.of_kind("customer")) == 1


def test_a_page_at_an_unknown_address_is_not_opened(counter, stripe):
    stripe.calls.url = "https://elsewhere.example"
    with pytest.raises(PaymentUnavailable, match="address"):
        counter.open()


def test_a_price_that_stripe_does_not_have_is_the_operators_to_mend(counter, stripe):
    del stripe.books.sold["price_pro_month"]
    with pytest.raises(PaymentUnavailable, match="log"):
        counter.open()
    assert len(stripe.books.of_kind("customer")) == 1


def test_taxes_are_worked_out_where_the_operator_says_so(counter, stripe):
    counter.sell_by(provider_for(stripe, has_tax=True))
    counter.open()
    _, _, asked = next(call for call in reversed(stripe.calls.asked) if call[1] == "/v1/checkout/sessions")
    assert asked["automatic_tax"] == {"enabled": "true"}
    assert asked["customer_update"]["address"] == "auto"


def test_who_looks_after_it_comes_to_the_portal(counter, stripe):
    subscription = counter.buy()
    url = payments.look_after(counter.services, counter.workspace, "", "", counter.actor)
    portal = stripe.books.objects[url.rsplit("/", 1)[-1]]
    assert (portal["customer"], portal["return_url"]) == (
        counter.customer,
        f"https://pings.example/dashboard/upgrade?workspace={counter.workspace.pk}",
    )
    url = payments.look_after(counter.services, counter.workspace, "ENTERPRISE", "year", counter.actor)
    flow = stripe.books.objects[url.rsplit("/", 1)[-1]]["flow_data"]["subscription_update_confirm"]
    assert (flow["subscription"], flow["items"][0]["price"]) == (subscription["id"], "price_enterprise_year")


def test_without_anything_bought_there_is_nothing_to_look_after(counter):
    with pytest.raises(NotFound):
        payments.look_after(counter.services, counter.workspace, "", "", counter.actor)


def test_it_is_on_record_who_bought(counter):
    counter.buy()
    rows = AuditEntry.objects.filter(workspace=counter.workspace, action__in=["checkout.opened", "plan.followed"])
    opened, followed = rows.order_by("pk")
    assert (opened.actor, opened.detail) == (counter.actor.user, {"plan": "PRO", "interval": "month"})
    assert (followed.actor, followed.detail) == (None, {"plan": "PRO", "before": "FREE", "status": "active"})


def test_a_workspace_that_is_charged_again_is_not_deleted(counter, stripe):
    subscription = counter.buy()
    with pytest.raises(SubscriptionRuns, match="Cancel it first"):
        deletion.delete(counter.services, counter.workspace, counter.actor)
    stripe.books.cancel_later(subscription)
    counter.hear_all()
    payments.release(counter.services, counter.workspace)
    deletion.delete(counter.services, counter.workspace, counter.actor)


def test_a_workspace_goes_and_closes_its_checkout_behind_it(counter):
    session = counter.open()
    payments.release(counter.services, counter.workspace)
    assert session["status"] == "expired"


def test_a_workspace_whose_checkout_was_just_paid_stays(counter, stripe):
    stripe.books.complete(counter.open())
    with pytest.raises(SubscriptionRuns, match="being confirmed"):
        payments.release(counter.services, counter.workspace)


def test_a_subscription_of_a_deleted_workspace_is_ended(counter, stripe):
    session = counter.open()
    deletion.delete(counter.services, counter.workspace, counter.actor)
    subscription = stripe.books.complete(session)
    counter.hear_all()
    assert subscription["status"] == "canceled"


def test_two_that_buy_have_each_their_own(services, counter, stripe):
    other = Counter(services, stripe, make_workspace(services, "bob@example.com"))
    counter.buy("PRO")
    other.buy("ENTERPRISE")
    assert (counter.plan, other.plan) == ("PRO", "ENTERPRISE")
    assert Payer.objects.count() == Bought.objects.count() == 2
