"""The mail about a key that was found in the open."""

import json

import pytest
from django.core import mail
from django.test import Client, override_settings

from pingpilot.manage import keys
from pingpilot.manage.audit import NOBODY
from tests.unit.manage.sample import Clock, Pipeline, make_services, make_workspace

LEAKED = "/api/v1/keys/leaked"


@pytest.fixture
def services(db):
    mail.outbox = []
    made = make_services(Clock(), Pipeline())
    with override_settings(PINGPILOT=made):
        yield made


@pytest.fixture
def workspace(services):
    return make_workspace(services)


def report(text):
    answer = Client().post(LEAKED, json.dumps({"key": text}), content_type="application/json")
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_owner_of_a_primary_key_is_told_that_there_is_a_new_one(services, workspace):
    primary = keys.primary(workspace)
    assert primary.sealed is not None
    report(services.box.unseal(bytes(primary.sealed), f"key:{primary.id}").decode())
    (told,) = mail.outbox
    assert told.to == ["ada@example.com"]
    assert told.subject == "PingPilot: A key was found in the open"
    assert "A new primary key was made" in told.body
    assert "https://pings.example/dashboard/api-key" in told.body
    assert primary.id in told.body
    assert keys.primary(workspace).id not in told.body


def test_the_owner_of_a_named_key_is_told_once(services, workspace):
    _, text = keys.create(services, workspace, keys.Draft("Billing & Co", ("events:write",)), NOBODY)
    report(text)
    report(text)
    (told,) = mail.outbox
    assert '"Billing & Co" of Shop' in told.body
    assert text not in told.body


def test_nobody_is_told_of_a_key_that_is_none(services, workspace):
    report("pp_" + "a" * 24 + "_" + "A" * 38)
    assert not mail.outbox
