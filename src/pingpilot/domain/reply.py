"""What an HTTP answer means where a provider has no rules of its own."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from pingpilot.domain.fitting import fit, one_line
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.retry import RETRY_AFTER_MAX
from pingpilot.domain.wire import Failure, Reply

Verdict = type[BadMessage] | type[AddressDead] | type[AddressSuspect] | type[SenderBroken] | type[Transient]
"""An outcome that is made of a detail and a code."""

RETRY_AFTER_MIN = timedelta(seconds=1)
"""Less would be a busy loop: a rate limit spends no attempt."""
RETRY_AFTER_UNSAID = timedelta(minutes=1)
"""How long to wait when a provider limits us without saying until when."""

_VERDICTS: Mapping[int, Verdict] = MappingProxyType(
    {
        **dict.fromkeys((400, 413, 414, 415, 422, 431), BadMessage),
        **dict.fromkeys((401, 403, 407), SenderBroken),
        **dict.fromkeys((408, 409, 423, 425), Transient),
        410: AddressDead,
    }
)
"""Any other 3xx and 4xx makes the address suspect."""

_EXCERPT_CHARS = 160
_SECRET_MIN_CHARS = 4
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def classify(
    reply: Reply,
    at: datetime,
    hidden: Iterable[str] = (),
    *,
    verdicts: Mapping[int, Verdict] = _VERDICTS,
    is_idempotent: bool = False,
    said: object = None,
) -> Outcome:
    """Return what an answer means by its status alone; ``verdicts`` are a provider's own, before the usual ones.

    ``hidden`` are the secrets that must not come back in the detail. ``is_idempotent``: a repeat does no harm.
    ``said`` is the provider's own sentence in the answer, where it is a text.
    """
    if reply.failure is not None:
        return unanswered(reply, is_idempotent=is_idempotent)
    if reply.is_ok:
        return Delivered()
    detail, code = answered(reply, hidden, said), str(reply.status)
    if reply.status == 429:
        return rate_limited(retry_after(reply, at), detail, code)
    if reply.status < 200:
        return Unknown(detail, code, is_idempotent)
    if reply.status >= 500:
        return Transient(detail, code, retry_after(reply, at))
    verdict = verdicts.get(reply.status) or _VERDICTS.get(reply.status, AddressSuspect)
    return verdict(detail, code)


def unanswered(reply: Reply, *, is_idempotent: bool = False) -> Outcome:
    """Return what it means that no answer came; the reply has a ``failure``."""
    cause = f": {reply.failure_detail}" if reply.failure_detail else ""
    match reply.failure:
        case Failure.NOT_SENT:
            return Transient(f"Not sent{cause}.", Failure.NOT_SENT.value)
        case Failure.NO_ANSWER | None:
            return Unknown(f"Sent, but no answer came{cause}.", Failure.NO_ANSWER.value, is_idempotent)
        case Failure.REFUSED_ADDRESS:
            # DNS may lie for a while, so the address is not dead at once.
            sentence = "Not sent: the host has a private or local address, where this instance does not send."
            return AddressSuspect(sentence, Failure.REFUSED_ADDRESS.value)
        case Failure.NOT_CONFIGURED:
            return SenderBroken(f"Not set up on this instance{cause}.", Failure.NOT_CONFIGURED.value, Scope.CHANNEL)


def redirected(reply: Reply) -> AddressSuspect:
    """Return what a redirect means: an owner's address that leads elsewhere."""
    detail = f"Answered {reply.status}, a redirect. Redirects are never followed: enter the URL it leads to."
    return AddressSuspect(detail, str(reply.status))


def rate_limited(wait: timedelta | None, detail: str, code: str = "429", scope: Scope = Scope.ADDRESS) -> RateLimited:
    """Make the outcome of a rate limit, with a wait of a second at least and 24 h at most."""
    return RateLimited(max(RETRY_AFTER_MIN, min(wait or RETRY_AFTER_UNSAID, RETRY_AFTER_MAX)), scope, detail, code)


def retry_after(reply: Reply, at: datetime) -> timedelta | None:
    """Return the wait that ``Retry-After`` asks for, from nothing to 24 h; None where it is absent or unreadable.

    A date counts from the answer's own ``Date``, else from ``at``. **Source:** RFC 9110 section 10.2.3; some providers
    send fractions of a second.
    """
    asked = reply.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return seconds(float(asked))
    until = _http_date(asked)
    if until is None:
        return None
    return seconds((until - (_http_date(reply.headers.get("date", "").strip()) or at)).total_seconds())


def seconds(value: object) -> timedelta | None:
    """Return a provider's number of seconds as a wait, from nothing to 24 h; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    most = RETRY_AFTER_MAX.total_seconds()
    return timedelta(seconds=max(0, value) if value < most else most)


def answered(reply: Reply, hidden: Iterable[str] = (), said: object = None) -> str:
    """Return a sentence that quotes the beginning of an answer, without the secrets it may repeat.

    ``said`` is the provider's own sentence in it, where it is a text.
    """
    quoted = excerpt(said if isinstance(said, str) and said.strip() else reply.text, hidden)
    return f"Answered {reply.status}: {quoted}" if quoted else f"Answered {reply.status}."


def excerpt(text: str, hidden: Iterable[str] = ()) -> str:
    """Return the beginning of a provider's text on one line, with every hidden value as •••."""
    for secret in sorted((value for value in hidden if len(value) >= _SECRET_MIN_CHARS), key=len, reverse=True):
        text = text.replace(secret, "•••")
    return fit(" ".join(one_line(text).split()), _EXCERPT_CHARS)


def _http_date(text: str) -> datetime | None:
    """Return an IMF-fixdate; None for the obsolete forms, which nobody sends. Source: RFC 9110 section 5.6.7."""
    found = _HTTP_DATE.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = map(int, found.group(1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
