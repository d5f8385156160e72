"""The calls of Stripe's API that PingPilot makes, answered as Stripe answers them."""

import copy
import hmac
from typing import Any

from tests.servers.stripe.books import RUNNING, Books, Refusal
from tests.servers.stripe.objects import Object
from tests.servers.stripe.params import TYPES, pattern_of, wrong_with

Params = dict[str, Any]


class Calls:
    """Answers calls on the books. ``asked`` are those so far: method, path, parameters."""

    def __init__(self, books: Books, key: str) -> None:
        self.books = books
        self.asked: list[tuple[str, str, Params]] = []
        self.url = ""
        self._key = key
        self._repeats: dict[str, tuple[str, Params, Object]] = {}

    def answer(self, method: str, path: str, params: Params, head: dict[str, str]) -> tuple[int, Object]:
        """Return status and body."""
        self.asked.append((method, path, params))
        try:
            return 200, self._once(method, path, params, head)
        except Refusal as refusal:
            kind = "idempotency_error" if refusal.code == "idempotency_error" else "invalid_request_error"
            told = {"type": kind, "message": str(refusal), "code": refusal.code or None, "param": refusal.param or None}
            return refusal.status, {"error": told}

    def _once(self, method: str, path: str, params: Params, head: dict[str, str]) -> Object:
        """Answer a repeat as the first time. Source: Stripe, idempotent requests."""
        if not hmac.compare_digest(head.get("authorization", ""), f"Bearer {self._key}"):
            raise Refusal(401, "Invalid API Key provided")
        if (method, pattern_of(path)) not in TYPES:
            raise Refusal(404, f"Unrecognized request URL ({method}: {path})")
        if wrong := wrong_with(method, path, params):
            raise Refusal(400, wrong, "parameter_unknown")
        key = head.get("idempotency-key", "")
        if method == "POST" and key in self._repeats:
            first_path, first, made = self._repeats[key]
            if (first_path, first) != (path, params):
                raise Refusal(400, "Keys for idempotent requests can only be used once", "idempotency_error")
            return made
        made = copy.deepcopy(
            self._made(method, pattern_of(path), path.removesuffix("/expire").rsplit("/", 1)[-1], params)
        )
        if key:
            self._repeats[key] = (path, params, made)
        return made

    def _made(self, method: str, pattern: str, last: str, params: Params) -> Object:
        match method, pattern:
            case "POST", "/v1/customers":
                return self.books.add("customer", "cus", created=self.books.now, **params)
            case "POST", "/v1/checkout/sessions":
                return self._checkout(params)
            case "POST", "/v1/billing_portal/sessions":
                return self._portal(params)
            case "GET", "/v1/subscriptions":
                return self._listed(params)
            case "GET", "/v1/subscriptions/*":
                return self._expanded(self.books.get(last, "subscription"))
            case "DELETE", "/v1/subscriptions/*":
                subscription = self.books.get(last, "subscription")
                self.books.turn(subscription, "canceled")
                return subscription
            case "GET", "/v1/checkout/sessions/*":
                return self.books.get(last, "checkout.session")
            case _:
                return self._expire(last)

    def _expire(self, id_: str) -> Object:
        session = self.books.get(id_, "checkout.session")
        if session["status"] != "open":
            raise Refusal(400, "Only Checkout Sessions with a status in ['open'] can be expired")
        session.update(status="expired", url=None)
        return session

    def _checkout(self, params: Params) -> Object:
        self.books.get(params["customer"], "customer", "customer")
        price = params["line_items"][0]["price"]
        self.books.price(price)
        kept = {name: params[name] for name in ("mode", "customer", "client_reference_id", "metadata")}
        addresses = {name: params[name] for name in ("success_url", "cancel_url")}
        made = self.books.add("checkout.session", "cs_test", **kept, **addresses)
        made.update(status="open", payment_status="unpaid", subscription=None, created=self.books.now)
        made.update(url=f"{self.url}/checkout/{made['id']}", expires_at=self.books.now + 86_400, price_of_fake=price)
        return made

    def _portal(self, params: Params) -> Object:
        self.books.get(params["customer"], "customer", "customer")
        made = self.books.add("billing_portal.session", "bps", created=self.books.now, **params)
        made["url"] = f"{self.url}/portal/{made['id']}"
        return made

    def _listed(self, params: Params) -> Object:
        if customer := params.get("customer"):
            self.books.get(customer, "customer", "customer")
        rows = [one for one in self.books.of_kind("subscription") if self._is_asked_for(one, params)]
        ids = [one["id"] for one in rows]
        begin = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        limit = int(params.get("limit", 10))
        page = [self._expanded(one) for one in rows[begin : begin + limit]]
        return {"object": "list", "url": "/v1/subscriptions", "data": page, "has_more": len(rows) > begin + limit}

    def _is_asked_for(self, subscription: Object, params: Params) -> bool:
        price = subscription["items"]["data"][0]["price"]["id"]
        return (
            params.get("customer", subscription["customer"]) == subscription["customer"]
            and params.get("price", price) == price
            and (params.get("status") == "all" or subscription["status"] in RUNNING)
        )

    def _expanded(self, subscription: Object) -> Object:
        invoice = self.books.objects.get(subscription["latest_invoice"] or "")
        return {**subscription, "latest_invoice": invoice}
