"""The settings by which plans are sold."""

import pytest

from pingpilot.config.loading import load
from pingpilot.config.payment import STRIPE_PAGES
from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.price import Interval, Price, sold

GIVEN = {
    "PINGPILOT_STRIPE_SECRET_KEY": "sk_test_1234",
    "PINGPILOT_STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old",
    "PINGPILOT_STRIPE_PRICES": "pro/month=price_new,PRO/month=price_old,PRO/year=price_year",
}


def test_prices_are_read_and_the_first_is_sold():
    prices = load(GIVEN).stripe_prices
    assert [price.id for price in prices] == ["price_new", "price_old", "price_year"]
    assert sold(prices, "PRO", Interval.MONTH) == Price("PRO", Interval.MONTH, "price_new")
    assert sold(prices, "FREE", Interval.MONTH) is None


def test_several_secrets_are_taken_and_none_is_shown():
    settings = load(GIVEN)
    assert [secret.reveal() for secret in settings.stripe_webhook_secret] == ["whsec_new", "whsec_old"]
    assert "whsec" not in repr(settings)
    assert "sk_test" not in repr(settings)


def test_browsers_are_led_to_stripes_own_pages_or_to_the_stand_ins():
    assert load(GIVEN).stripe_pages == STRIPE_PAGES
    here = "http://127.0.0.1:12111"
    assert load({**GIVEN, "PINGPILOT_STRIPE_API_URL": here}).stripe_pages == (here,)
    own = {**GIVEN, "PINGPILOT_STRIPE_PAGES": "https://pay.example.com, https://billing.stripe.com"}
    assert load(own).stripe_pages == ("https://pay.example.com", "https://billing.stripe.com")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("SECRET_KEY", "pk_test_1"),
        ("SECRET_KEY", ""),
        ("WEBHOOK_SECRET", "hunter2"),
        ("WEBHOOK_SECRET", ""),
        ("PRICES", ""),
        ("PRICES", "PRO=price_1"),
        ("PRICES", "PRO/week=price_1"),
        ("PRICES", "GOLD/month=price_1"),
        ("PRICES", "UNLIMITED/month=price_1"),
        ("PRICES", "PRO/month=price_1,PRO/year=price_1"),
        ("API_URL", "http://stripe.example"),
        ("API_URL", "https://api.stripe.com/v1"),
        ("PAGES", "http://pay.example"),
        ("GRACE_DAYS", "91"),
    ],
)
def test_what_is_wrong_or_only_half_there_stops_the_start_and_shows_no_secret(name, value):
    with pytest.raises(ConfigurationError, match="PINGPILOT_STRIPE_") as refused:
        load({**GIVEN, f"PINGPILOT_STRIPE_{name}": value})
    assert "hunter2" not in str(refused.value)
