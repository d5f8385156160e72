"""Messages and answers of every kind."""

import json

from hypothesis import strategies as st

from pingpilot.domain.event import DESCRIPTION_MAX_CHARS, FIELD_NAME_MAX_CHARS, FIELD_TEXT_MAX_CHARS, FIELDS_MAX
from pingpilot.domain.question import OPTION_MAX_CHARS, OPTIONS_MAX, fields_with
from pingpilot.domain.wire import Failure, Reply
from tests.unit.channels.sample import NOW, a_message

AWKWARD = st.sampled_from(
    [
        "<",
        "&",
        "&amp;",
        "*",
        "`",
        "\\",
        "😀",
        "👩‍👩‍👧",
        "\u202e",
        "שלום",
        "\x00",
        "\x1b",
        "\r\n",
        "\ud800",
        "@everyone",
        "…",
        "\u200b",
    ]
)
CHARS = st.characters() | AWKWARD


def text(max_chars: int) -> st.SearchStrategy[str]:
    """Short text of any characters, or an awkward one repeated up to the limit."""
    short = st.lists(CHARS, max_size=20).map(lambda parts: "".join(parts)[:max_chars])
    long = st.builds(lambda part, size: (part * size)[:size], CHARS, st.just(max_chars) | st.integers(1, max_chars))
    return short | long


VALUES = text(FIELD_TEXT_MAX_CHARS) | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


def _question(options):
    """Return the message of a question."""
    link = f"https://ping.example/answer/{'t' * 90}"
    return a_message(description="Deploy?", fields_json=fields_with(options), url=link)


@st.composite
def any_message(draw):
    """Draw a message whose event the door would take."""
    value = draw(VALUES)
    many = (st.just(FIELDS_MAX) | st.integers(0, FIELDS_MAX)).map(
        lambda count: {f"field {number}": value for number in range(count)}
    )
    few = st.dictionaries(text(FIELD_NAME_MAX_CHARS).filter(len), VALUES, max_size=4)
    if draw(st.integers(0, 3)) == 0:
        return _question(draw(st.lists(text(OPTION_MAX_CHARS).filter(str.strip), min_size=2, max_size=OPTIONS_MAX)))
    return a_message(
        description=draw(text(DESCRIPTION_MAX_CHARS)) or None,
        fields_json=json.dumps(draw(many | few)),
        color=draw(st.integers(0, 0xFFFFFF)),
        url=draw(st.none() | st.just("https://shop.example/?" + "&" * 1900)),
        is_maybe_repeat=draw(st.booleans()),
        late=NOW - NOW if draw(st.booleans()) else NOW - NOW.replace(year=2025),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("code", "message", "retry_after", "ok", "description", "parameters", "id", "errors", "global"),
                    *("error", "event", "errorCode", "status", "user", "token", "messages", "sid", "ts"),
                ]
            ),
            inner,
        )
    ),
    max_leaves=8,
)
SAID = st.sampled_from(
    [
        {"code": 10015}, {"code": 50035, "errors": {"embeds": {"0": {"url": {}}}}}, {"retry_after": 1e308},
        {"retry_after": -5}, {"code": True}, {"ok": True, "result": {"message_id": 1}}, {"ok": False},
        {"description": "can't parse entities"}, {"parameters": {"migrate_to_chat_id": -100}},
        {"parameters": {"retry_after": 10**400}}, {"description": ["chat not found"]}, {"id": {"x": 1}},
        {"code": 40101, "error": "unauthorized"}, {"id": "a", "event": "message"}, {"errorCode": 401, "id": True},
        {"ok": False, "error": "invalid_auth"}, {"ok": False, "error": {}}, {"token": "invalid", "errors": [1]},
        {"error": {"code": 131047, "error_data": []}}, {"error": {"code": 190, "is_transient": True}},
        {"messages": [{"id": "wamid.x"}]}, {"messages": {}}, {"code": 63016}, {"sid": ["SM"]}, {"status": 0},
    ]
)  # fmt: skip
BODIES = (
    st.binary(max_size=60)
    | (JSON | SAID).map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [
            b"5.1.1 unknown",
            b"5.7.1 no",
            b"4.7.1 later",
            b"2.0.0 queued as X",
            b"[" * 20_000,
            b'{"code":' + b"9" * 5000 + b"}",
        ]
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["retry-after", "date", "x-limit-app-reset", "x-ratelimit-scope", "x-ratelimit-limit", "stage", "content-type"]
    ),
    st.text(max_size=30)
    | st.sampled_from(
        [
            "0",
            "-1",
            "120",
            "1.5",
            "1e400",
            "9" * 400,
            "Mon, 23 Nov 2026 06:27:00 GMT",
            "Wed, 99 Foo 0000 99:99:99 GMT",
            "login",
        ]
    ),
)


def any_reply() -> st.SearchStrategy[Reply]:
    """Any status with any body and any headers, or any failure."""
    answers = st.builds(Reply, st.integers(0, 999) | st.sampled_from([200, 400, 403, 429, 550]), HEADERS, BODIES)
    return answers | st.sampled_from(Failure).map(lambda failure: Reply(failure=failure, failure_detail="timeout"))
