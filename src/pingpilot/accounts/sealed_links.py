"""Links by mail that carry what they are about: sealed, as addresses do not belong into links, and for one purpose."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from django.urls import reverse

from pingpilot.domain.errors import InvalidProof, SealBroken
from pingpilot.manage.services import Services
from pingpilot.security.links import opened, token_of

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class SealedLink(Generic[T]):
    """Links to one page.

    ``page`` is the name of its address, ``content`` what a link carries, ``purpose`` what it is sealed for, ``over`` is
    said of what is no such link, or no longer.
    """

    page: str
    content: type[T]
    purpose: str
    over: str

    def to(self, services: Services, content: T) -> str:
        """Return the link."""
        token = token_of(services.box, msgspec.json.encode(content), self.purpose)
        return services.public_url + reverse(self.page, args=[token])

    def read(self, services: Services, token: str) -> T:
        """Return what a link carries; raise InvalidProof where it is made up, or a release made it that put in else."""
        try:
            return msgspec.json.decode(opened(services.box, token, self.purpose), type=self.content)
        except (SealBroken, ValueError, msgspec.DecodeError) as error:
            raise InvalidProof(self.over) from error
