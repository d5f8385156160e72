"""The pages of the fake Stripe, which a person can click: a checkout, and the portal for what was bought."""

from html import escape

from tests.servers.stripe.books import RUNNING, Books
from tests.servers.stripe.objects import Object

_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:16px system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem;margin:.2rem 0}}
.paper{{border:1px solid #8886;padding:1rem;border-radius:.5rem}}
</style><p>A stand-in for Stripe. No money moves here.</p><h1>{title}</h1>{body}</html>"""


def checkout_page(books: Books, session: Object) -> str:
    """Return the page on which a plan is paid."""
    if session["status"] != "open":
        return page("This checkout is closed", _link(session["cancel_url"], "Back"))
    body = (
        f'<p class="paper">{_named(books, session["price_of_fake"])}</p>'
        f"{_button('pay', 'Pay and subscribe')}{_link(session['cancel_url'], 'Back without paying')}"
    )
    return page("Checkout", body)


def portal_page(books: Books, portal: Object) -> str:
    """Return the page on which a customer changes or cancels."""
    mine = [one for one in books.of_kind("subscription") if one["customer"] == portal["customer"]]
    body = "".join(_subscription(books, one, portal.get("flow_data") or {}) for one in mine)
    return page("Your subscriptions", f"{body or '<p>There is none.</p>'}{_link(portal['return_url'], 'Back')}")


def page(title: str, body: str) -> str:
    return _FRAME.format(title=escape(title), body=body)


def _subscription(books: Books, subscription: Object, flow: Object) -> str:
    price = subscription["items"]["data"][0]["price"]["id"]
    head = f"<p>{_named(books, price)}: <strong>{escape(subscription['status'])}</strong></p>"
    if subscription["status"] not in RUNNING:
        return f'<div class="paper">{head}</div>'
    which = {"subscription": subscription["id"]}
    wanted = flow.get("subscription_update_confirm", {}).get("items", [{}])[0].get("price")
    others = [wanted] if wanted else [one for one in books.sold if one != price]
    deeds = [_button("change", f"Change to {_named(books, one)}", price=one, **which) for one in others]
    if subscription["cancel_at_period_end"]:
        deeds.append(_button("resume", "Go on after all", **which))
    else:
        deeds.append(_button("cancel", "Cancel at the end of the period", **which))
    deeds.append(_button("end", "(clock) End the period now", **which))
    deeds.append(_button("fail", "(bank) Let a payment fail", **which))
    deeds.append(_button("recover", "(bank) Let it be paid", **which))
    return f'<div class="paper">{head}{"".join(deeds)}</div>'


def _named(books: Books, price: str) -> str:
    plan, interval, dollars = books.sold[price]
    return escape(f"{plan.title()}, ${dollars} a {interval}")


def _button(deed: str, text: str, **members: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in members.items())
    return f'<form method="post">{hidden}<button name="deed" value="{deed}">{text}</button></form>'


def _link(url: str, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'
