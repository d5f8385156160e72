"""The commands about who operates this instance, and the one for whom no mail reaches; run in this process."""

import json
from importlib import import_module

import pytest
from click.testing import CliRunner
from django.test import override_settings

from pingpilot.domain.errors import PingPilotError
from pingpilot.store.models import AuditEntry, User


@pytest.fixture
def services(db):
    sample = import_module("tests.unit.manage.sample")
    made = sample.make_services(sample.Clock(), sample.Pipeline())
    for email in ("ada@example.com", "bob@example.com"):
        sample.make_workspace(made, email)
    with override_settings(PINGPILOT=made):
        yield made


def run(*arguments):
    """Run a command of the group, and return what it printed."""
    group = import_module("pingpilot.cli.accounts").accounts
    done = CliRunner().invoke(group, [*arguments, "--json"])
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def test_who_gets_no_mail_is_given_a_link_to_a_new_password_and_that_is_on_record(services):
    made = run("reset-link", "Bob@example.com")
    assert made["userId"] == 2
    assert made["link"].startswith("https://pings.example/reset/2-")
    entry = AuditEntry.objects.get(action="user.reset_link_made")
    assert (entry.target, made["link"].rpartition("-")[2] in str(entry.detail)) == ("2", False)


def test_another_operator_is_made_and_the_last_one_stays(services):
    assert run("grant-operator", "bob@example.com") == {"userId": 2, "isOperator": True}
    assert run("withdraw-operator", "ada@example.com") == {"userId": 1, "isOperator": False}
    with pytest.raises(PingPilotError):
        run("withdraw-operator", "bob@example.com")
    assert list(User.objects.filter(is_staff=True).values_list("pk", flat=True)) == [2]


def test_an_account_that_is_not_there(services):
    for command in ("reset-link", "grant-operator", "withdraw-operator"):
        with pytest.raises(PingPilotError, match="no such account"):
            run(command, "eve@example.com")
