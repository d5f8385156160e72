"""What Stripe takes: the requests of PingPilot, held against the types that the ``stripe`` package has of them."""

import re
import sys
from functools import cache
from typing import Any

import stripe.params
import stripe.params.billing_portal
import stripe.params.checkout
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import RequestOptions
from typing_extensions import TypedDict

TYPES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/customers"): stripe.params.CustomerCreateParams,
    ("POST", "/v1/checkout/sessions"): stripe.params.checkout.SessionCreateParams,
    ("GET", "/v1/checkout/sessions/*"): stripe.params.checkout.SessionRetrieveParams,
    ("POST", "/v1/checkout/sessions/*/expire"): stripe.params.checkout.SessionExpireParams,
    ("POST", "/v1/billing_portal/sessions"): stripe.params.billing_portal.SessionCreateParams,
    ("GET", "/v1/subscriptions"): stripe.params.SubscriptionListParams,
    ("GET", "/v1/subscriptions/*"): stripe.params.SubscriptionRetrieveParams,
    ("DELETE", "/v1/subscriptions/*"): stripe.params.SubscriptionCancelParams,
}
"""By method and path; ``*`` is an id."""
CONFIG = "__pydantic_config__"
"""Where pydantic looks for what a type permits."""
_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def wrong_with(method: str, path: str, given: dict[str, Any]) -> str:
    """Return what is wrong with a request; empty where nothing is."""
    try:
        _adapter(method, pattern_of(path)).validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return ""


def pattern_of(path: str) -> str:
    """Return a path with ``*`` in place of its ids."""
    return re.sub(r"/(cs|sub|cus)_\w+", "/*", path)


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what a form says: ``items[0][price]=p`` is ``{"items": [{"price": "p"}]}``."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        steps = [step.rstrip("]") for step in name.split("[")]
        inner = tree
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(member) for name, member in value.items()}
    is_list = inner and all(name.isdigit() or not name for name in inner)
    return [inner[name] for name in sorted(inner)] if is_list else inner


@cache
def _adapter(method: str, pattern: str) -> TypeAdapter[Any]:
    """Make what checks a request: only members that the package knows, at any depth."""
    given = TYPES[method, pattern]
    module = sys.modules[given.__module__]
    for known in vars(module).values():
        if isinstance(known, type) and known.__module__ == module.__name__:
            setattr(known, CONFIG, _STRICT)
    members = {
        name: type_ for name, type_ in given.__annotations__.items() if name not in RequestOptions.__annotations__
    }
    make: Any = TypedDict  # made of what the package says: nothing that a type checker could know
    own = make("own", members)
    own.__module__, own.__pydantic_config__ = module.__name__, _STRICT
    return TypeAdapter(own)
