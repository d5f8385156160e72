"""The catalogue of plans."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import inf

CODE_MAX_CHARS = 20
HELD_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace may use, and what it costs.

    None means no limit. A price is in US dollars, 0 where it is given away; without prices a plan is never shown to
    those who might want it: an operator grants it. ``name`` is what people call it.
    """

    code: str
    events_per_month: int | None
    categories: int | None
    history: timedelta | None
    usd_a_month: Decimal | None = None
    usd_a_year: Decimal | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.code.title()

    @property
    def is_offered(self) -> bool:
        """Whether it stands on the list of prices."""
        return self.usd_a_month is not None or self.usd_a_year is not None

    @property
    def is_sold(self) -> bool:
        """Whether it is to be paid for: by month, by year, or as the buyer likes."""
        return bool(self.usd_a_month or self.usd_a_year)

    @property
    def usd_saved_a_year(self) -> Decimal:
        """What who pays by the year saves; 0 where that is not less, or no choice."""
        if not self.usd_a_month or not self.usd_a_year:
            return Decimal(0)
        return max(Decimal(0), 12 * self.usd_a_month - self.usd_a_year)


UNLIMITED = Plan("UNLIMITED", None, None, None)
"""Never sold; in every catalogue. Source: SPEC section 8."""

_YEAR = timedelta(days=365)

SHIPPED: Mapping[str, Plan] = {
    plan.code: plan
    for plan in (
        Plan("FREE", 100, 3, timedelta(days=30), Decimal(0), Decimal(0)),
        Plan("PRO", 1_000, 10, _YEAR, Decimal(29), Decimal(96)),
        Plan("ENTERPRISE", 10_000, 100, 3 * _YEAR, Decimal(49), Decimal(159)),
        UNLIMITED,
    )
}
"""Source: SPEC section 8."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The plans of an instance by their codes, in the order in which they are shown, and that of new workspaces.

    ``held_max`` is how many events of a workspace may wait for quota.
    """

    plans: Mapping[str, Plan] = field(default_factory=lambda: SHIPPED)
    default: str = "FREE"
    held_max: int = HELD_MAX

    def of(self, code: str) -> Plan:
        """Return the plan of a workspace; the default one in place of a plan that was taken out of the catalogue."""
        return self.plans.get(code) or self.plans[self.default]

    def most(self, codes: Iterable[str]) -> str:
        """Return the plan that gives most: events first, then categories, then history."""
        return max(codes, key=lambda code: _worth(self.of(code)))

    @property
    def offered(self) -> list[Plan]:
        """The list of prices."""
        return [plan for plan in self.plans.values() if plan.is_offered]


def _worth(plan: Plan) -> tuple[float, float, float]:
    days = inf if plan.history is None else plan.history.days
    return _or_endless(plan.events_per_month), _or_endless(plan.categories), days


def _or_endless(limit: int | None) -> float:
    return inf if limit is None else limit
