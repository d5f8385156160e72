"""Every address of the control plane, read off the one table of them all: a new one is tried by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from pingpilot.accounts.audience import Audience, stated_by
from pingpilot.domain.role import Action

API = "rest"
"""The namespace of the REST API, whose calls take keys: tests/unit/api tries them."""
MORE_NAMES: Mapping[str, object] = {
    "provider_id": "oidc",
    "uidb36": "1",
    "key": "unknown-key",
    "page": "webhooks/",
    "pk": 1,
    "delivery_id": "01a214e0-ce27-7000-9570-8b1ffa547169",
}
"""What the addresses of accounts and of operators name, beside those of tests/unit/console/shop.py."""


@dataclass(frozen=True)
class Address:
    """One address: its name, whom it states to be for, and what it names."""

    name: str
    needs: Action | Audience | None
    names: tuple[str, ...]

    def path(self, values: Mapping[str, object]) -> str:
        """Return the address of one thing of each kind; a kind that is new has to be given one."""
        known = {**MORE_NAMES, **values}
        missing = set(self.names) - set(known)
        assert not missing, f"{self.name} names {missing}: give the tests one of these, in {__name__}"
        return reverse(self.name, kwargs={name: known[name] for name in self.names})


def _addresses(resolver: URLResolver) -> Iterator[Address]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver) and one.namespace != API:
            yield from _addresses(one)
        elif isinstance(one, URLPattern):
            yield Address(str(one.name), stated_by(one.callback), tuple(one.pattern.regex.groupindex))


ADDRESSES = tuple(_addresses(get_resolver()))
