"""Deleting a workspace."""

import pytest
from django.db import connection, transaction

from pingpilot.domain.errors import InvalidKey, InvalidProof, NotFound
from pingpilot.domain.role import Role
from pingpilot.manage import categories, deletion, destinations, invitations, keys, members, users, workspaces
from pingpilot.manage.audit import NOBODY, Actor
from pingpilot.manage.deletion import Contents
from pingpilot.store.clearing import AT_ONCE, Clear, clear, next_deleted
from pingpilot.store.models import AuditEntry, Destination, Event, Key, Series, Workspace
from pingpilot.store.workspaces import changed
from tests.unit.manage.sample import PASSWORD, clear_away, make_workspace, report

HOOK = {"url": "https://hooks.example/in"}


@pytest.fixture
def full(services, workspace):
    """A workspace with something of everything, and its category."""
    category = categories.create(services, workspace, categories.Draft("sale", "#112233"))
    report(services, category, '{"amount": 1}')
    destinations.add(services, workspace, destinations.Draft("webhook", HOOK, is_verified=True))
    members.join(services, workspace, users.create(services, "grace@example.com", PASSWORD), Role.MEMBER)
    return category


def test_it_says_what_will_go(services, workspace, full):
    counted = Contents(events=1, categories=1, channels=1, keys=1, members=2)
    assert deletion.contents_of(workspace) == counted


def test_its_keys_are_dead_at_once_and_nothing_of_them_is_kept(services, workspace, full):
    key = keys.primary(workspace)
    text = keys.reveal(services, key, NOBODY)
    assert text is not None
    told: list[int] = []

    def listen(workspace: int, **_: object) -> None:
        told.append(workspace)

    changed.connect(listen)
    deletion.delete(services, workspace, NOBODY)
    changed.disconnect(listen)
    assert told == [workspace.pk]  # so every process forgets its keys
    with pytest.raises(InvalidKey):
        keys.opened_by(services, text, NOBODY)
    assert list(Key.objects.values_list("sealed", flat=True)) == [None]


def test_it_is_gone_for_everybody_at_once(services, workspace, full):
    grace = users.find("grace@example.com")
    assert grace is not None
    token = invitations.invite(services, workspace, "linus@example.com", Role.MEMBER, NOBODY).link.rpartition("/")[2]
    deletion.delete(services, workspace, NOBODY)
    assert workspaces.for_user(grace) == []
    for ask in (
        lambda: workspaces.find(workspace.pk),
        lambda: deletion.delete(services, workspace, NOBODY),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(InvalidProof):
        invitations.look(services, token)


def test_its_channels_hear_nothing_any_more_and_their_secrets_are_wiped(services, workspace, full, pipeline):
    deletion.delete(services, workspace, NOBODY)
    row = Destination.objects.get()
    assert (bytes(row.sealed), row.is_active) == (b"", False)
    assert pipeline.wakes > 0


def test_the_deed_stays_on_record_without_the_workspace(services, workspace, full):
    owner = users.find("ada@example.com")
    deletion.delete(services, workspace, Actor(owner, "203.0.113.7"))
    clear_away()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target) == ("workspace.deleted", owner, str(workspace.pk))
    assert (entry.detail["name"], entry.detail["events"], entry.detail["keys"]) == ("Shop", 1, 1)


def test_what_is_left_goes_slice_by_slice_and_the_row_last(services, workspace, full):
    workspace.plan = "UNLIMITED"
    workspace.save()
    for _ in range(AT_ONCE):
        report(services, full)
    deletion.delete(services, workspace, NOBODY)
    with transaction.atomic(), connection.cursor() as cursor:
        assert clear(cursor, [Clear(workspace.pk)]) == [False]
    assert Event.objects.count() == 1
    assert Workspace.objects.filter(pk=workspace.pk).exists()
    assert clear_away() == 3  # the last event, the audit log, the row
    assert not Workspace.objects.exists()
    assert not Series.objects.exists()


def test_the_neighbours_keep_everything(services, workspace, full):
    other = make_workspace(services, "bob@example.com")
    category = categories.create(services, other, categories.Draft("sale", "#112233"))
    report(services, category)
    deletion.delete(services, workspace, NOBODY)
    clear_away()
    assert [event.workspace for event in Event.objects.all()] == [other]
    keys.primary(other)


def test_a_workspace_that_lives_is_never_cleared(services, workspace, full):
    assert next_deleted() is None
    with transaction.atomic(), connection.cursor() as cursor:
        assert clear(cursor, [Clear(workspace.pk)]) == [True]
    assert Event.objects.count() == 1
