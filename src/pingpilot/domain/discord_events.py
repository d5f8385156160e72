"""What Discord's webhook events tell: who removed the bot from their account, who added it again.

**Source:** Discord's documentation of webhook events.
"""

from pingpilot.domain.discord_api import ID
from pingpilot.domain.incoming import AddressBack, AddressGone, Heard

REMOVED = "You removed the bot from your Discord account. Add it again, then switch this destination on."


def heard_in(told: object) -> list[Heard]:
    """Return what a call tells; one that makes no sense tells nothing."""
    event = told.get("event") if isinstance(told, dict) else None
    data = event.get("data") if isinstance(event, dict) else None
    user = data.get("user") if isinstance(data, dict) else None
    number = user.get("id") if isinstance(user, dict) else None
    if not isinstance(event, dict) or not isinstance(number, str) or not ID.fullmatch(number):
        return []
    match event.get("type"):
        case "APPLICATION_DEAUTHORIZED":
            return [AddressGone({"user_id": number}, REMOVED)]
        case "APPLICATION_AUTHORIZED":
            return [AddressBack({"user_id": number})]
        case _:
            return []
