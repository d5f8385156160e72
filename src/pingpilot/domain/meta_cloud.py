"""WhatsApp through Meta's Cloud API: requests, what its codes mean, and what it tells us.

**Source:** Meta's published description of the Cloud API and of its webhooks; for the codes, mirrors of Meta's list.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pingpilot.domain.channel import Config
from pingpilot.domain.incoming import Answer, Heard, Incoming, MessageArrived, MessageFailed, Refused, is_secret
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Failing,
    Outcome,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.rate import Rate
from pingpilot.domain.reply import Verdict, answered, classify, excerpt, rate_limited, retry_after
from pingpilot.domain.whatsapp import Dialect, heard_of, number_of, window_closed
from pingpilot.domain.wire import Call, Reply

API_URL = "https://graph.facebook.com/v23.0"
RATES = (
    Rate(Scope.ADDRESS, timedelta(seconds=6), burst=10),
    Rate(Scope.CREDENTIAL, timedelta(seconds=1) / 70, burst=10),
)
"""Source: Meta's documentation of throughput: 80 messages a second for a number, one in 6 seconds for a person but for
bursts. Twilio queues what is more for hours."""
TEXT_MAX = 4096
OUTSIDE_WINDOW = 131047
NOT_TODAY = timedelta(hours=24)
"""What Meta did not deliver to keep people from too many messages must not come again within a day."""

_VERDICTS: Mapping[int, Verdict] = {
    **dict.fromkeys(
        (0, 3, 10, 190, *range(200, 300), 368, 131031, 131037, 131042, 131045, 131048, 133010), SenderBroken
    ),
    **dict.fromkeys((131021, 131030, 131050), AddressDead),
    131026: AddressSuspect,
    **dict.fromkeys((100, 130472, 131008, 131009, OUTSIDE_WINDOW, 131051, 132005, 132007, 132018), BadMessage),
    **dict.fromkeys((1, 2, 131000, 131016, 131057), Transient),
}
_OF_THE_TEMPLATE = frozenset({132000, 132001, 132012, 132015, 132016})
"""The operator's template is missing, paused, or has other parameters; who has an open window does without it."""
_LIMITS: Mapping[int, tuple[timedelta, Scope]] = {
    4: (timedelta(minutes=5), Scope.CREDENTIAL),
    80007: (timedelta(minutes=5), Scope.CREDENTIAL),
    130429: (timedelta(seconds=10), Scope.CREDENTIAL),
    131056: (timedelta(seconds=10), Scope.ADDRESS),
}
"""Meta does not say how long to wait; to one person it takes a message every 6 seconds."""
_UNDELIVERED_FOR_NOW = 131049
_NO_SUCH_USER = re.compile("not a valid whatsapp|recipient|phone number", re.IGNORECASE)
"""How the details of 100 say that the number is wrong, not the request."""

_WAMID = re.compile(r"wamid\.[A-Za-z0-9+/=_-]{1,190}")
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}")


def outcome(reply: Reply, at: datetime, config: Config) -> Outcome:
    """Return what an answer means; taken is not arrived, which is told later."""
    hidden = _hidden(config)
    if reply.is_ok:
        return _accepted(reply)
    code, said = _code(reply), _details(reply) or reply.field("error", "message")
    detail = answered(reply, hidden, said)
    if code is not None and (known := _known(code, _details(reply), detail)):
        return known
    if reply.field("error", "is_transient") is True:
        return Transient(detail, str(code or reply.status), retry_after(reply, at))
    return classify(reply, at, hidden, said=said)


def called(request: Incoming, config: Config) -> Refused | Answer:
    """Answer the handshake, which is not signed, or hear a signed call."""
    if request.method == "GET":
        return _handshake(request, config)
    digest = hmac.digest(config.get("app_secret", "").encode(), request.body, hashlib.sha256).hex()
    signature = request.headers.get("x-hub-signature-256", "")
    if not config.get("app_secret") or not hmac.compare_digest(
        signature.encode("utf-8", "replace"), f"sha256={digest}".encode()
    ):
        return Refused("wrong signature")
    heard = [one for value in _values(request.json(), config) for one in _heard(value, request.received_at)]
    return Answer(heard=heard, identity=digest)


def _say_text(number: str, text: str, config: Config) -> Call:
    return _call(number, {"type": "text", "text": {"body": text, "preview_url": False}}, config)


