"""The catalogue: which plan gives most, and what paying by the year saves."""

from decimal import Decimal

import pytest

from pingpilot.domain.plan import SHIPPED, Catalogue, Plan


@pytest.mark.parametrize(
    ("codes", "most"),
    [
        (["FREE", "PRO"], "PRO"),
        (["ENTERPRISE", "PRO"], "ENTERPRISE"),
        (["PRO", "UNLIMITED", "ENTERPRISE"], "UNLIMITED"),
        (["FREE"], "FREE"),
    ],
)
def test_no_limit_gives_more_than_any_and_a_higher_limit_more_than_a_lower_one(codes, most):
    assert Catalogue().most(codes) == most


def test_with_as_many_events_categories_decide_and_then_history():
    plans = {
        "A": Plan("A", 100, 3, None),
        "B": Plan("B", 100, 4, None),
        "C": Plan("C", 100, None, SHIPPED["FREE"].history),
        "FREE": SHIPPED["FREE"],
    }
    catalogue = Catalogue(plans)
    assert catalogue.most(["A", "B"]) == "B"
    assert catalogue.most(["B", "C"]) == "C"
    assert catalogue.most(["A", "FREE"]) == "A"


def test_a_year_saves_what_it_costs_less_than_its_months():
    assert SHIPPED["PRO"].usd_saved_a_year == 252
    assert Plan("X", 1, 1, None, Decimal(5), None).usd_saved_a_year == 0
    assert Plan("X", 1, 1, None, Decimal(5), Decimal(70)).usd_saved_a_year == 0
