"""The e-mail channel: what a mail looks like, and what a mail server's answer means."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from pingpilot.channels.email import GREYLISTED_WAIT, SPEC, address_issue, converse
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Failure, Mail, Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive

CONFIG = CONFIGS["email"]


class Page(HTMLParser):
    """What a mail client makes of the HTML: tags and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.links = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return "\n".join(self.texts)


def mail_for(message, **config):
    _, (mail,) = drive(converse(message, {**CONFIG, **config}), Reply(250))
    assert isinstance(mail, Mail)
    return mail


def outcome(status, text, stage="recipient"):
    return drive(converse(a_message(), CONFIG), Reply(status, {"stage": stage}, text.encode()))[0]


def test_the_envelope_and_the_headers():
    mail = mail_for(a_message())
    assert (mail.to, mail.subject) == ("ada@example.com", "PingPilot Alert: 💰 Sale")
    assert mail.message_id == f"<{'d' * 32}@ping.example>"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.headers["Date"] == "Mon, 23 Nov 2026 05:27:00 +0000"
    assert "List-Unsubscribe" not in mail.headers


def test_whoever_gets_a_mail_can_stop_them_with_one_press():
    link = "https://ping.example/unsubscribe/abc"
    mail = mail_for(a_message(), unsubscribe_url=link)
    assert mail.headers["List-Unsubscribe"] == f"<{link}>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.text.endswith(f"\n\nUnsubscribe: {link}\n")
    assert Page(mail.html).links[-1] == link


def test_without_https_there_is_a_link_and_no_promise_of_one_press():
    link = "http://ping.example/unsubscribe/abc"
    mail = mail_for(a_message(), unsubscribe_url=link)
    assert mail.headers["List-Unsubscribe"] == f"<{link}>"
    assert "List-Unsubscribe-Post" not in mail.headers


def test_the_text_stands_alone():
    text = mail_for(a_message(url="https://shop.example/1", late=timedelta(hours=3))).text
    assert text == (
        "💰 Sale\n\nA new sale\n\namount: 99.90\nplan: PRO\npaid: true\n\nWhen: Mon 23 Nov 2026, 05:27:00 UTC\n"
        f"Link: https://shop.example/1\nView dashboard: https://ping.example/dashboard/events/{'e' * 32}\n"
        "Delivered late: this happened 3 hours ago.\n"
    )


def test_the_card_has_title_description_fields_and_a_button():
    page = Page(mail_for(a_message(url="https://shop.example/1")).html)
    for text in ("💰 Sale", "A new sale", "amount", "99.90", "plan", "PRO", "View dashboard"):
        assert text in page.text
    assert page.links == ["https://shop.example/1", f"https://ping.example/dashboard/events/{'e' * 32}"]


def test_the_card_is_in_the_categorys_colour_and_can_be_read():
    light, dark = mail_for(a_message(color=0xFFEB3B)).html, mail_for(a_message(color=0x6C5CE7)).html
    assert "background:#FFEB3B" in light
    assert "color:#111827;font-size:15px" in light
    assert "color:#ffffff;font-size:15px" in dark


def test_without_fields_there_is_no_table_of_them():
    assert Page(mail_for(a_message()).html).tags.count("tr") - Page(mail_for(a_message(fields={})).html).tags.count(
        "tr"
    ) == len(a_message().fields)


def test_data_never_becomes_markup():
    evil = '"><script>alert(1)</script><a href="javascript:x">{color}'
    page = Page(mail_for(a_message(description=evil, fields={evil: evil})).html)
    assert "script" not in page.tags
    assert page.text.count(evil) == 4  # preview, description, name and value
    assert page.links == [f"https://ping.example/dashboard/events/{'e' * 32}"]


@pytest.mark.parametrize(
    ("status", "text", "meaning"),
    [
        (250, "2.0.0 Ok: queued as 4F2A", Delivered),
        (550, "5.1.1 User unknown", AddressDead),
        (550, "5.1.2 Bad domain", AddressDead),
        (553, "5.1.3 Bad address", AddressDead),
        (550, "5.1.6 Moved", AddressDead),
        (556, "5.1.10 Domain takes no mail", AddressDead),
        (550, "5.2.1 Mailbox disabled", AddressDead),
        (552, "5.2.2 Mailbox full", AddressSuspect),
        (452, "4.2.2 Mailbox full", AddressSuspect),
        (530, "5.7.0 Log in first", SenderBroken),
        (534, "5.7.9 Mechanism too weak", SenderBroken),
        (535, "5.7.8 Credentials invalid", SenderBroken),
        (550, "5.7.1 Blocked by policy", SenderBroken),
        (554, "5.7.26 DMARC", SenderBroken),
        (550, "5.1.8 Bad sender", SenderBroken),
        (552, "5.3.4 Too big", BadMessage),
        (554, "5.6.0 Bad content", BadMessage),
        (450, "4.7.1 Greylisted", Transient),
        (421, "4.7.0 Slow down", Transient),
        (451, "4.3.0 Local error", Transient),
        (452, "4.3.1 Disk full", Transient),
        (550, "No such user", AddressSuspect),
        (554, "Transaction failed", AddressSuspect),
    ],
)
def test_what_an_answer_means(status, text, meaning):
    assert isinstance(outcome(status, text), meaning)


@pytest.mark.parametrize("stage", ["login", "sender"])
def test_what_is_refused_before_the_recipient_is_our_fault(stage):
    assert outcome(550, "5.1.1 Unknown", stage) == SenderBroken("Answered 550: 5.1.1 Unknown", "5.1.1")


def test_a_policy_of_one_recipients_server_stops_no_other_mail():
    assert outcome(550, "5.7.1 We dislike you").scope is Scope.ADDRESS
    assert outcome(535, "5.7.8 Wrong password", "login").scope is Scope.CREDENTIAL


@pytest.mark.parametrize(("status", "text"), [(450, "4.7.1 Greylisted"), (451, "Try again later"), (421, "4.7.0 Slow")])
def test_a_greylisting_server_gets_its_five_minutes(status, text):
    assert outcome(status, text).retry_after == GREYLISTED_WAIT


def test_the_queue_id_is_kept():
    assert outcome(250, "2.0.0 Ok: queued as 4F2A") == Delivered("4F2A")


def test_lost_after_the_final_dot_is_unknown():
    found, _ = drive(converse(a_message(), CONFIG), Reply(failure=Failure.NO_ANSWER))
    assert isinstance(found, Unknown)
    assert not found.is_idempotent


def test_without_a_mail_server_the_mails_are_held():
    found, _ = drive(converse(a_message(), CONFIG), Reply(failure=Failure.NOT_CONFIGURED, failure_detail="no server"))
    assert isinstance(found, SenderBroken)


@pytest.mark.parametrize("address", ["ada@example.com", "a.b+c@mail.example.co.uk", "x@xn--bcher-kva.example"])
def test_right_addresses(address):
    assert address_issue(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "a@example.com,b@example.com",
        "a@example.com\nBcc: x@example.org",
        "Ada <ada@example.com>",
        f"{'a' * 65}@example.com",
        '"a"@example.com',
    ],
)
def test_wrong_addresses(address):
    assert address_issue(address)


@pytest.mark.parametrize(
    ("address", "shown"), [("ada@example.com", "a…a@example.com"), ("x@example.com", "x…@example.com")]
)
def test_a_list_shows_no_address_in_full(address, shown):
    assert SPEC.address({"to": address}) == shown
