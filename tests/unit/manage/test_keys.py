"""API keys."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from pingpilot.domain import key as form
from pingpilot.domain.errors import NotFound, SealBroken
from pingpilot.manage import keys
from pingpilot.manage.audit import Actor, page
from pingpilot.security.sealing import Box
from pingpilot.store.models import Key, Workspace
from pingpilot.store.workspaces import changing

ACTOR = Actor(None, "203.0.113.77")


def actions(workspace):
    return [entry.action for entry in page(workspace).entries]


def test_a_key_is_kept_as_digest_and_sealed_never_as_text(services, workspace):
    key = keys.primary(workspace)
    text = keys.reveal(services, key, ACTOR)
    assert text is not None
    assert form.matches(text, bytes(key.digest))
    assert text.encode() not in bytes(key.sealed or b"")
    assert keys.mask(key).startswith(f"pp_{key.id}")


def test_public_parts_are_cuids_that_never_repeat():
    made = {keys.new_key_id(os.urandom) for _ in range(200)}
    assert len(made) == 200
    assert all(form.id_of(form.compose(key_id, "A" * 32)) == key_id for key_id in made)


def test_a_reveal_is_recorded_with_the_network_alone(services, workspace):
    keys.reveal(services, keys.primary(workspace), ACTOR)
    latest = page(workspace).entries[0]
    assert (latest.action, latest.network) == ("key.revealed", "203.0.113.0/24")


def test_a_refused_reveal_is_recorded(services, workspace):
    keys.reveal_refused(services, keys.primary(workspace), ACTOR)
    assert actions(workspace)[0] == "key.reveal_failed"


def test_where_keys_are_not_kept_they_are_shown_once(services, workspace):
    once = replace(services, keys_reveal=False)
    key, text = keys.regenerate(once, keys.primary(workspace), ACTOR)
    assert form.matches(text, bytes(key.digest))
    assert key.sealed is None
    assert keys.reveal(once, key, ACTOR) is None


def test_a_wrong_instance_secret_is_said_and_recorded(services, workspace):
    with pytest.raises(SealBroken, match="another secret"):
        keys.reveal(replace(services, box=Box(b"t" * 32, os.urandom)), keys.primary(workspace), ACTOR)
    assert actions(workspace)[0] == "key.reveal_failed"


def test_a_regenerated_key_dies_at_once(services, workspace):
    old = keys.primary(workspace)
    new, text = keys.regenerate(services, old, ACTOR)
    assert keys.living(services, workspace) == [new]
    assert keys.primary(workspace) == new
    assert form.id_of(text) == new.id
    assert actions(workspace)[0] == "key.regenerated"
    old.refresh_from_db()
    assert old.replaced_by == new


def test_with_an_overlap_both_work_until_it_ends(services, workspace, clock):
    old = keys.primary(workspace)
    new, _ = keys.regenerate(services, old, ACTOR, timedelta(hours=1))
    clock.advance(minutes=59)
    assert set(keys.living(services, workspace)) == {old, new}
    assert keys.primary(workspace) == new
    clock.advance(minutes=1)
    assert keys.living(services, workspace) == [new]


def test_only_the_offered_overlaps_are_taken(services, workspace):
    with pytest.raises(ValueError, match="overlap"):
        keys.regenerate(services, keys.primary(workspace), ACTOR, timedelta(hours=2))


def test_a_key_is_regenerated_once(services, workspace):
    old = keys.primary(workspace)
    keys.regenerate(services, old, ACTOR, timedelta(days=7))
    with pytest.raises(NotFound):
        keys.regenerate(services, old, ACTOR)
    assert Key.objects.filter(is_primary=True, revoked_at=None).count() == 1


def test_a_revoked_primary_key_is_replaced(services, workspace):
    old = keys.primary(workspace)
    keys.revoke(services, old, ACTOR)
    assert keys.primary(workspace) != old
    assert len(keys.living(services, workspace)) == 1


def test_another_key_is_revoked_without_a_replacement(services, workspace):
    with changing(workspace.pk) as held:
        extra, _ = keys.issue(services, held, "CI", is_primary=False)
    keys.revoke(services, extra, ACTOR)
    assert keys.living(services, workspace) == [keys.primary(workspace)]
    with pytest.raises(NotFound):
        keys.revoke(services, extra, ACTOR)


def test_every_change_of_keys_makes_cached_pictures_stale(services, workspace):
    before = Workspace.objects.get().revision
    keys.regenerate(services, keys.primary(workspace), ACTOR)
    assert Workspace.objects.get().revision == before + 1


def test_a_key_is_found_in_its_workspace_only(services, workspace):
    key = keys.primary(workspace)
    assert keys.find(workspace, key.id) == key
    with pytest.raises(NotFound):
        keys.find(Workspace(pk=workspace.pk + 1), key.id)
