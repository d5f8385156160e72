"""Secrets that a workspace shares with services."""

import pytest

from pingpilot.domain.errors import InvalidRequest
from pingpilot.manage import door_secrets
from pingpilot.manage.audit import NOBODY, page
from pingpilot.store.models import DoorSecret


def found(services, workspace, service="github"):
    return door_secrets.secret_of(services.box, workspace.pk, service)


def test_a_secret_is_found_until_it_is_given_up(services, workspace):
    assert found(services, workspace) == ""
    door_secrets.share(services, workspace, "github", " s3cret ", NOBODY)
    assert (found(services, workspace), found(services, workspace, "stripe")) == ("s3cret", "")
    assert set(door_secrets.services_with_secret(workspace)) == {"github"}
    door_secrets.give_up(services, workspace, "github", NOBODY)
    assert found(services, workspace) == ""


def test_a_new_secret_takes_the_place_of_the_old_one(services, workspace):
    for secret in ("first", "second"):
        door_secrets.share(services, workspace, "github", secret, NOBODY)
    assert found(services, workspace) == "second"
    assert DoorSecret.objects.count() == 1


def test_a_secret_is_sealed(services, workspace):
    door_secrets.share(services, workspace, "github", "a secret in clear", NOBODY)
    assert b"clear" not in bytes(DoorSecret.objects.get().sealed)


@pytest.mark.parametrize("secret", ["", "  ", "x" * 201])
def test_what_is_no_secret_is_refused(services, workspace, secret):
    with pytest.raises(InvalidRequest):
        door_secrets.share(services, workspace, "github", secret, NOBODY)
    assert found(services, workspace) == ""


def test_the_log_says_so_without_the_secret(services, workspace):
    door_secrets.share(services, workspace, "github", "a secret in clear", NOBODY)
    door_secrets.give_up(services, workspace, "github", NOBODY)
    door_secrets.give_up(services, workspace, "github", NOBODY)
    entries = page(workspace).entries
    assert [(one.action, one.target) for one in entries[:2]] == [
        ("door.secret_removed", "github"),
        ("door.secret_set", "github"),
    ]
    assert "clear" not in str([one.detail for one in entries])
