"""The bytes of a mail: no text of anybody adds a header or ends the mail early."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.deliver.wires.mime import harmless, rendered
from tests.unit.deliver.wires.mail_server import a_mail

SENDER = "PingPilot <ping@ping.example>"
NAMES = ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type"]
ATTACKS = st.sampled_from(
    [
        "=?utf-8?q?Hi=0ABcc:_evil@x.org?=",
        "\r\nBcc: evil@x.org",
        "\n",
        "\r",
        "=?",
        "?=",
        "\x00",
        "\u2028",
        "\x85",
        "\ud800",
    ]
)


def headers_of(content):
    """Return the header lines as the most careless mail server sees them: CR and LF alone end a line, too."""
    lines = re.split(b"\r\n|\n|\r", content.partition(b"\r\n\r\n")[0])
    return [line.partition(b":")[0].decode() for line in lines if not line[:1].isspace()]


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hi=0ABcc:_evil@x.org?=",
        "=?utf-8?q?Hi=0D=0ABcc:_evil@x.org?= 💰",
        "Hi\r\nBcc: evil@x.org",
        "=\n?utf-8?q?Hi=0ABcc:_evil@x.org?=",
        "=\u2060?utf-8?q?Hi=0ABcc:_evil@x.org?=",
    ],
)
def test_a_subject_adds_no_header(subject):
    content = rendered(a_mail(subject=subject), SENDER)
    assert headers_of(content) == NAMES
    assert message_from_bytes(content, policy=default)["Bcc"] is None


@given(st.lists(st.text(max_size=5) | ATTACKS, max_size=30).map("".join))
def test_no_text_adds_a_header(text):
    mail = a_mail(subject=text, headers={"Date": "Mon, 23 Nov 2026 05:27:00 +0000", "Auto-Submitted": text})
    assert headers_of(rendered(mail, SENDER)) == NAMES


@given(st.lists(st.sampled_from([".", "..", "\n", "\r\n", "x", "💰", "\r", " "]), max_size=40).map("".join))
def test_the_only_lone_dot_is_the_last(text):
    content = rendered(a_mail(text=text, html=text), SENDER)
    assert content.endswith(b"\r\n.\r\n")
    assert content.count(b"\r\n.\r\n") == 1
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


def test_harmless_text_stays_as_it_is():
    assert harmless("PingPilot Alert: 💰 Sale = 5?") == "PingPilot Alert: 💰 Sale = 5?"


def test_every_line_is_short_and_of_seven_bits():
    content = rendered(a_mail(text="ä" * 5000, html="<p>" + "x" * 5000), SENDER)
    assert max(map(len, content.split(b"\r\n"))) <= 998  # RFC 5321 section 4.5.3.1.6
    assert content.isascii()


@given(st.text("abcXYZ019-_", min_size=1, max_size=600))
def test_a_link_in_a_header_is_never_broken_up(token):
    link = f"<https://a-long-name-of-a-host.pings.example.com/unsubscribe/{token}>"
    content = rendered(a_mail(headers={"List-Unsubscribe": link, "Auto-Submitted": "auto-generated"}), SENDER)
    assert content.startswith(f"List-Unsubscribe: {link}\r\nFrom: ".encode())
    assert message_from_bytes(content, policy=default)["Auto-Submitted"] == "auto-generated"


def test_what_only_looks_like_a_link_adds_no_header():
    evil = "<https://ping.example/\r\nBcc: evil@x.org>"
    assert "Bcc" not in headers_of(rendered(a_mail(headers={"List-Unsubscribe": evil}), SENDER))
