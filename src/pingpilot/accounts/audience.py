"""What every page states: whom it is for. Read by tests, which try each address as everybody else."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.http import HttpResponseBase

from pingpilot.domain.role import Action

_NEEDS = "pingpilot_needs"
"""Under what a view keeps what it states."""
_View = Callable[..., HttpResponseBase]


class Audience(StrEnum):
    """Whom a page is for that is about no workspace."""

    OPERATORS = "operators"
    USERS = "users"
    EVERYBODY = "everybody"


def stating(view: Callable[..., Any], needs: Action | Audience) -> _View:
    """Return a page that states whom it is for; that it is shown to nobody else is for the page to see to."""

    @wraps(view)
    def page(*args: object, **kwargs: object) -> HttpResponseBase:
        answer: HttpResponseBase = view(*args, **kwargs)
        return answer

    vars(page)[_NEEDS] = needs
    return page


def for_everybody(view: Callable[..., Any]) -> _View:
    """Say that a page needs no sign-in, on purpose."""
    return stating(view, Audience.EVERYBODY)


def stated_by(view: Callable[..., object]) -> Action | Audience | None:
    """Return what a page states; None when it states nothing."""
    stated: Action | Audience | None = vars(view).get(_NEEDS)
    return stated
