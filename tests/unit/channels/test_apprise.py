"""The long tail: what is handed to the library, and what its scant answers mean."""

from datetime import timedelta

import pytest

from pingpilot.channels.apprise import SPEC, converse
from pingpilot.domain.event import Severity
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    Delivered,
    RateLimited,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Failure, Notification, Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive

CONFIG = CONFIGS["apprise"]


def sent(message):
    _, (said,) = drive(converse(message, CONFIG), Reply(200))
    assert isinstance(said, Notification)
    return said


def outcome(reply, config=CONFIG):
    return drive(converse(a_message(), config), reply)[0]


def test_the_library_gets_plain_text():
    said = sent(a_message(description="<b>Bold</b> & *more*"))
    assert (said.url, said.title, said.kind) == (CONFIG["url"], "💰 Sale", "success")
    assert said.body.startswith("<b>Bold</b> & *more*\n\namount: 99.90\nplan: PRO\npaid: true")


@pytest.mark.parametrize(
    ("severity", "kind"),
    [
        (Severity.INFO, "info"),
        (Severity.SUCCESS, "success"),
        (Severity.WARNING, "warning"),
        (Severity.CRITICAL, "failure"),
    ],
)
def test_how_much_it_matters_is_told(severity, kind):
    assert sent(a_message(severity=severity)).kind == kind


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (Reply(200), Delivered),
        (Reply(400), Transient),
        (Reply(401), AddressSuspect),
        (Reply(403), AddressSuspect),
        (Reply(404), AddressSuspect),
        (Reply(410), AddressSuspect),
        (Reply(422), Transient),
        (Reply(429), RateLimited),
        (Reply(500), Transient),
        (Reply(422, {"stage": "url"}), AddressDead),
        (Reply(failure=Failure.NOT_SENT), Transient),
        (Reply(failure=Failure.NO_ANSWER), Unknown),
        (Reply(failure=Failure.REFUSED_ADDRESS), AddressSuspect),
        (Reply(failure=Failure.NOT_CONFIGURED), SenderBroken),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(outcome(reply), meaning)


def test_a_limit_without_an_end_is_a_minute_of_this_address_alone():
    found = outcome(Reply(429))
    assert (found.retry_after, found.scope.value) == (timedelta(minutes=1), "address")


def test_the_service_is_named_and_its_token_is_not():
    found = outcome(Reply(401))
    assert found.detail == "Pushbullet answered 401."
    assert SPEC.address(CONFIG) == "Pushbullet"
