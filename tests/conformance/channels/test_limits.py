"""Whatever the event, what is sent keeps the provider's limits and its markup whole."""

import json
import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.channels import discord_webhook, email, push, webhook
from pingpilot.domain.fitting import fit, how_many_fit
from pingpilot.domain.message import utf16_len
from pingpilot.domain.telegram_text import escaped, text_of
from pingpilot.domain.wire import Mail
from pingpilot.security.webpush import PLAIN_MAX_BYTES
from tests.conformance.channels.strategies import CHARS, any_message
from tests.unit.channels.sample import CONFIGS, payload_of

UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[*_~`|<>\[\]]")
slowly = settings(max_examples=150, deadline=None)


class Strict(HTMLParser):
    """Text and balanced tags, or an error."""

    def __init__(self, html):
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        assert "&" not in data
        assert "<" not in data
        self.text += data

    def handle_entityref(self, name):
        self.text += {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[name]

    def handle_charref(self, name):
        self.text += {"x27": "'"}[name]


def first(channel, message):
    return next(channel.converse(message, CONFIGS[channel.SPEC.kind]))


@given(any_message())
@slowly
def test_discord(message):
    call = first(discord_webhook, message)
    (embed,) = payload_of(call)["embeds"]
    fields = embed["fields"]
    texts = [
        embed["title"],
        embed["description"],
        *(text for field in fields for text in (field["name"], field["value"])),
    ]
    footer = embed.get("footer", {}).get("text", "")
    assert all(text.strip() for text in texts)
    assert utf16_len(embed["title"]) <= 256
    assert utf16_len(embed["description"]) <= 4096
    assert len(fields) <= 25
    assert all(utf16_len(field["name"]) <= 256 and utf16_len(field["value"]) <= 1024 for field in fields)
    assert sum(map(utf16_len, (*texts, footer))) <= 6000
    own = texts[1:-2] if len(fields) and fields[-1]["name"].startswith("…") else texts[1:]
    assert not [text for text in own if UNESCAPED.search(re.sub(r"\\.", "", text))]
    assert not re.search("@(everyone|here)", "".join(texts[1:]))


@given(any_message())
@slowly
def test_telegram(message):
    for markup in (True, False):
        text = text_of(message, markup=markup)
        assert 0 < utf16_len(text) <= 4000
    tags = Strict(text_of(message)).seen
    assert {tag for tag, _ in tags} <= {"a"}
    assert {attrs["href"] for _, attrs in tags} <= {message.url, message.link}


@given(any_message())
@slowly
def test_email(message):
    mail = first(email, message)
    assert isinstance(mail, Mail)
    assert not re.search("[\x00-\x1f]", mail.subject)
    assert "\r" not in mail.text + mail.html
    assert {"script", "img"}.isdisjoint(re.findall(r"<(\w+)", mail.html))
    assert mail.html.count('class="soft line"') == len(message.fields)
    assert mail.html.count("<tr>") == mail.html.count("</tr>")


@given(any_message())
@slowly
def test_webhook(message):
    body = first(webhook, message).body
    assert json.loads(body)["data"]["fields"] == json.loads(message.fields_json)


@given(any_message())
@slowly
def test_push(message):
    payload = push.payload_of(message)
    assert len(payload) <= PLAIN_MAX_BYTES
    shown = json.loads(payload)
    assert shown["title"].strip()
    assert 0 < utf16_len(shown["body"]) <= 900
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", shown["title"] + shown["body"])


@given(st.lists(CHARS, max_size=60).map("".join), st.integers(1, 60))
def test_a_cut_is_at_a_character_and_as_long_as_may_be(text, limit):
    shown = fit(text, limit, escaped)
    assert utf16_len(shown) <= limit
    kept = shown.removesuffix("…")
    assert escaped(text).startswith(kept)
    if utf16_len(escaped(text)) <= limit:
        assert shown == escaped(text)


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(0, 300), st.integers(0, 50))
def test_as_many_as_fit(sizes, room, reserve):
    count = how_many_fit(sizes, room, reserve)
    if sum(sizes) <= room:
        assert count == len(sizes)
    else:
        assert count == 0 or sum(sizes[:count]) <= room - reserve
        assert count == len(sizes) or sum(sizes[: count + 1]) > room - reserve
