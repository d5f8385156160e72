"""A plan that an operator granted beside one that was bought: whatever gives more counts."""

import pytest

from pingpilot.manage import payments, plans
from pingpilot.manage.audit import NOBODY
from pingpilot.store.models import Workspace


def grant(counter, plan):
    plans.grant(counter.services, counter.workspace.pk, plan, NOBODY)


@pytest.mark.parametrize(
    ("granted", "bought", "counts"),
    [
        ("UNLIMITED", "PRO", "UNLIMITED"),
        ("ENTERPRISE", "PRO", "ENTERPRISE"),
        ("PRO", "ENTERPRISE", "ENTERPRISE"),
        ("FREE", "PRO", "PRO"),
    ],
)
@pytest.mark.parametrize("is_granted_first", [True, False])
def test_whatever_gives_more_counts_and_the_grant_is_what_stays(
    counter, stripe, granted, bought, counts, is_granted_first
):
    if is_granted_first:
        grant(counter, granted)
    subscription = counter.buy(bought)
    if not is_granted_first:
        grant(counter, granted)
    assert counter.plan == counts
    assert payments.standing(counter.workspace).granted_plan == granted
    stripe.books.turn(subscription, "canceled")
    counter.hear_all()
    assert counter.plan == granted


def test_a_change_of_what_was_bought_raises_the_revision_for_all_caches(counter):
    before = Workspace.objects.get(pk=counter.workspace.pk).revision
    counter.buy()
    assert Workspace.objects.get(pk=counter.workspace.pk).revision > before
