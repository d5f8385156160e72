"""What the doctor says of selling plans."""

import pytest

from pingpilot.cli.doctor import examine
from pingpilot.config.settings import Settings

SELLS = {
    "stripe_secret_key": "sk_test_hunter2",
    "stripe_webhook_secret": "whsec_hunter2",
    "stripe_prices": "PRO/month=price_1,ENTERPRISE/year=price_2",
}


@pytest.mark.parametrize(
    ("given", "state", "said"),
    [
        ({}, "note", "PINGPILOT_STRIPE_SECRET_KEY"),
        (SELLS, "ok", "test mode; it has to call http://127.0.0.1:8000/hooks/stripe"),
        ({**SELLS, "stripe_prices": "PRO/month=price_1"}, "bad", "ENTERPRISE cannot be bought"),
        ({**SELLS, "stripe_secret_key": "sk_live_hunter2"}, "bad", "https://"),
    ],
)
def test_the_doctor_says_what_is_missing_to_sell(given, state, said):
    (found,) = [one for one in examine(Settings.model_validate(given), {}) if one.subject == "payment"]
    assert found.state == state
    assert said in f"{found.found} {found.fix}"
    assert "hunter2" not in repr(found)
