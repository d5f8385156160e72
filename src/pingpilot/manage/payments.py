"""What an owner does about paying: open a checkout, look after what was bought, see how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from pingpilot.domain.errors import InvalidRequest, Issue, NotFound, PaymentUnavailable, SubscriptionRuns
from pingpilot.domain.price import Interval, Price, sold
from pingpilot.domain.subscription import CHARGES, OVER
from pingpilot.manage import subscriptions
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.payment_provider import Change, Customer, Opened, Order, PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.store.models import Bought, Payer, Workspace
from pingpilot.store.workspaces import changing

SAME_ORDER_FOR = timedelta(minutes=30)
"""How long another click on the same price leads to the same checkout. One stays open for 24 hours.

Source: Stripe's Checkout Session, ``expires_at``.
"""
RUNS = "This workspace has a subscription already. Change it in place of buying a second one"
CONFIRMING = "A payment for this workspace is just being confirmed. Look again in a minute"


class Confirmation(StrEnum):
    """How a checkout stands from which somebody came back."""

    NONE = "none"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a workspace has bought. ``granted_plan`` is what it is on without; None where it never bought anything."""

    bought: Bought | None
    granted_plan: str | None


def buy(services: Services, workspace: Workspace, plan: str, interval: str, actor: Actor) -> str:
    """Open a checkout, and return the address to send the browser to. Nothing is bought before it is paid there.

    Raises InvalidRequest for what is not sold, SubscriptionRuns beside another subscription, PaymentUnavailable.
    """
    provider = _provider(services)
    price = _price(provider, plan, interval)
    opened = _open(services, provider, workspace, price, actor)
    Payer.objects.filter(pk=workspace.pk, order_price=price.id).update(order=opened.id)
    record(services, workspace, actor, "checkout.opened", opened.id, {"plan": price.plan, "interval": price.interval})
    return opened.url


def look_after(services: Services, workspace: Workspace, plan: str, interval: str, actor: Actor) -> str:
    """Return the address of the page where a subscription is changed or cancelled, and invoices are.

    With a plan that page asks whether to change to it. Raises InvalidRequest, NotFound, PaymentUnavailable.
    """
    provider = _provider(services)
    payer = Payer.objects.filter(pk=workspace.pk).exclude(customer=None).first()
    if payer is None or payer.customer is None:
        raise NotFound("Nothing was bought for this workspace yet")
    runs = subscriptions.running(workspace)
    change = Change(runs.pk, _price(provider, plan, interval)) if plan and runs else None
    url = provider.open_portal(payer.customer, _page(services, workspace.pk), change)
    record(services, workspace, actor, "portal.opened", payer.customer)
    return url


def release(services: Services, workspace: Workspace) -> None:
    """See to it that nobody pays for a workspace that is about to be deleted. Never call it inside a transaction.

    Raises SubscriptionRuns while it would be charged again, PaymentUnavailable.
    """
    subscriptions.refuse_charges(workspace)
    payer = Payer.objects.filter(pk=workspace.pk).exclude(order="").first()
    if payer is not None and services.payments is not None and not services.payments.close_checkout(payer.order):
        raise SubscriptionRuns(CONFIRMING)


def standing(workspace: Workspace) -> Standing:
    """Return what a workspace has bought that runs."""
    payer = Payer.objects.filter(pk=workspace.pk).first()
    return Standing(subscriptions.running(workspace), payer.granted_plan if payer else None)


def confirmation(workspace: Workspace) -> Confirmation:
    """Tell whether what was paid for has arrived here: the provider tells us, and browsers are not believed."""
    if Bought.objects.filter(payer=workspace.pk).exclude(plan="").exists():
        return Confirmation.DONE
    is_open = Payer.objects.filter(pk=workspace.pk).exclude(order="").exists()
    return Confirmation.WAITING if is_open else Confirmation.NONE


def _provider(services: Services) -> PaymentProvider:
    if services.payments is None:
        raise PaymentUnavailable("Nothing is sold on this instance")
    return services.payments


def _price(provider: PaymentProvider, plan: str, interval: str) -> Price:
    price = sold(provider.prices, plan, Interval(interval)) if interval in set(Interval) else None
    if price is None:
        raise InvalidRequest([Issue("invalid_enum_value", ("plan",), "This plan is not sold here")])
    return price


def _open(services: Services, provider: PaymentProvider, workspace: Workspace, price: Price, actor: Actor) -> Opened:
    """Open a checkout for a customer that may be gone from the provider's: then once more for a new one."""
    for _ in range(2):
        payer = _payer(services, provider, workspace, actor)
        try:
            _refuse_second(services, provider, payer, workspace)
            return provider.open_checkout(_order(services, provider, payer, price))
        except NotFound:
            Payer.objects.filter(pk=payer.pk, customer=payer.customer).update(customer=None, nonce=_nonce(services))
    raise PaymentUnavailable


def _payer(services: Services, provider: PaymentProvider, workspace: Workspace, actor: Actor) -> Payer:
    """Return a workspace as a customer, made where it is none yet. A crash in between makes no second one."""
    with changing(workspace.pk) as held:
        defaults = {"granted_plan": held.plan, "nonce": _nonce(services)}
        payer, _ = Payer.objects.get_or_create(pk=held.pk, defaults=defaults)
    if payer.customer is None:
        email = actor.user.email if actor.user else ""
        payer.customer = provider.new_customer(Customer(workspace.pk, workspace.name, email, payer.nonce))
        Payer.objects.filter(pk=payer.pk).update(customer=payer.customer)
    return payer


def _refuse_second(services: Services, provider: PaymentProvider, payer: Payer, workspace: Workspace) -> None:
    """Look at what the provider has of a customer: it may not have told us yet."""
    known = dict(Bought.objects.filter(payer=payer).values_list("pk", "status"))
    for read in provider.subscriptions_of(payer.customer or ""):
        if read.status in CHARGES or known.get(read.id, read.status) not in OVER:
            subscriptions.look(services, provider, read.id)
    if subscriptions.running(workspace):
        raise SubscriptionRuns(RUNS)


def _order(services: Services, provider: PaymentProvider, payer: Payer, price: Price) -> Order:
    nonce, stale = _take(services, payer, price)
    if stale and not provider.close_checkout(stale):
        raise SubscriptionRuns(CONFIRMING)
    return Order(
        workspace=payer.pk,
        customer=payer.customer or "",
        price=price,
        paid_url=_page(services, payer.pk, "/confirm"),
        left_url=_page(services, payer.pk),
        nonce=nonce,
    )


def _page(services: Services, workspace: int, path: str = "") -> str:
    """Return an address on this instance: that of a workspace, whichever is looked at by then."""
    return f"{services.public_url}/dashboard/upgrade{path}?workspace={workspace}"


def _take(services: Services, payer: Payer, price: Price) -> tuple[str, str]:
    """Return the nonce of this order, and the checkout of another one that has to be closed before.

    Whoever clicks twice has one order.
    """
    now = services.now()
    with transaction.atomic():
        held = Payer.objects.select_for_update().get(pk=payer.pk)
        if held.order_price == price.id and _is_fresh(held.ordered_at, now):
            return held.order_nonce, ""
        stale = held.order
        held.order_nonce, held.order_price, held.order, held.ordered_at = _nonce(services), price.id, "", now
        held.save(update_fields=["order_nonce", "order_price", "order", "ordered_at"])
    return held.order_nonce, stale


def _is_fresh(ordered_at: datetime | None, now: datetime) -> bool:
    return ordered_at is not None and now - ordered_at < SAME_ORDER_FOR


def _nonce(services: Services) -> str:
    return services.entropy(16).hex()
