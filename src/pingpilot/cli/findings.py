"""What `pingpilot doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``state`` is ok, note (works, but you may want to know) or bad; ``fix`` says what to do."""

    subject: str
    state: str
    found: str
    fix: str = ""
