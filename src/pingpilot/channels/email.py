"""An e-mail: a card in the category's colour, a table of the fields, and a button to the dashboard."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pingpilot.domain.address import masked
from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.fitting import label_of, one_line, printable
from pingpilot.domain.mail_card import DAYS, MONTHS, html_of, when_text
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    Scope,
    SenderBroken,
    Transient,
)
from pingpilot.domain.reply import answered, unanswered
from pingpilot.domain.wire import Mail, Reply

GREYLISTED_WAIT = timedelta(minutes=5)
"""How long a server wants us to wait that takes no mail from strangers at first. Source: RFC 6647 section 4."""

_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_FULL = frozenset({"4.2.2", "5.2.2"})
_SENDER = frozenset({"5.1.7", "5.1.8"})
_CONTENT = re.compile(r"5\.3\.4|5\.6\.[0-9]+")
_POLICY = re.compile(r"5\.7\.[0-9]+")
"""Source of the five: RFC 3463, RFC 7504, and CHANNELS on what they mean for an address."""
_LOGIN_CODES = frozenset({530, 534, 535})
_OUR_STAGES = frozenset({"login", "sender"})
_ENHANCED = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_QUEUED = re.compile(r"queued as ([\w.-]{1,100})", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.IGNORECASE)
_ADDRESS_MAX_CHARS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


def converse(message: Message, config: Config) -> Conversation:
    """Hand in one mail; its Message-ID is the delivery's, so that a mailbox may notice a repeat."""
    reply = yield mail_of(message, config)
    return classify(reply, config)


def mail_of(message: Message, config: Config) -> Mail:
    """Return the mail: text and HTML, machine-made and saying so."""
    host = urlsplit(config.get("public_url", "")).hostname or "pingpilot.invalid"
    leave = config.get("unsubscribe_url", "")
    headers = {"Date": _mail_date(message.at), "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return Mail(
        to=config["to"],
        subject=f"PingPilot Alert: {one_line(message.title)}",
        text=text_of(message, leave),
        html=html_of(message, leave),
        message_id=f"<{message.delivery_id}@{host}>",
        headers=headers | _ways_out(leave),
    )


def _ways_out(leave: str) -> dict[str, str]:
    """Return the headers by which a mail program offers to unsubscribe: with one press where the link is https.

    Source: RFC 2369 section 3.2, RFC 8058 section 3.1.
    """
    link = {"List-Unsubscribe": f"<{leave}>"} if leave else {}
    return link | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if leave.startswith("https://") else {})


def text_of(message: Message, leave: str = "") -> str:
    """Return the plain text of a message; ``leave`` is the link that unsubscribes."""
    lines = [message.title, "", printable(message.description), ""]
    lines += [f"{one_line(field.name)}: {printable(field.value)}" for field in message.fields]
    lines += [f"{label_of(choice.text)}: {choice.url}" for choice in message.choices]
    lines += ["", f"When: {when_text(message.occurred_at)}"]
    lines += [f"Link: {message.url}"] if message.url else []
    lines += [f"View dashboard: {message.link}", *message.remarks]
    lines += ["", f"Unsubscribe: {leave}"] if leave else []
    return "\n".join(lines) + "\n"


def classify(reply: Reply, config: Config) -> Outcome:
    """Return what a mail server's answer means: by the enhanced code first, then by the reply code and the stage."""
    if reply.failure is not None:
        return unanswered(reply)
    if reply.is_ok:
        queued = _QUEUED.search(reply.text)
        return Delivered(queued[1] if queued else "")
    found = _ENHANCED.match(reply.text)
    enhanced = found[1] if found else ""
    detail, code = answered(reply, [config["to"]]), enhanced or str(reply.status)
    if 400 <= reply.status < 500:
        return _for_now(reply, enhanced, detail, code)
    if reply.headers.get("stage") in _OUR_STAGES or reply.status in _LOGIN_CODES or enhanced in _SENDER:
        return SenderBroken(detail, code)
    return _for_good(enhanced, detail, code)


def _for_now(reply: Reply, enhanced: str, detail: str, code: str) -> Outcome:
    if enhanced in _FULL:
        return AddressSuspect(detail, code)
    is_greylisted = enhanced.startswith("4.7.") or (not enhanced and reply.status in {450, 451})
    return Transient(detail, code, GREYLISTED_WAIT if is_greylisted else None)


