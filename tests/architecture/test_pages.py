"""Every page of the dashboard states what it needs, and what it names belongs to somebody."""

import re

from pingpilot.accounts.audience import Audience, stated_by
from pingpilot.console.urls import urlpatterns
from pingpilot.domain.role import Action
from pingpilot.manage.owners import FINDERS
from tests.architecture.source import SOURCE

OPEN = {"channel-confirm", "account-email-confirm", "account-email-undo"}
"""Pages below the dashboard's address that need no sign-in: whoever got a mail opens its link."""
ABOUT_ONESELF = re.compile(r"dashboard/(account-settings|workspaces/new)")
OF_NOBODY = {"kind", "service", "token"}
"""What addresses name that belongs to no workspace."""

PARTS = {
    r"dashboard(/live|/_design)?$": {Action.LOOK},
    r"dashboard/(new-category|quick-start|sample-data|category/)": {Action.LOOK, Action.CATEGORIES},
    r"dashboard/(events|deliveries)": {Action.LOOK, Action.FILTERS, Action.REPLAY},
    r"dashboard/api-key$": {Action.LOOK},
    r"dashboard/api-key/(reveal|copy)$": {Action.REVEAL_KEY},
    r"dashboard/(api-key|channels/<int:number>)/test": {Action.LOOK, Action.TEST},
    r"dashboard/api-key/": {Action.KEYS},
    r"dashboard/channels": {Action.LOOK, Action.CHANNELS},
    r"dashboard/connect": {Action.LOOK, Action.KEYS},
    r"dashboard/upgrade": {Action.LOOK, Action.PLAN},
    r"dashboard/workspace/settings$": {Action.WORKSPACE},
    r"dashboard/workspace/log$": {Action.AUDIT},
    r"dashboard/workspace/(invite|invitations|members)": {Action.MEMBERS},
    r"dashboard/workspace/transfer$": {Action.TRANSFER},
    r"dashboard/workspace/delete$": {Action.DELETE},
    r"dashboard/(workspace|workspace/leave|workspaces/choose)$": {Action.LOOK},
}
"""What the pages of each part of the dashboard may need: the first part counts that an address begins with."""

PAGES = [one for one in urlpatterns if str(one.pattern).startswith("dashboard")]


def test_every_page_states_the_action_it_needs():
    assert PAGES
    assert not [one.name for one in PAGES if stated_by(one.callback) is None]


def test_pages_without_an_action_are_few_and_known():
    stated = {one: stated_by(one.callback) for one in PAGES}
    assert {one.name for one, needs in stated.items() if needs is Audience.EVERYBODY} == OPEN
    about_oneself = [one for one, needs in stated.items() if needs is Audience.USERS]
    assert not [one.name for one in about_oneself if not ABOUT_ONESELF.match(str(one.pattern))]


def test_a_page_needs_what_its_part_of_the_dashboard_is_about():
    wrong = []
    for one in PAGES:
        needs, address = stated_by(one.callback), str(one.pattern)
        part = next((actions for start, actions in PARTS.items() if re.match(start, address)), set())
        if isinstance(needs, Action) and needs not in part:
            wrong.append((address, needs))
    assert not wrong


def test_it_is_known_whose_is_what_a_page_names():
    for_members = [one for one in PAGES if isinstance(stated_by(one.callback), Action)]
    named = {name for one in for_members for name in re.findall(r"<(?:\w+:)?(\w+)>", str(one.pattern))}
    assert named <= FINDERS.keys() | OF_NOBODY


def test_templates_ask_for_actions_that_exist():
    asked = {
        action
        for path in (SOURCE / "console" / "templates").rglob("*.html")
        for action in re.findall(r"\|may:\"(\w*)\"", path.read_text("utf-8"))
    }
    assert asked
    assert asked <= {action.value for action in Action}
