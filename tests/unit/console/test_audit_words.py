"""The sentences of the audit log."""

import ast
import re

import pytest

from pingpilot.console.audit_words import lines_of, name_of, sentence_of
from pingpilot.manage import audit
from pingpilot.manage.audit import Actor
from tests.architecture.source import modules

ACTION = re.compile(r"[a-z]+\.[a-z_]+")
RECORDING = ("manage.", "cli.", "accounts.journal", "accounts.email_undo")


def recorded():
    """Yield every action that is recorded."""
    for module in modules():
        if not module.name.startswith(RECORDING):
            continue
        logged = {
            constant
            for call in ast.walk(module.tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("_log.")
            for constant in ast.walk(call)
        }
        texts = (node for node in ast.walk(module.tree) if isinstance(node, ast.Constant) and node not in logged)
        yield from (str(node.value) for node in texts if ACTION.fullmatch(str(node.value)))


def test_every_action_has_a_sentence():
    found = set(recorded())
    assert len(found) > 20
    assert not [action for action in found if sentence_of(action, "", {}) == name_of(action).lower()]


def test_an_action_without_a_sentence_is_named():
    assert sentence_of("bill.paid_late", "7", {}) == "bill paid late"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            {"email": "grace@example.com", "from": "admin", "to": "viewer"},
            "made grace@example.com viewer, before admin",
        ),
        ({"to": "{from}"}, "made … {from}, before …"),
        ({}, "made … …, before …"),
    ],
)
def test_a_detail_is_put_in_as_it_is(detail, said):
    assert sentence_of("member.role_changed", "", detail) == said


def test_who_did_it(services, workspace, ada):
    ada.name = "Ada"
    ada.save()
    by_key = Actor(None, "203.0.113.7", "zyxwvutsrqponmlkjih")
    for actor in (Actor(ada, "203.0.113.7"), by_key, Actor(None, "203.0.113.7"), Actor()):
        audit.record(services, workspace, actor, "key.revealed", "abcdefghijklmnopqrst")
    told = [(line.who, line.what) for line in lines_of(audit.page(workspace, "key.revealed").entries)]
    assert told == [
        ("The operator", "revealed key abcdefghijkl"),
        ("Somebody", "revealed key abcdefghijkl"),
        ("A call with key zyxwvutsrqpo", "revealed key abcdefghijkl"),
        ("Ada", "revealed key abcdefghijkl"),
    ]
