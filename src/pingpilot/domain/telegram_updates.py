"""What an update of the Bot API tells: who sent a code, who blocked or removed the bot, which group moved.

**Source** of the members: the Bot API's reference, "Update", "Message" and "ChatMemberUpdated".
"""

import re

from pingpilot.domain.fitting import fit, one_line
from pingpilot.domain.incoming import AddressBack, AddressChanged, AddressGone, Heard, LinkAttempt, Pressed, Stray
from pingpilot.domain.key import id_of

BLOCKED = "You blocked the bot or deleted the chat. Unblock it and press Start: this destination is on again then."
EXPELLED = "The bot was removed from the group. Add it again: this destination is on again then."

_START = re.compile(r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{1,200})\s*")
_PRESS = re.compile(r"answer:([0-9a-f]{32}):([0-9]{1,2})")
_NUMBER = re.compile(r"[0-9]{1,30}")
USERNAME = re.compile(r"[A-Za-z0-9_]{1,64}")


def heard_in(update: object) -> list[Heard]:
    """Return what an update tells; one that makes no sense tells nothing."""
    if (pressed := _press(_member(update, "callback_query"))) is not None:
        return [pressed]
    message, change = _member(update, "message"), _member(update, "my_chat_member")
    chat = id_text(_member(change if message is None else message, "chat", "id"))
    if not chat:
        return []
    if moved := id_text(_member(message, "migrate_to_chat_id")):
        return [AddressChanged({"chat_id": chat}, {"chat_id": moved}), AddressBack({"chat_id": moved})]
    found = _membership(change, chat) if message is None else _words(message, chat)
    return [] if found is None else [found]


def number_of(update: object) -> int | None:
    """Return the number of an update: a repeat has the same, a later one a higher."""
    number = _member(update, "update_id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def id_text(number: object) -> str:
    """Return the id of a chat or a message as text; empty where it is none."""
    return str(number) if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 10**18 else ""


def shown_of(chat: str) -> str:
    """Return what may be shown of a chat's id in a list."""
    return f"chat …{chat[-4:]}"


def _words(message: object, chat: str) -> Heard | None:
    """Return what was said to the bot; what bots say means nothing, and in a group only a code does.

    Who administers a group anonymously looks like a bot that speaks as the group.
    """
    is_private = _member(message, "chat", "type") == "private"
    if _member(message, "from", "is_bot") is True and id_text(_member(message, "sender_chat", "id")) != chat:
        return None
    said = _member(message, "text")
    start = _START.fullmatch(said) if isinstance(said, str) else None
    if start is None:
        return Stray(chat) if is_private else None
    if not is_private and id_of(start[1]) is not None:
        return Stray(chat)  # a key that a whole group has read links nothing
    return LinkAttempt(start[1], {"chat_id": chat}, _label(message, chat), chat)


def _press(query: object) -> Pressed | None:
    """Return which button was pressed, where and by whom; a program may make up any data, so it proves nothing."""
    data, name, sender = _member(query, "data"), _member(query, "id"), _member(query, "from")
    chat = id_text(_member(query, "message", "chat", "id"))
    message = id_text(_member(query, "message", "message_id"))
    found = _PRESS.fullmatch(data) if isinstance(data, str) else None
    if found is None or not chat or not message or not isinstance(name, str) or not _NUMBER.fullmatch(name):
        return None
    reply_to = {"query": name, "chat": chat, "message": message}
    return Pressed(found[1], int(found[2]), {"chat_id": chat}, _person(sender) or "someone", reply_to)


def _person(sender: object) -> str:
    username, name = _member(sender, "username"), _member(sender, "first_name")
    if isinstance(username, str) and USERNAME.fullmatch(username):
        return f"@{username}"
    return fit(one_line(name).strip(), 40) if isinstance(name, str) else ""


def _membership(change: object, chat: str) -> Heard | None:
    """Return that the bot was blocked or removed, or is back; to block it and to delete the chat look the same."""
    match _member(change, "new_chat_member", "status"):
        case "kicked" | "left":
            is_private = _member(change, "chat", "type") == "private"
            return AddressGone({"chat_id": chat}, BLOCKED if is_private else EXPELLED)
        case "member" | "administrator":
            return AddressBack({"chat_id": chat})
        case _:
            return None


def _label(message: object, chat: str) -> str:
    if _member(message, "chat", "type") == "private":
        return _person(_member(message, "from")) or shown_of(chat)
    title = _member(message, "chat", "title")
    return (fit(one_line(title).strip(), 40) if isinstance(title, str) else "") or shown_of(chat)


def _member(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
