"""A call as another service's client makes it: where it went, what its head says, and its body in any of its forms."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pingpilot.domain.errors import InvalidJson
from pingpilot.domain.json_tree import Json

FORM_FIELDS_MAX = 200

_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # so that 99.90 stays 99.90


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call. ``category`` is the one in its path, "" for none; ``headers`` have lower-cased names."""

    method: str
    category: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")

    @property
    def kind(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Json:
        """Return the body as JSON, numbers with all their digits; None where it is not JSON."""
        return json_in(self.body)

    def check_json(self) -> None:
        """Raise InvalidJson where the body means to be JSON, and is none: so that nobody looks for what is missing."""
        if self.kind == "application/json" and self.body and self.json() is None:
            raise InvalidJson

    def members(self) -> Mapping[str, Any]:
        """Return the members of a body that is a JSON object or a form; none where it is neither."""
        if self.kind == "multipart/form-data":
            return self._parts()
        if self.kind == "application/x-www-form-urlencoded":
            return form_in(self.text)
        found = self.json()
        return found if isinstance(found, dict) else {}

    def is_signed(self, secret: str, signature: str, *, prefix: bytes = b"") -> bool:
        """Tell whether a signature is the hex HMAC-SHA256 of the body (behind a prefix) under the secret."""
        made = hmac.new(secret.encode(), prefix + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made.encode(), signature.strip().lower().encode("utf-8", "replace"))

    def _parts(self) -> dict[str, str]:
        """Return the text parts of a multipart body. Source: RFC 7578."""
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode("utf-8", "replace")
        found: dict[str, str] = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + self.body).walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
                found[name] = content.decode("utf-8", "replace")
        return found


def json_in(text: bytes | str) -> Json:
    """Return JSON, numbers with all their digits; None where it is not JSON."""
    try:
        found: Json = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found


def form_in(text: str) -> dict[str, str]:
    """Return the members of a query or a form; none where it has too many."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX))
    except ValueError:
        return {}


def from_base64(text: str) -> str:
    """Return what base64 of either alphabet, padded or not, holds; "" where it is none."""
    plain = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
