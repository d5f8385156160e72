"""The commands about accounts."""

import pytest

GUARD = "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (1, ?, '{}', '2026-01-01')"


@pytest.fixture
def here(installation):
    """An installation with an account that asks for a second step, and is never started."""
    service = installation
    service.workspace("ada@example.com", password="correct horse battery")
    for kind in ("totp", "recovery_codes"):
        service.rows(GUARD, kind)
    return service


def test_who_has_lost_the_second_step_is_let_in_without_it(here):
    (before,) = here.json("accounts", "list")
    assert (before["email"], before["isOperator"], before["hasSecondFactor"]) == ("ada@example.com", True, True)
    done = here.json("accounts", "reset-second-factor", "Ada@Example.com")
    assert (done["userId"], done["removed"]) == (1, 2)
    (after,) = here.json("accounts", "list")
    assert not after["hasSecondFactor"]


def test_an_account_that_is_not_there_is_said_to_be_so(here):
    done = here.run("accounts", "reset-second-factor", "bob@example.com")
    assert (done.returncode, "There is no such account" in done.stderr) == (2, True)
