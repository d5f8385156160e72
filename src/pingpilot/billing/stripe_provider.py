"""Stripe as the one who sells plans: checkout, portal, subscriptions."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import stripe
from stripe.params import CustomerCreateParams, SubscriptionListParams
from stripe.params.billing_portal import SessionCreateParams as PortalParams
from stripe.params.checkout import SessionCreateParams as CheckoutParams

from pingpilot.billing.signed import heard
from pingpilot.billing.stripe_calls import StripeCalls, repeatable
from pingpilot.billing.stripe_objects import subscription_of
from pingpilot.domain.errors import NotFound, PaymentUnavailable
from pingpilot.domain.price import Price
from pingpilot.domain.subscription import Subscription
from pingpilot.manage.payment_provider import Change, Customer, Heard, Opened, Order
from pingpilot.observe import get_logger

PAGE = 100
"""Subscriptions in one answer. Source: Stripe's list of subscriptions, ``limit``."""
OF_ONE_MAX = 100
"""Subscriptions of one customer that are looked at, the newest first."""

_log = get_logger(__name__)


class StripeProvider:
    """Sells plans through one Stripe account. Safe to use from several threads."""

    def __init__(
        self,
        calls: StripeCalls,
        webhook_secrets: Sequence[str],
        prices: Sequence[Price],
        grace: timedelta,
        pages: Sequence[str],
        *,
        has_tax: bool,
    ) -> None:
        """Take the way to Stripe, its signing secrets, what is sold, and the hosts that browsers may be sent to."""
        self.prices = prices
        self.grace = grace
        self._calls = calls
        self._secrets = webhook_secrets
        self._pages = {_origin(page) for page in pages}
        self._has_tax = has_tax

    def new_customer(self, customer: Customer) -> str:
        """Make a customer, and return its id."""
        params: CustomerCreateParams = {
            "name": customer.name,
            "metadata": {"pingpilot_workspace": str(customer.workspace)},
        }
        if customer.email:
            params["email"] = customer.email
        key = repeatable(customer.nonce, dict(params))
        customers = self._calls.client.v1.customers
        return self._calls.ask(lambda: customers.create(params, {"idempotency_key": key})).id

    def open_checkout(self, order: Order) -> Opened:
        """Open a checkout; raises NotFound when the customer is gone."""
        workspace = str(order.workspace)
        params: CheckoutParams = {
            "mode": "subscription",
            "customer": order.customer,
            "client_reference_id": workspace,
            "line_items": [{"price": order.price.id, "quantity": 1}],
            "metadata": {"pingpilot_workspace": workspace},
            "subscription_data": {"metadata": {"pingpilot_workspace": workspace}},
            "success_url": order.paid_url,
            "cancel_url": order.left_url,
        }
        if self._has_tax:
            params["automatic_tax"] = {"enabled": True}
            params["tax_id_collection"] = {"enabled": True}
            params["customer_update"] = {"address": "auto", "name": "auto"}
        key = repeatable(order.nonce, dict(params))
        sessions = self._calls.client.v1.checkout.sessions
        opened = self._calls.ask(lambda: sessions.create(params, {"idempotency_key": key}))
        return Opened(opened.id, self._checked(opened.url))

    def close_checkout(self, opened: str) -> bool:
        """Close a checkout to those who have it open; False when it was paid already."""
        sessions = self._calls.client.v1.checkout.sessions
        try:
            session = self._calls.ask(lambda: sessions.retrieve(opened))
            if session.status == "open":
                session = self._calls.ask(lambda: sessions.expire(opened))
        except NotFound:
            return True
        return session.status != "complete"

    def open_portal(self, customer: str, back_url: str, change: Change | None) -> str:
        """Return the address of the portal; where it offers no change to that price, of its start page."""
        params: PortalParams = {"customer": customer, "return_url": back_url}
        portal = self._calls.client.v1.billing_portal.sessions
        if change is not None:
            try:
                flow = self._change(change)
                return self._checked(self._calls.ask(lambda: portal.create({**params, "flow_data": flow})).url)
            except (NotFound, PaymentUnavailable):
                _log.warning("portal.offers_no_change", price=change.price.id)
        return self._checked(self._calls.ask(lambda: portal.create(params)).url)

    def subscription(self, subscription: str) -> Subscription:
        """Read a subscription; raises NotFound."""
        subscriptions = self._calls.client.v1.subscriptions
        read = self._calls.ask(lambda: subscriptions.retrieve(subscription, {"expand": ["latest_invoice"]}))
        return subscription_of(read)

    def subscriptions_of(self, customer: str) -> Sequence[Subscription]:
        """Read what a customer has, or had; raises NotFound."""
        return list(self._listed({"customer": customer, "status": "all", "limit": OF_ONE_MAX}, most=OF_ONE_MAX))

    def running(self) -> Iterator[Subscription]:
        """Read all that run for one of the prices."""
        for price in self.prices:
            yield from self._listed({"price": price.id, "limit": PAGE})

    def cancel(self, subscription: str) -> None:
        """End a subscription at once."""
        subscriptions = self._calls.client.v1.subscriptions
        self._calls.ask(lambda: subscriptions.cancel(subscription))

    def hear(self, body: bytes, signature: str) -> Heard:
        """Return what Stripe tells; raises UnknownCaller when it is not Stripe, or tells what it was not asked to."""
        return heard(body, signature, self._secrets)

    def _listed(self, params: SubscriptionListParams, most: int | None = None) -> Iterator[Subscription]:
        subscriptions = self._calls.client.v1.subscriptions
        asked: SubscriptionListParams = {**params, "expand": ["data.latest_invoice"]}
        count = 0
        while True:
            page = self._calls.ask(lambda asked=asked: subscriptions.list(asked))  # type: ignore[misc]
            yield from map(subscription_of, page.data)
            count += len(page.data)
            if not page.has_more or not page.data or (most is not None and count >= most):
                return
            asked = {**asked, "starting_after": page.data[-1].id}

    def _change(self, change: Change) -> stripe.params.billing_portal.SessionCreateParamsFlowData:
        subscriptions = self._calls.client.v1.subscriptions
        read = self._calls.ask(lambda: subscriptions.retrieve(change.subscription))
        item = read.items.data[0].id
        return {
            "type": "subscription_update_confirm",
            "subscription_update_confirm": {
                "subscription": change.subscription,
                "items": [{"id": item, "price": change.price.id, "quantity": 1}],
            },
        }

    def _checked(self, url: str | None) -> str:
        """Return where a browser is to be sent; raises PaymentUnavailable where the pages' policy would not let it."""
        if url is None or _origin(url) not in self._pages:
            _log.error("stripe.elsewhere", host=urlsplit(url or "").hostname, setting="PINGPILOT_STRIPE_PAGES")
            raise PaymentUnavailable("The payment page is at an address that this instance does not know yet")
        return url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