def _say_template(number: str, parameters: Sequence[str], config: Config) -> Call:
    template = {
        "name": config.get("template", ""),
        "language": {"code": config.get("template_language") or "en"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": text} for text in parameters]}],
    }
    return _call(number, {"type": "template", "template": template}, config)


def _call(number: str, message: Mapping[str, object], config: Config) -> Call:
    url = f"{config.get('api_url') or API_URL}/{config.get('phone_number_id', '')}/messages"
    to = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": number.removeprefix("+")}
    return Call.post_json(url, {**to, **message}, {"Authorization": f"Bearer {config.get('token', '')}"})


def _is_outside_window(reply: Reply) -> bool:
    return not reply.is_ok and _code(reply) == OUTSIDE_WINDOW


def _accepted(reply: Reply) -> Outcome:
    messages = reply.field("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    found = first.get("id") if isinstance(first, dict) else None
    if isinstance(found, str) and _WAMID.fullmatch(found):
        return Delivered(found, "WhatsApp took it.")
    return Unknown("WhatsApp's answer was not readable.", str(reply.status))


def _known(code: int, details: str, detail: str) -> Failing | None:
    """Return what a code means; None where that is not known."""
    if code in _LIMITS:
        wait, scope = _LIMITS[code]
        return rate_limited(wait, detail, str(code), scope)
    if code == _UNDELIVERED_FOR_NOW:
        return Transient(detail, str(code), NOT_TODAY)
    if code in _OF_THE_TEMPLATE:
        return SenderBroken(detail, str(code), Scope.ADDRESS)
    if code == 100 and _NO_SUCH_USER.search(details):
        return AddressSuspect(detail, str(code))
    verdict = _VERDICTS.get(code)
    return verdict(detail, str(code)) if verdict else None


def _code(reply: Reply) -> int | None:
    found = reply.field("error", "code")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _details(reply: Reply) -> str:
    found = reply.field("error", "error_data", "details")
    return found if isinstance(found, str) else ""


def _hidden(config: Config) -> list[str]:
    number = config.get("number", "")
    secrets = [config.get(name, "") for name in ("token", "app_secret", "verify_token")]
    return [*secrets, number, number.removeprefix("+")]


def _handshake(request: Incoming, config: Config) -> Refused | Answer:
    challenge = request.query.get("hub.challenge", "")
    is_ours = is_secret(request.query.get("hub.verify_token", ""), config.get("verify_token", ""))
    if request.query.get("hub.mode") != "subscribe" or not is_ours or not _CHALLENGE.fullmatch(challenge):
        return Refused("wrong verify token")
    return Answer(body=challenge.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})


def _values(payload: object, config: Config) -> Iterator[Mapping[str, object]]:
    """Yield what is told of our number: an app may serve several."""
    for entry in _list(payload, "entry"):
        for change in _list(entry, "changes"):
            value = change.get("value")
            if change.get("field") != "messages" or not isinstance(value, dict):
                continue
            metadata = value.get("metadata")
            ours = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
            if ours == config.get("phone_number_id"):
                yield value


def _heard(value: Mapping[str, object], now: datetime) -> list[Heard]:
    """Return what people wrote, and what became of messages; one that arrived did not fail, whatever comes late."""
    heard = [one for message in _list(value, "messages") for one in _words(message, now)]
    statuses = [status for status in _list(value, "statuses") if _is_ours(status)]
    arrived = {status["id"]: status["status"] for status in statuses if status.get("status") in {"delivered", "read"}}
    heard += [MessageArrived(str(name), _ARRIVED[str(status)]) for name, status in arrived.items()]
    failed = [status for status in statuses if status.get("status") == "failed" and status["id"] not in arrived]
    return heard + [one for status in failed for one in _failed(status)]


_ARRIVED = {"delivered": "Arrived on the phone.", "read": "Read."}


def _words(message: Mapping[str, object], now: datetime) -> list[Heard]:
    number, text = number_of(message.get("from")), message.get("text")
    if not number:
        return []
    body, said_at = text.get("body") if isinstance(text, dict) else None, message.get("timestamp")
    is_time = isinstance(said_at, str) and _SECONDS.fullmatch(said_at)
    at = datetime.fromtimestamp(int(str(said_at)), UTC) if is_time else now
    return heard_of(number, body if isinstance(body, str) else "", min(at, now))


def _is_ours(status: Mapping[str, object]) -> bool:
    found = status.get("id")
    return isinstance(found, str) and _WAMID.fullmatch(found) is not None


def _failed(status: Mapping[str, object]) -> list[Heard]:
    error = next(iter(_list(status, "errors")), {})
    found, number = error.get("code"), number_of(status.get("recipient_id"))
    code = found if isinstance(found, int) and not isinstance(found, bool) else -1
    data, title = error.get("error_data"), error.get("title")
    details = data.get("details") if isinstance(data, dict) else ""
    said = excerpt(f"{title or 'no reason given'}: {details or ''}", [number, number.removeprefix("+")]).rstrip(": ")
    detail = f"WhatsApp did not deliver it: {said}"
    if code == OUTSIDE_WINDOW and number:
        return [window_closed(number), MessageFailed(str(status["id"]), Transient(detail, str(code)))]
    meaning = _known(code, str(details), detail) or Transient(detail, str(code) if code >= 0 else "failed")
    return [MessageFailed(str(status["id"]), meaning)]


def _list(value: object, name: str) -> list[dict[str, object]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


META = Dialect(TEXT_MAX, _say_text, _say_template, outcome, _is_outside_window, called)
