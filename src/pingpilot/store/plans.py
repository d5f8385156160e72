"""The plans of this instance, and how the writer's process is told of them."""

from dataclasses import asdict
from typing import cast

import msgspec
from django.conf import settings

from pingpilot.domain.plan import Catalogue


def catalogue() -> Catalogue:
    """Return the plans, as wiring set them."""
    return cast("Catalogue", settings.PINGPILOT_PLANS)


def packed(plans: Catalogue) -> str:
    """Return a catalogue as text."""
    return msgspec.json.encode({**asdict(plans), "plans": dict(plans.plans)}).decode()


def unpacked(text: str) -> Catalogue:
    """Return the catalogue of a text that ``packed`` made."""
    return msgspec.json.decode(text, type=Catalogue)
