"""Settings, answers and calls of both providers that carry WhatsApp."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from pingpilot.domain.incoming import Incoming
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, NOW, json_reply

META = CONFIGS["whatsapp"] | {"public_url": "https://ping.example"}
TWILIO = {
    "provider": "twilio",
    "number": "+15551234567",
    "business_number": "+14155552345",
    "twilio_account_sid": "AC" + "a" * 32,
    "twilio_auth_token": "12345abcdef12345abcdef12345abcde",
    "twilio_content_sid": "HX" + "b" * 32,
    "public_url": "https://ping.example",
}
OPEN = {"heard_at": str(int((NOW - timedelta(hours=1)).timestamp()))}
"""The person wrote an hour ago."""

WAMID = "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA"
SID = "SM" + "c" * 32
ACCEPTED = json_reply(
    200,
    {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "15551234567", "wa_id": "15551234567"}],
        "messages": [{"id": WAMID, "message_status": "accepted"}],
    },
)
QUEUED = json_reply(201, {"sid": SID, "status": "queued", "error_code": None})


def meta_error(code: int, details: str = "", status: int = 400, **members: object) -> Reply:
    data = {"messaging_product": "whatsapp", "details": details}
    error = {"message": f"(#{code}) x", "type": "OAuthException", "code": code, "error_data": data, **members}
    return json_reply(status, {"error": error})


def twilio_error(code: int, status: int = 400) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_reply(status, {"code": code, "message": "no", "more_info": more, "status": status})


def meta_value(**members: object) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": META["phone_number_id"]}
    return {"messaging_product": "whatsapp", "metadata": metadata, **members}


def meta_payload(*values: object) -> dict[str, object]:
    changes = [{"field": "messages", "value": value} for value in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def said(words: str, **changes: object) -> dict[str, Any]:
    at = str(int(NOW.timestamp()))
    message = {"from": "15551234567", "id": WAMID, "timestamp": at, "type": "text", "text": {"body": words}}
    contacts = [{"profile": {"name": "Ada"}, "wa_id": "15551234567"}]
    return meta_value(contacts=contacts, messages=[message | changes])


def status(name: str, code: int | None = None, title: str = "No", details: str = "") -> dict[str, object]:
    at = str(int(NOW.timestamp()))
    one: dict[str, object] = {"id": WAMID, "status": name, "timestamp": at, "recipient_id": "15551234567"}
    if code is not None:
        one["errors"] = [{"code": code, "title": title, "message": title, "error_data": {"details": details}}]
    return one


def from_meta(payload: object, secret: str = META["app_secret"]) -> Incoming:
    body = json.dumps(payload).encode()
    signature = f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"
    return Incoming("POST", "https://ping.example/hooks/whatsapp", {"x-hub-signature-256": signature}, {}, body, NOW)


def from_twilio(form: dict[str, str], token: str = TWILIO["twilio_auth_token"]) -> Incoming:
    url = "https://ping.example/hooks/whatsapp"
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()
    return Incoming("POST", url, {"x-twilio-signature": signature}, {}, urlencode(form).encode(), NOW)
