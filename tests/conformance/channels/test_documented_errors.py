"""What each channel's page says of an error is what comes of it."""

import re
from itertools import repeat

import pytest

from pingpilot.channels import find_channels
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, a_message, json_reply
from tests.unit.channels.whatsapp_sample import META, OPEN, TWILIO, meta_error, twilio_error

CHANNELS = find_channels()
MEANT = (
    (r"^Nothing", (RateLimited, Transient, Unknown)),
    (r"switch(es)? (the destination|it) on|switched off", (AddressDead, AddressSuspect)),
    (r"^(The operator|Operator)", SenderBroken),
    (r"^Look at the event's page", BadMessage),
    (r"anew|Remove the destination", (AddressDead, AddressSuspect)),
    (r"", (AddressDead, AddressSuspect, BadMessage, SenderBroken, RateLimited, Transient)),
)
"""What a remedy promises, by the first of these that it holds."""
CODE = re.compile(r"`([^`]+)`")
NUMBER = re.compile(r"[0-9]{3}")


def status_of(code):
    """The status that a page's code stands for, with a digit for each x; 0 where it is none."""
    digits = code.replace("x", "0")
    return int(digits) if NUMBER.fullmatch(digits) else 0


def discord(code):
    if code == "1015":
        return Reply(429, body=b"error code: 1015")
    named = {"code": int(code)} if code.isdigit() else {"code": 0, "message": f"Your bot has been {code}."}
    return json_reply(status_of(code) or 403, named | ({"retry_after": 2} if code == "429" else {}))


def mail(code):
    stages = {"530": "login", "534": "login", "535": "login", "5.1.7": "sender", "5.1.8": "sender"}
    stage = stages.get(code, "content" if code.startswith(("5.3", "5.6")) else "recipient")
    status = status_of(code) or int(code[0]) * 100 + 50
    return Reply(status, {"stage": stage}, f"{code.replace('x', '1')} no".encode())


def pushover(code):
    named = {code: "invalid"} if code in {"user", "token"} else {}
    return json_reply(status_of(code) or 400, {**named, "errors": ["no"], "status": 0})


def slack(code):
    return Reply(429) if code == "429" else json_reply(200, {"ok": False, "error": code})


def telegram(code):
    whole = {
        "bot was blocked": "Forbidden: bot was blocked by the user",
        "bot was kicked": "Forbidden: bot was kicked from the group chat",
        "not a member": "Forbidden: bot is not a member of the channel chat",
        "not enough rights": "Bad Request: not enough rights to send text messages to the chat",
    }
    return json_reply(status_of(code) or 400, {"ok": False, "description": whole.get(code, f"Bad Request: {code}")})


SAID = {
    "apprise": lambda code: Reply(status_of(code)),
    "discord": discord,
    "discord-webhook": discord,
    "email": mail,
    "gotify": lambda code: json_reply(int(code), {"errorCode": int(code)}),
    "ntfy": lambda code: json_reply(int(code[:3]), {"code": int(code)}),
    "push": lambda code: json_reply(403, {"reason": code}) if code.isalpha() else Reply(status_of(code)),
    "pushover": pushover,
    "slack": slack,
    "telegram": telegram,
    "webhook": lambda code: Reply(status_of(code)),
    "whatsapp": lambda code: meta_error(int(code)),
}
"""How each provider says a code."""
CASES = [
    (kind, error, "Twilio" in error.says[: found.start()], found[1])
    for kind, channel in sorted(CHANNELS.items())
    for error in channel.SPEC.errors
    for found in CODE.finditer(error.says)
]


@pytest.mark.parametrize(("kind", "error", "is_twilio", "code"), CASES, ids=[f"{case[0]}-{case[3]}" for case in CASES])
def test_an_error_leads_where_its_page_says(kind, error, is_twilio, code):
    config = {"whatsapp": META | OPEN}.get(kind, CONFIGS[kind])
    reply = SAID[kind](code)
    if is_twilio:
        config, reply = TWILIO | OPEN, twilio_error(int(code))
    conversation, said = CHANNELS[kind].converse(a_message(), config), 0
    try:
        next(conversation)
        for answer in repeat(reply, 8):
            said += 1
            conversation.send(answer)
    except StopIteration as end:
        outcome = end.value
    assert not isinstance(outcome, Delivered)
    if "sent again by the template" in error.remedy:
        assert said == 2
        return
    wanted = next(kinds for text, kinds in MEANT if re.search(text, error.remedy))
    assert isinstance(outcome, wanted), (error.remedy, outcome)


def test_every_channel_tells_of_errors_by_their_codes():
    assert {kind for kind, *_ in CASES} == CHANNELS.keys()
