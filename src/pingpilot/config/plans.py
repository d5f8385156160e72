"""The catalogue of plans as an operator writes it: JSON in a variable, or a table in the settings file."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pingpilot.config.values import WrongSetting
from pingpilot.domain.plan import CODE_MAX_CHARS, UNLIMITED, Plan

EXAMPLE_PLANS = '{"PRO": {"events_per_month": 1000, "categories": 10, "history_days": 365, "usd_a_month": 29}}'
PLANS_MAX = 20
NO_LIMIT = "unlimited"
_CODE = re.compile(r"[A-Z][A-Z0-9_-]*")
_COUNT_MAX = 10**12
_DAYS_MAX = 36_500


def _limit(value: object) -> object:
    return None if value == NO_LIMIT else value


_Count = Annotated[Annotated[int, Field(strict=True, ge=1, le=_COUNT_MAX)] | None, BeforeValidator(_limit)]
_Days = Annotated[Annotated[int, Field(strict=True, ge=1, le=_DAYS_MAX)] | None, BeforeValidator(_limit)]
_Price = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)] | None

_EXPECTS = {
    "name": "text of 1 to 40 characters",
    "events_per_month": f'a whole number of at least 1, or "{NO_LIMIT}"',
    "categories": f'a whole number of at least 1, or "{NO_LIMIT}"',
    "history_days": f'a whole number from 1 to {_DAYS_MAX}, or "{NO_LIMIT}"',
    "usd_a_month": "a price in US dollars like 29 or 9.90; leave it out for a plan that only an operator grants",
    "usd_a_year": "a price in US dollars like 96 or 99.90; leave it out for a plan that only an operator grants",
}


class _Written(BaseModel):
    """One plan. A limit has to be said, even that there is none: what was forgotten must not be given away."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(strict=True, min_length=1, max_length=40)] = ""
    events_per_month: _Count
    categories: _Count
    history_days: _Days
    usd_a_month: _Price = None
    usd_a_year: _Price = None


def read_plans(value: object) -> Mapping[str, Plan]:
    """Return plans by their codes, with ``UNLIMITED`` at the end; raises WrongSetting."""
    written = _parsed(value) if isinstance(value, str) else value
    if not isinstance(written, dict) or not 1 <= len(written) <= PLANS_MAX:
        raise WrongSetting(f"must be an object of 1 to {PLANS_MAX} plans, like {EXAMPLE_PLANS}")
    plans = [one if isinstance(one, Plan) else _plan(code, one) for code, one in written.items()]
    read_by_code = {plan.code: plan for plan in plans}
    if len(read_by_code) != len(plans):
        raise WrongSetting("names a plan twice: upper and lower case are the same")
    return {**read_by_code, UNLIMITED.code: UNLIMITED}


def _parsed(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise WrongSetting(f"is not valid JSON ({error})") from error


def _plan(code: str, given: object) -> Plan:
    code = code.upper()
    if code == UNLIMITED.code:
        raise WrongSetting(f"names {code}: that plan is always there, has no limits and is never sold")
    if not _CODE.fullmatch(code) or len(code) > CODE_MAX_CHARS:
        raise WrongSetting(
            f'has the plan "{code}"; a plan is named by 1 to {CODE_MAX_CHARS} letters, digits, "_" and "-", a letter'
            " first"
        )
    try:
        one = _Written.model_validate(given)
    except ValidationError as error:
        raise WrongSetting(_sentence(code, error.errors(include_url=False)[0])) from error
    history = None if one.history_days is None else timedelta(days=one.history_days)
    return Plan(code, one.events_per_month, one.categories, history, one.usd_a_month, one.usd_a_year, one.name)


def _sentence(code: str, error: Mapping[str, Any]) -> str:
    """Return what is wrong with one plan."""
    if not error["loc"]:
        return f"must say of the plan {code} what it allows, like {EXAMPLE_PLANS}"
    member = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        nearest = get_close_matches(member, _EXPECTS, n=1, cutoff=0.0)[0]
        return f'says "{member}" of the plan {code}, which is not known; the nearest word is "{nearest}"'
    if error["type"] == "missing":
        return f'does not say "{member}" of the plan {code}: {_EXPECTS[member]}'
    given = json.dumps(error["input"], default=float)
    return f'has {given} as "{member}" of the plan {code}, but it must be {_EXPECTS[member]}'
