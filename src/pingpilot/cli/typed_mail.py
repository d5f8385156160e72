"""A mail as a mail server hands it to a program, written as the JSON of an event."""

import hashlib
import json
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

from pingpilot.domain.event import DESCRIPTION_MAX_CHARS, FIELD_TEXT_MAX_CHARS, MAX_AGO, MAX_AHEAD
from pingpilot.domain.fitting import MARK, one_line, printable

OURS = re.compile(r"PingPilot Alert: ")
"""How the subjects of our own mails begin. Source: SPEC section 7."""
NO_WORDS = "A mail without words"
_UNSEEN = frozenset({"head", "script", "style", "title"})
_BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "li", "p", "table", "tr"})
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


def parsed(content: bytes) -> EmailMessage:
    """Return a mail; whatever comes is one, of which more or less can be read."""
    return message_from_bytes(content, policy=policy.default)


def is_ours(mail: EmailMessage) -> bool:
    """Tell whether PingPilot has sent it, which would come back for ever."""
    return bool(OURS.match(_header(mail, "Subject"))) and _header(mail, "Auto-Submitted") == "auto-generated"


def name_of(mail: EmailMessage, category: str) -> str:
    """Return what a mail is known by when it is handed over again: one event, however often that is.

    Its own name, if it has one; a server may write lines of its own above, which are others each time.
    """
    own = _header(mail, "Message-ID").strip()
    said = [own] if own else [*(_header(mail, name) for name in ("From", "Date", "Subject")), _text(mail)]
    digest = hashlib.sha256(json.dumps([category, *said]).encode()).hexdigest()
    return f"mail-{digest}"


def body(mail: EmailMessage, category: str, severity: str | None, now: datetime) -> bytes:
    """Write the event: subject and text are its description, who sent it a field, and its date the time."""
    subject = one_line(_header(mail, "Subject")).strip()
    description = "\n\n".join(filter(None, (subject, _text(mail)))) or NO_WORDS
    sender = one_line(_header(mail, "From")).strip()
    happened = _date(mail, now)
    members = {
        "category": category,
        "description": _cut(description, DESCRIPTION_MAX_CHARS),
        "severity": severity,
        "timestamp": happened.isoformat() if happened else None,
        "fields": {"from": _cut(sender, FIELD_TEXT_MAX_CHARS)} if sender else None,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def _header(mail: EmailMessage, name: str) -> str:
    """Return a header; one that nobody can read is as good as none."""
    try:
        return str(mail.get(name, ""))
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):  # the parser's own, on malformed headers
        return ""


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError):  # a character set that nobody knows
        text = bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    if part.get_content_subtype() == "html":
        text = _Words.of(text)
    return _BLANK_LINES.sub("\n\n", printable(text)).strip()


def _date(mail: EmailMessage, now: datetime) -> datetime | None:
    """Return when it was written; None where that is unknown, or no time that an event may have."""
    try:
        found = parsedate_to_datetime(_header(mail, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    written = found if found.tzinfo else found.replace(tzinfo=UTC)
    return written if now - MAX_AGO < written < now + MAX_AHEAD else None


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(MARK)] + MARK


class _Words(HTMLParser):
    """The words of a page, with its lines."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []
        self._unseen = 0

    @classmethod
    def of(cls, page: str) -> str:
        words = cls()
        words.feed(page)
        words.close()
        lines = " ".join("".join(words._found).split(" ")).split("\n")
        return "\n".join(" ".join(line.split()) for line in lines)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's own shape
        self._unseen += tag in _UNSEEN
        self._found += "\n" if tag in _BREAKS else ""

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        self._found += "\n" if tag in _BREAKS else ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._found.append(data.replace("\n", " "))
