"""What somebody can do about each plan: buy it, change to it, or nothing."""

from dataclasses import dataclass
from enum import StrEnum

from pingpilot.console.viewer import Viewer
from pingpilot.domain.plan import Plan
from pingpilot.domain.price import Interval, Price, sold
from pingpilot.domain.role import Action
from pingpilot.manage.payments import Standing
from pingpilot.store.plans import catalogue


class Deed(StrEnum):
    """What the buttons of a plan do."""

    NONE = ""
    BUY = "buy"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Button:
    """One way to pay for a plan. Without ``usd`` the catalogue names no price for it; Stripe does."""

    interval: str
    usd: object


@dataclass(frozen=True, slots=True)
class Option:
    """A plan as somebody sees it."""

    plan: Plan
    is_mine: bool
    deed: Deed
    buttons: list[Button]


def options(viewer: Viewer, standing: Standing) -> list[Option]:
    """Return the plans that stand on the list of prices, with what the viewer may do about each."""
    return [_option(viewer, standing, plan) for plan in catalogue().offered]


def _option(viewer: Viewer, standing: Standing, plan: Plan) -> Option:
    is_mine = plan.code == viewer.workspace.plan
    deed = _deed(viewer, standing, plan)
    buttons = [_button(price, plan) for price in _prices(viewer, plan) if not _has(standing, price)]
    return Option(plan, is_mine, deed if buttons else Deed.NONE, buttons)


def _deed(viewer: Viewer, standing: Standing, plan: Plan) -> Deed:
    """Sell what gives more than the workspace has; let who pays change to any other."""
    if not viewer.may(Action.PLAN):
        return Deed.NONE
    if standing.bought:
        return Deed.CHANGE
    present = viewer.workspace.plan
    return Deed.BUY if plan.code != present and catalogue().most([present, plan.code]) == plan.code else Deed.NONE


def _prices(viewer: Viewer, plan: Plan) -> list[Price]:
    payments = viewer.services.payments
    if payments is None:
        return []
    return [price for every in Interval if (price := sold(payments.prices, plan.code, every))]


def _has(standing: Standing, price: Price) -> bool:
    bought = standing.bought
    return bought is not None and (bought.price_plan, bought.interval) == (price.plan, price.interval)


def _button(price: Price, plan: Plan) -> Button:
    return Button(price.interval, plan.usd_a_month if price.interval is Interval.MONTH else plan.usd_a_year)