def _for_good(enhanced: str, detail: str, code: str) -> Outcome:
    if enhanced in _DEAD:
        return AddressDead(detail, code)
    if _POLICY.fullmatch(enhanced):
        # One recipient's server dislikes us: neither the address nor mail to anybody else is to blame.
        return SenderBroken(detail, code, Scope.ADDRESS)
    return BadMessage(detail, code) if _CONTENT.fullmatch(enhanced) else AddressSuspect(detail, code)


def address_issue(address: str) -> str | None:
    """Return what to enter instead of something that is no plain e-mail address; None when it is one."""
    if len(address) <= _ADDRESS_MAX_CHARS and _ADDRESS.fullmatch(address):
        return None
    return "Enter one e-mail address such as ada@example.com."


def _address(config: Config) -> str:
    return masked(config.get("to", ""))


def _mail_date(at: datetime) -> str:
    """Return a time as mail writes it, in English whatever the locale. Source: RFC 5322 section 3.3."""
    return f"{DAYS[at.weekday()]}, {at.day:02} {MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"


SPEC = ChannelSpec(
    kind="email",
    label="E-mail",
    icon="✉️",
    summary="Sends every event as a mail with its fields in a table.",
    proof=Proof.MAIL,
    owner_fields=(
        ChannelField(
            name="to",
            label="E-mail address",
            help="Gets a confirmation link first; events arrive once it was opened.",
            placeholder="ada@example.com",
            check=address_issue,
        ),
    ),
    steps=(
        "Enter the address that should get the mails.",
        "Open the confirmation link that is sent there. Look in the spam folder if it does not come.",
        "Add the sender to your contacts, so that alerts do not end as spam.",
        "Every mail ends with a link that stops it, for whoever gets it. You are told, and switch it on again here.",
    ),
    operator_steps=(
        "Set PINGPILOT_SMTP_URL to smtp://user:password@host, or to smtps:// where the server wants TLS at once.",
        "In a user name or password write @ as %40, / as %2F and # as %23. Without a port it is 587, or 465.",
        "A password goes over TLS alone. Without one, ?starttls=required after the host keeps mail from clear text.",
        "Set PINGPILOT_SMTP_FROM to an address that the server may send from.",
        "Publish SPF, DKIM and DMARC records for that address's domain, as your mail provider shows them.",
        "Set PINGPILOT_PUBLIC_URL to an https address, so that mail programs offer to unsubscribe with one press.",
        "For that, DKIM has to sign the headers List-Unsubscribe and List-Unsubscribe-Post.",
        "Check with pingpilot doctor, then add your own address under Channels and send a test message.",
    ),
    address=_address,
    needs_smtp=True,
    is_unsubscribable=True,
    errors=(
        ProviderError(
            "`5.1.1`, `5.1.2`, `5.1.3`, `5.1.6`, `5.1.10`, `5.2.1`",
            "There is no such mailbox, or it takes no mail any more.",
            "Check the address and add it anew.",
        ),
        ProviderError(
            "`4.2.2`, `5.2.2`",
            "The mailbox is full.",
            "Make room; the destination is switched off after three such answers within a day or more.",
        ),
        ProviderError(
            "`4.7.x`, `450`, `451`",
            "The server takes no mail from strangers at first.",
            "Nothing: it is tried again after 5 minutes.",
        ),
        ProviderError(
            "`5.7.x`",
            "The server takes this instance's mail for spam.",
            "Operator: check SPF, DKIM and DMARC of the sender's domain, and block lists.",
        ),
        ProviderError(
            "`530`, `534`, `535`",
            "The mail server does not let this instance in.",
            "Operator: check name and password in PINGPILOT_SMTP_URL.",
        ),
        ProviderError(
            "`5.1.7`, `5.1.8`",
            "The mail server does not take the sender's address.",
            "Operator: set PINGPILOT_SMTP_FROM to an address that it may send from.",
        ),
        ProviderError(
            "`5.3.4`, `5.6.x`",
            "The mail is too large or its content is refused.",
            "Look at the event's page; report it if you see no reason.",
        ),
        ProviderError(
            "Not set up on this instance",
            "There is no mail server.",
            "Operator: set PINGPILOT_SMTP_URL.",
        ),
    ),
)
