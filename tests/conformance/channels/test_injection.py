"""What people write is text on every channel: never markup, a link, a mention or a header."""

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs

import pytest

from pingpilot.channels import find_channels
from pingpilot.domain.channel import Conversation
from pingpilot.domain.wire import Call, Mail, Notification, Push, Reply
from tests.unit.channels.sample import CONFIGS, a_message

EVIL = (
    "<b onclick=x>x</b> <a href='https://evil.example'>y</a> &lt;i&gt; **m** [z](https://evil.example) ||s||"
    " `c` _u_ ~~d~~ @everyone @here <@1> <@&2> <#3> <!channel> <https://evil.example|w> {color} %s"
    "\r\nBcc: eve@example.com\r\n\r\n."
)
HARMLESS = re.sub(r"[^\r\n]", "w", EVIL)
CHANNELS = find_channels()
ANSWER = Reply(200, body=b'{"ok":true,"id":"123456789012345678","code":1,"status":1}')
ZERO_WIDTH = "\u200b\u200c\u200d\u2060"


class Tags(HTMLParser):
    """The tags of some HTML with their attributes' names, and where they link to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.links: set[str | None] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))
        self.links |= {value for name, value in attrs if name in {"href", "src"}}


def said(kind: str, text: str) -> Any:
    """Return the last thing that a channel says of an event whose every text is this one."""
    message = a_message(description=text, fields={text[:100]: text})
    conversation: Conversation = CHANNELS[kind].converse(message, CONFIGS[kind])
    last = next(conversation)
    try:
        for _ in range(3):
            last = conversation.send(ANSWER)
    except StopIteration:
        return last
    return last


def body(kind: str) -> Any:
    call = said(kind, EVIL)
    assert isinstance(call, Call)
    return json.loads(call.body)


def is_html_without_tags_of_theirs(render):
    harmless, evil = Tags(render(HARMLESS)), Tags(render(EVIL))
    return evil.found == harmless.found and evil.links == harmless.links


def email():
    return (
        is_html_without_tags_of_theirs(lambda text: said("email", text).html)
        and "\n" not in said("email", EVIL).subject
    )


def telegram():
    assert body("telegram")["parse_mode"] == "HTML"
    return is_html_without_tags_of_theirs(lambda text: json.loads(said("telegram", text).body)["text"])


def discord(kind="discord"):
    payload = body(kind)
    (embed,) = payload["embeds"]
    written = [embed["description"], *(part for one in embed["fields"] for part in (one["name"], one["value"]))]
    live = [text for text in written if re.search(r"(?<!\\)[*_`~|<>\[\]]|@(everyone|here)|https?://", text)]
    return payload["allowed_mentions"] == {"parse": []} and live == []


def slack():
    payload = body("slack")
    texts = [
        text for block in payload["blocks"][1:-1] for text in (block.get("text"), *block.get("fields", ())) if text
    ]
    is_plain = all(one["type"] == "plain_text" and not set(one["text"]) & set("<>") for one in texts)
    return is_plain and not set(payload["text"]) & set("<>") and "@everyone" not in payload["text"]


def whatsapp():
    (written,) = [part["parameters"] for part in body("whatsapp")["template"]["components"]]
    return not [
        one for one in written if re.search(rf"(?<![\w{ZERO_WIDTH}])[*_~`](?=\S)", one["text"]) or "\n" in one["text"]
    ]


def ntfy():
    payload = body("ntfy")
    return payload["markdown"] is False and "actions" not in payload and "attach" not in payload


def gotify():
    return body("gotify")["extras"]["client::display"] == {"contentType": "text/plain"}


def pushover():
    form = parse_qs(said("pushover", EVIL).body.decode())
    return not {"html", "monospace", "attachment"} & form.keys()


def webhook():
    data = body("webhook")["data"]
    return (data["description"], data["fields"]) == (EVIL, {EVIL[:100]: EVIL})


def push():
    one = said("push", EVIL)
    return isinstance(one, Push) and "<b onclick=x>" in json.loads(one.payload)["body"]  # shown by the browser as text


def apprise():
    one = said("apprise", EVIL)
    return (
        isinstance(one, Notification) and "<b onclick=x>" in one.body
    )  # handed to the library as text: its wire's test


CHECKS = {
    "apprise": apprise,
    "discord": discord,
    "discord-webhook": lambda: discord("discord-webhook"),
    "email": email,
    "gotify": gotify,
    "ntfy": ntfy,
    "push": push,
    "pushover": pushover,
    "slack": slack,
    "telegram": telegram,
    "webhook": webhook,
    "whatsapp": whatsapp,
}


def test_every_channel_is_tried_here():
    assert CHECKS.keys() == CHANNELS.keys()


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_what_people_write_is_text(kind):
    assert CHECKS[kind]()


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_nothing_that_people_write_is_in_a_header(kind):
    one = said(kind, EVIL)
    headers = dict(one.headers) if isinstance(one, Call) else {"subject": one.subject} if isinstance(one, Mail) else {}
    shown = repr(headers) + (one.url if isinstance(one, Call) else "")
    assert not [part for part in ("evil.example", "eve@", "onclick", "\r", "\n") if part in shown]
