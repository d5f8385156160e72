"""What is told of a door for another service: enough to set it up."""

from collections.abc import Sequence
from dataclasses import dataclass

PREFIX = "/in/"
"""Where the doors of services stand that have no address of their own."""
KEY_WORD = "YOUR_API_KEY"
"""Stands for the key in addresses that are shown."""


@dataclass(frozen=True, slots=True)
class DoorSpec:
    """One door. ``path`` is the address that a service's clients know, "" for webhooks, which call ``/in/<name>``.

    ``steps`` may mark names (``*Settings*``) and code (backticks); ``signed_by`` says which secret the service signs
    with, "" where it signs nothing.
    """

    name: str
    label: str
    about: str
    steps: Sequence[str]
    path: str = ""
    signed_by: str = ""

    @property
    def secret_text(self) -> str:
        """Which secret the service signs with, without marks."""
        return self.signed_by.replace("*", "")

    def address(self, public_url: str, category: str = "") -> str:
        """Return the address to enter, which chooses a category where one is given."""
        if self.path:
            return f"{public_url}{self.path.replace('<topic>', category or '<topic>')}"
        return f"{public_url}{PREFIX}{self.name}/{KEY_WORD}" + (f"?category={category}" if category else "")
