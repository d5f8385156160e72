"""WhatsApp through Twilio: requests, what its codes mean, and what it tells us.

**Source:** Twilio's published description of its API, and its list of error codes.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pingpilot.domain.channel import Config
from pingpilot.domain.incoming import Answer, Heard, Incoming, MessageArrived, MessageFailed, Refused
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
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after
from pingpilot.domain.whatsapp import Dialect, heard_of, number_of, window_closed
from pingpilot.domain.wire import Call, Reply

API_URL = "https://api.twilio.com/2010-04-01"
TEXT_MAX = 1600
OUTSIDE_WINDOW = 63016
NOT_TODAY = timedelta(hours=24)
"""What Meta did not deliver to keep people from too many messages must not come again within a day."""

_VERDICTS: Mapping[int, Verdict] = {
    **dict.fromkeys((20003, 63007, 90010), SenderBroken),
    **dict.fromkeys((21211, 21610, 63015, 63024), AddressDead),
    63003: AddressSuspect,
    **dict.fromkeys((OUTSIDE_WINDOW, 21617, 63013, 63021, 63032), BadMessage),
    **dict.fromkeys((63005, 63012, 30008), Transient),
}
_OF_THE_TEMPLATE = frozenset({21655, 21656, 63027, 63028, 63040, 63041, 63042})
"""The operator's template is missing, paused, or has other variables; who has an open window does without it."""
_LIMITS = frozenset({20429, 63018})
_UNDELIVERED_FOR_NOW = 63049

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_CODE = re.compile(r"[0-9]{1,6}")
_ARRIVED = {"delivered": "Arrived on the phone.", "read": "Read."}
_FAILED = frozenset({"failed", "undelivered"})
_EMPTY = b"<Response></Response>"


def outcome(reply: Reply, at: datetime, config: Config) -> Outcome:
    """Return what an answer means; taken is not arrived, which is told later."""
    hidden = _hidden(config)
    if reply.is_ok:
        return _accepted(reply)
    found, said = reply.field("code"), reply.field("message")
    detail = answered(reply, hidden, said)
    code = found if isinstance(found, int) and not isinstance(found, bool) else 0
    if reply.status == 429 or code in _LIMITS:
        return rate_limited(retry_after(reply, at), detail, str(code or 429), Scope.CREDENTIAL)
    return _known(code, detail) or classify(reply, at, hidden, said=said)


def called(request: Incoming, config: Config) -> Refused | Answer:
    """Hear a signed call: somebody's words, or what became of a message."""
    form = dict(request.form())
    signed = request.url + "".join(name + value for name, value in sorted(form.items()))
    token = config.get("twilio_auth_token", "")
    digest = base64.b64encode(hmac.digest(token.encode(), signed.encode("utf-8", "replace"), "sha1"))
    given = request.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
    if request.method != "POST" or not token or not hmac.compare_digest(given, digest):
        return Refused("wrong signature")
    heard = _status(form) if "MessageStatus" in form else _words(form, request.received_at)
    identity = hashlib.sha256(request.body).hexdigest()
    return Answer(body=_EMPTY, headers={"Content-Type": "text/xml; charset=utf-8"}, heard=heard, identity=identity)


def _say_text(number: str, text: str, config: Config) -> Call:
    return _call(number, {"Body": text}, config)


def _say_template(number: str, parameters: Sequence[str], config: Config) -> Call:
    variables = {str(place): text for place, text in enumerate(parameters, start=1)}
    sid = config.get("twilio_content_sid", "")
    return _call(number, {"ContentSid": sid, "ContentVariables": json.dumps(variables, ensure_ascii=False)}, config)


def _call(number: str, message: Mapping[str, str], config: Config) -> Call:
    sid, token = config.get("twilio_account_sid", ""), config.get("twilio_auth_token", "")
    url = f"{config.get('twilio_api_url') or API_URL}/Accounts/{sid}/Messages.json"
    form = {"To": f"whatsapp:{number}", "From": f"whatsapp:{config.get('business_number', '')}", **message}
    public_url = config.get("public_url", "")
    if public_url.startswith("https://"):
        form["StatusCallback"] = f"{public_url}/hooks/whatsapp"
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    return Call.post_form(url, form, {"Authorization": f"Basic {login}"})


def _is_outside_window(reply: Reply) -> bool:
    return not reply.is_ok and reply.field("code") == OUTSIDE_WINDOW


def _accepted(reply: Reply) -> Outcome:
    found = reply.field("sid")
    if isinstance(found, str) and _SID.fullmatch(found):
        return Delivered(found, "Twilio took it.")
    return Unknown("Twilio's answer was not readable.", str(reply.status))


def _known(code: int, detail: str) -> Failing | None:
    """Return what a code means; None where that is not known."""
    if code == _UNDELIVERED_FOR_NOW:
        return Transient(detail, str(code), NOT_TODAY)
    if code in _OF_THE_TEMPLATE:
        return SenderBroken(detail, str(code), Scope.ADDRESS)
    if code in _LIMITS:
        return rate_limited(None, detail, str(code), Scope.CREDENTIAL)
    verdict = _VERDICTS.get(code)
    return verdict(detail, str(code)) if verdict else None


def _hidden(config: Config) -> list[str]:
    number = config.get("number", "")
    return [config.get("twilio_auth_token", ""), number, number.removeprefix("+")]


def _words(form: Mapping[str, str], now: datetime) -> list[Heard]:
    number = number_of(form.get("From", "").removeprefix("whatsapp:"))
    return heard_of(number, form.get("Body", ""), now) if number else []


def _status(form: Mapping[str, str]) -> list[Heard]:
    sid, status, said = (form.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    if not _SID.fullmatch(sid):
        return []
    if status in _ARRIVED:
        return [MessageArrived(sid, _ARRIVED[status])]
    if status not in _FAILED:
        return []
    code, number = int(said) if _CODE.fullmatch(said) else 0, number_of(form.get("To", "").removeprefix("whatsapp:"))
    detail = f"WhatsApp did not deliver it: Twilio's error {code}." if code else "WhatsApp did not deliver it."
    if code == OUTSIDE_WINDOW and number:
        return [window_closed(number), MessageFailed(sid, Transient(detail, str(code)))]
    return [MessageFailed(sid, _known(code, detail) or Transient(detail, str(code or "failed")))]


TWILIO = Dialect(TEXT_MAX, _say_text, _say_template, outcome, _is_outside_window, called)
