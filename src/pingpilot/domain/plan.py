"""The catalogue of plans."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace may use. None means no limit; prices are whole US dollars, None where it is never sold."""

    code: str
    events_per_month: int | None
    categories: int | None
    history: timedelta | None
    usd_a_month: int | None
    usd_a_year: int | None


_YEAR = timedelta(days=365)

CATALOGUE: dict[str, Plan] = {
    plan.code: plan
    for plan in (
        Plan("FREE", 100, 3, timedelta(days=30), 0, 0),
        Plan("PRO", 1_000, 10, _YEAR, 29, 96),
        Plan("ENTERPRISE", 10_000, 100, 3 * _YEAR, 49, 159),
        Plan("UNLIMITED", None, None, None, None, None),
    )
}
"""Source: SPEC section 8."""
