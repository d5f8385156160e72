"""The settings by which plans are sold: each with its default, its unit, and what it is for."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from pingpilot.config import values
from pingpilot.config.secret import Secret
from pingpilot.domain.plan import UNLIMITED
from pingpilot.domain.price import Price, parse_price

STRIPE_API = "https://api.stripe.com"
STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
"""Where Stripe shows a checkout, and where people look after what they bought."""


def _key(value: Secret) -> Secret:
    if not re.fullmatch(r"(sk|rk)_(live|test)_\w+", value.reveal()):
        raise ValueError
    return value


def _signing(value: Secret) -> Secret:
    if not re.fullmatch(r"whsec_\S+", value.reveal()):
        raise ValueError
    return value


def _price(value: object) -> Price:
    return value if isinstance(value, Price) else parse_price(str(value))


def _complete(value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever the setting holds
    """Refuse a setting without the secret key that it belongs to, and the other way round."""
    if bool(value) is not (info.data.get("stripe_secret_key") is not None):
        raise ValueError
    return value


def _ours(value: tuple[Price, ...], info: ValidationInfo) -> tuple[Price, ...]:
    """Refuse a price of a plan that is not in the catalogue or never sold, and a price that is given twice."""
    known = set(info.data.get("plans", ())) - {UNLIMITED.code}
    if any(price.plan not in known for price in value) or len({price.id for price in value}) < len(value):
        raise ValueError
    return value


def pages(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where Stripe's pages are; a server that stands in for Stripe shows its own."""
    url = data.get("stripe_api_url", STRIPE_API)
    return STRIPE_PAGES if url == STRIPE_API else (url,)


def _expects(sentence: str, unit: str = "") -> dict[str, Any]:
    return {"expects": sentence, "unit": unit}


def _page(value: str) -> str:
    """Take the beginning of an address: by https, or on this machine; no path."""
    if urlsplit(value).path.strip("/"):
        raise ValueError
    return values.issuer(value)


StripeSecretKey = Annotated[
    Annotated[Secret, AfterValidator(_key)] | None,
    Field(
        description="The key by which this instance sells plans at Stripe; without it nothing is sold here.",
        json_schema_extra=_expects("a secret or restricted key that Stripe gave, like sk_live_… or rk_test_…"),
    ),
]
StripeWebhookSecret = Annotated[
    tuple[Annotated[Secret, AfterValidator(_signing)], ...],
    BeforeValidator(values.listed),
    AfterValidator(_complete),
    Field(
        validate_default=True,
        description="By which this instance knows what Stripe tells it, at `<public URL>/hooks/stripe`; while one is "
        "replaced, the new and the old one.",
        json_schema_extra=_expects(
            "the signing secret of the webhook, like whsec_…, and only together with PINGPILOT_STRIPE_SECRET_KEY; "
            "several with commas between them"
        ),
    ),
]
StripePrices = Annotated[
    tuple[Annotated[Price, BeforeValidator(_price)], ...],
    BeforeValidator(values.listed),
    AfterValidator(_ours),
    AfterValidator(_complete),
    Field(
        validate_default=True,
        description="What plans are sold for: Stripe's price by month and by year. Of several for the same, the first "
        "is sold, and the others are honoured for those who have them.",
        json_schema_extra=_expects(
            "like PRO/month=price_1,PRO/year=price_2, of plans in the catalogue, each price once, and only together "
            "with PINGPILOT_STRIPE_SECRET_KEY"
        ),
    ),
]
StripeGrace = Annotated[
    int,
    Field(
        ge=0,
        le=90,
        description="How long a plan stays when a payment has failed and Stripe tries it again.",
        json_schema_extra=_expects("a whole number of days from 0 to 90, for example 7", "days"),
    ),
]
StripeTax = Annotated[
    bool,
    Field(
        description="Whether Stripe works out taxes at the checkout, and asks for addresses and tax numbers.",
        json_schema_extra=_expects("true or false, and true only once Stripe Tax is set up"),
    ),
]
StripeApiUrl = Annotated[
    str,
    AfterValidator(_page),
    Field(
        description="Where Stripe's API is; another address is for tests.",
        json_schema_extra=_expects(f"{STRIPE_API}, another https:// address, or one of this machine"),
    ),
]
StripePages = Annotated[
    tuple[Annotated[str, AfterValidator(_page)], ...],
    BeforeValidator(values.listed),
    Field(
        description="Where Stripe's own pages are, to which browsers are sent; to be set with a custom domain only.",
        json_schema_extra=_expects(f"https:// addresses without a path, for example {','.join(STRIPE_PAGES)}"),
    ),
]
OperatorContact = Annotated[
    str,
    Field(
        max_length=200,
        description="Whom people ask who want another plan, as they read it: an e-mail address, a link or a name.",
        json_schema_extra=_expects("at most 200 characters, for example billing@example.com", "characters"),
    ),
]
