"""The catalogue as an operator writes it, or one sentence about what is wrong."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from pingpilot.config.loading import load
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.plan import SHIPPED, UNLIMITED, Plan

START = {"events_per_month": 50, "categories": 2, "history_days": 7, "usd_a_month": 0}
TEAM = {"name": "Team work", "events_per_month": "unlimited", "categories": "unlimited", "history_days": "unlimited"}
PRICED = {**TEAM, "usd_a_month": 9.90, "usd_a_year": "99"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(plans, default="start"):
    return load({"PINGPILOT_PLANS": json.dumps(plans), "PINGPILOT_DEFAULT_PLAN": default})


def refusal(plans, default="start"):
    with pytest.raises(ConfigurationError) as caught:
        loaded(plans, default)
    return caught.value.message


def test_without_a_catalogue_the_contract_holds():
    shipped = [
        (p.code, p.events_per_month, p.categories, p.history, p.usd_a_month, p.usd_a_year) for p in SHIPPED.values()
    ]
    year = timedelta(days=365)
    assert shipped == [
        ("FREE", 100, 3, timedelta(days=30), 0, 0),
        ("PRO", 1_000, 10, year, 29, 96),
        ("ENTERPRISE", 10_000, 100, 3 * year, 49, 159),
        ("UNLIMITED", None, None, None, None, None),
    ]
    assert Settings().catalogue.plans == SHIPPED
    assert [plan.is_sold for plan in SHIPPED.values()] == [False, True, True, False]
    assert [plan.code for plan in Settings().catalogue.offered] == ["FREE", "PRO", "ENTERPRISE"]


def test_plans_come_in_the_order_in_which_they_are_written_and_unlimited_last():
    catalogue = loaded({"start": START, "TEAM": PRICED}).catalogue
    assert list(catalogue.plans.values()) == [
        Plan("START", 50, 2, timedelta(days=7), Decimal(0)),
        Plan("TEAM", None, None, None, Decimal("9.9"), Decimal(99), "Team work"),
        UNLIMITED,
    ]
    assert (catalogue.default, catalogue.of("TEAM").label) == ("START", "Team work")


def test_a_plan_without_prices_is_granted_and_never_offered():
    catalogue = loaded({"START": START, "GIFT": TEAM}).catalogue
    assert [plan.code for plan in catalogue.offered] == ["START"]
    assert not catalogue.of("GIFT").is_sold


def test_the_file_has_a_table_for_each_plan(elsewhere):
    (elsewhere / "pingpilot.toml").write_text(
        'default_plan = "solo"\n[plans.SOLO]\nevents_per_month = 5\ncategories = "unlimited"\nhistory_days = 90\n'
        "usd_a_month = 4.50\n"
    )
    assert load({}).catalogue.of("SOLO") == Plan("SOLO", 5, None, timedelta(days=90), Decimal("4.5"))


def test_settings_survive_a_change_of_others():
    settings = loaded({"START": START})
    assert settings.replaced(port=81).catalogue == settings.catalogue


@pytest.mark.parametrize(
    ("plans", "said"),
    [
        ({}, "must be an object of 1 to 20 plans"),
        ([START], "must be an object"),
        ({"UNLIMITED": PRICED}, "names UNLIMITED: that plan is always there, has no limits and is never sold"),
        ({"unlimited": TEAM}, "names UNLIMITED"),
        ({"A B": START}, 'has the plan "A B"; a plan is named by 1 to 20 letters'),
        ({"A" * 21: START}, "a plan is named by"),
        ({"start": START, "START": START}, "names a plan twice"),
        ({"START": 5}, "must say of the plan START what it allows"),
        ({"START": {}}, 'does not say "events_per_month" of the plan START: a whole number of at least 1'),
        ({"START": {**START, "event": 1}}, '"event" of the plan START, which is not known; the nearest word is'),
        (
            {"START": {**START, "categories": 0}},
            'has 0 as "categories" of the plan START, but it must be',
        ),
        ({"START": {**START, "categories": True}}, 'has true as "categories"'),
        ({"START": {**START, "categories": "3"}}, 'has "3" as "categories"'),
        ({"START": {**START, "history_days": 1.5}}, 'has 1.5 as "history_days"'),
        ({"START": {**START, "usd_a_month": -1}}, 'has -1 as "usd_a_month" of the plan START'),
        ({"START": {**START, "usd_a_year": 9.999}}, 'has 9.999 as "usd_a_year"'),
        ({"START": {**START, "usd_a_year": "free"}}, "a price in US dollars like 96"),
        ({"START": {**START, "name": ""}}, "text of 1 to 40 characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(plans, said):
    sentence = refusal(plans)
    assert sentence.startswith("PINGPILOT_PLANS ")
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_what_is_no_json_is_said():
    with pytest.raises(ConfigurationError, match="PINGPILOT_PLANS is not valid JSON"):
        load({"PINGPILOT_PLANS": "{PRO"})


@pytest.mark.parametrize("default", ["FREE", "GOLD"])
def test_the_default_plan_is_one_of_the_catalogue(default):
    said = f'PINGPILOT_DEFAULT_PLAN is "{default}", but must be one of START, UNLIMITED.'
    assert refusal({"START": START}, default) == said


def test_a_catalogue_without_the_shipped_default_needs_one():
    with pytest.raises(ConfigurationError, match='PINGPILOT_DEFAULT_PLAN is "FREE", but must be one of START'):
        load({"PINGPILOT_PLANS": json.dumps({"START": START})})
