"""The code samples that the pages show: real calls, ready to paste."""

from dataclasses import dataclass

from pingpilot.domain.category import QUICK_START

VARIABLE = "PINGPILOT_API_KEY"
"""The environment variable that every sample reads the key from."""
_EXAMPLE = QUICK_START[1][0]
EVENT_PATH = "/api/v1/event"
"""Source: SPEC section 4."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What fills in the samples: where events are posted to, a category's name, an id that is theirs in the page."""

    url: str
    category: str
    id: str = "sample"
    variable: str = VARIABLE


def samples(public_url: str, category: str = "", name: str = "sample") -> Samples:
    """Return the samples of one instance for one category, else for the one of the quick-start set that sells."""
    return Samples(f"{public_url}{EVENT_PATH}", category or _EXAMPLE, name)
