"""What a plan is sold for: by the month or by the year, each under a price that the payment provider knows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_FORM = re.compile(r"([A-Za-z0-9_-]{1,20})/(month|year)=([A-Za-z0-9_]{1,255})")


class Interval(StrEnum):
    """How often a plan is paid for."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Price:
    """One price of a plan; ``id`` is the provider's."""

    plan: str
    interval: Interval
    id: str

    def __str__(self) -> str:
        """Return the form that ``parse_price`` takes."""
        return f"{self.plan}/{self.interval}={self.id}"


def parse_price(text: str) -> Price:
    """Return the price that is written ``PLAN/month=id``; raises ValueError."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    plan, interval, price_id = match.groups()
    return Price(plan.upper(), Interval(interval), price_id)


def sold(prices: Iterable[Price], plan: str, interval: Interval) -> Price | None:
    """Return what a plan is sold for now: the first of its prices. Later ones are honoured, and sold no more."""
    return next((price for price in prices if (price.plan, price.interval) == (plan, interval)), None)


def known(prices: Iterable[Price], price_id: str) -> Price | None:
    """Return the price of a provider's id; None for one that is not ours."""
    return next((price for price in prices if price.id == price_id), None)
