"""The page on receiving webhooks: its examples are what is really sent, and work."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot.channels import webhook
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, Delivered, RateLimited, Transient
from pingpilot.domain.wire import Reply
from tests.architecture.source import ROOT
from tests.unit.channels.sample import CONFIGS, SECRET, a_message, drive

PAGE = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
MEANT: dict[str, Any] = {
    "delivered": Delivered,
    "the destination is switched off": AddressDead,
    "a pause of that length": RateLimited,
    "tried again for 24 hours": (Transient, RateLimited),
    "this event is not tried again": BadMessage,
    "tried again; switched off": AddressSuspect,
}
ANSWERS = re.findall(r"^\| (.*[0-9].*) \| (.*) \|$", PAGE, re.MULTILINE)


def example(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


def call_of(message):
    return next(webhook.converse(message, CONFIGS["webhook"]))


def test_the_body_is_the_one_that_is_sent():
    assert json.loads(example("json")) == json.loads(call_of(a_message()).body)
    assert '"amount": 99.90' in example("json")
    assert b'"amount":99.90' in call_of(a_message()).body


def test_the_receiver_takes_a_call_once_and_no_forged_one():
    call = call_of(replace(a_message(), at=datetime.now(UTC)))
    handled: list[object] = []
    scope: dict[str, Any] = {"seen": set(), "handle": handled.append}
    exec(example("python"), scope)
    receive, headers = scope["receive"], dict(call.headers)
    assert [receive(SECRET, headers, call.body), receive(SECRET, headers, call.body)] == [204, 204]
    assert receive(SECRET, headers, call.body + b" ") == 401
    assert handled == [json.loads(call.body)["data"]]


@pytest.mark.parametrize(("answers", "leads"), ANSWERS)
def test_an_answer_leads_where_the_page_says(answers, leads):
    wanted = next(kinds for text, kinds in MEANT.items() if leads.startswith(text))
    statuses = [302] if "redirect" in answers else []
    statuses += [int(found.replace("xx", "04")) for found in re.findall(r"`([0-9](?:xx|\d\d))`", answers)]
    headers = {"retry-after": "30"} if "with `Retry-After`" in answers else {}
    for status in statuses:
        outcome, _ = drive(webhook.converse(a_message(), CONFIGS["webhook"]), Reply(status, headers))
        assert isinstance(outcome, wanted), (status, outcome)


def test_every_row_of_the_answers_is_tried():
    assert len(ANSWERS) == 6
