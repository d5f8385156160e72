"""What a channel may put on a wire, and what comes back. Values only; the wires that carry them are in ``deliver``."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. Never follows redirects; its ``repr`` shows neither headers, body nor the URL's path.

    ``is_user_host``: the host was given by a user, so private addresses are refused.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    is_user_host: bool = False
    timeout: timedelta = timedelta(seconds=20)

    @staticmethod
    def post_json(
        url: str, payload: object, headers: Mapping[str, str] | None = None, *, is_user_host: bool = False
    ) -> "Call":
        """Make a POST of compact JSON in UTF-8; lone surrogates become U+FFFD."""
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        body = _SURROGATE.sub("\ufffd", text).encode()
        return Call("POST", url, {"Content-Type": "application/json", **(headers or {})}, body, is_user_host)

    @staticmethod
    def post_form(url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> "Call":
        """Make a POST of form fields in UTF-8; lone surrogates become U+FFFD."""
        pairs = {name: _SURROGATE.sub("\ufffd", value) for name, value in fields.items()}
        return Call("POST", url, {"Content-Type": FORM, **(headers or {})}, urlencode(pairs).encode())


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail. The wire makes header values harmless and adds the sender; ``headers`` bring the Date.

    ``to`` is an address that was checked before; ``message_id`` has its angle brackets.
    """

    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Push:
    """One Web Push message to one browser. The wire encrypts ``payload`` for it, and signs as this instance.

    ``p256dh`` and ``auth`` are the browser's keys in base64url. ``topic``, at most 32 characters of base64url: a
    message that waits at the push service is replaced by the next of the same topic. ``is_user_host`` as for a call.
    """

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    payload: bytes = field(repr=False)
    topic: str
    urgency: str = "normal"
    ttl: timedelta = timedelta(days=1)
    is_user_host: bool = True
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification through the Apprise library: ``kind`` is info, success, warning or failure.

    The reply is an HTTP status where the library tells one, 200 where it reports success. A URL that is none is 422,
    with the one header ``stage`` saying ``url``.
    """

    url: str = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    kind: str = "info"
    timeout: timedelta = timedelta(seconds=30)


Said = Call | Mail | Push | Notification
"""What a channel may say to the world."""


class Failure(StrEnum):
    """Why there is no answer."""

    NOT_SENT = "not_sent"
    """Nothing left this machine: no name, no connection, no TLS."""
    NO_ANSWER = "no_answer"
    """Sent, wholly or in part, and then silence: it may have been processed."""
    REFUSED_ADDRESS = "refused_address"
    """The guard refused the address: private, loopback or link-local."""
    NOT_CONFIGURED = "not_configured"
    """The operator has not set up this wire (no SMTP server)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: an HTTP status or SMTP reply code, lower-cased headers and at most 64 KiB of body.

    The body of an SMTP reply is its text, and its one header ``stage`` says what was refused: ``login``, ``sender``,
    ``recipient`` or ``content``.
    With ``failure`` set there was no answer and ``status`` is 0. ``failure_detail`` names the cause in a few words.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: Failure | None = None
    failure_detail: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> object:
        """Return the body as JSON, or None where it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def field(self, *path: str) -> object:
        """Return the member at a path of the JSON body, or None where there is none."""
        value = self.json()
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value
