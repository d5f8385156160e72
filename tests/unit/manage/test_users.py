"""Accounts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from pingpilot.domain.errors import AccountExists, InvalidAccount
from pingpilot.manage import users
from pingpilot.store.models import User
from tests.unit.manage.sample import PASSWORD


def test_the_first_account_is_the_operator_and_no_other(services):
    first = users.create(services, "Ada@Example.com", PASSWORD)
    second = users.create(services, "bob@example.com", PASSWORD)
    assert (first.email, first.is_staff, first.is_superuser) == ("ada@example.com", True, True)
    assert (second.is_staff, second.is_superuser) == (False, False)


def test_of_accounts_made_at_the_same_moment_one_is_the_operator(services):
    def make(number):
        try:
            return users.create(services, f"user{number}@example.com", None)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert User.objects.filter(is_staff=True).count() == 1


def test_an_address_has_one_account_whatever_its_case(services):
    users.create(services, "ada@example.com", PASSWORD)
    with pytest.raises(AccountExists):
        users.create(services, "ADA@example.com", PASSWORD)
    assert users.find(" ADA@example.com ") == User.objects.get()


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a b@example.com", "ada@example", "ada@-x.com", "ada@box.test"])
def test_what_is_no_address_is_refused(services, address):
    with pytest.raises(InvalidAccount, match=r"Enter a valid e-mail address\."):
        users.create(services, address, PASSWORD)


def test_test_domains_are_for_private_instances(services):
    assert users.create(replace(services, allow_private=True), "ada@box.test", PASSWORD).email == "ada@box.test"


def test_all_that_is_wrong_is_said(services):
    with pytest.raises(InvalidAccount) as caught:
        users.create(services, "nobody", "password")
    assert {issue.path for issue in caught.value.issues} == {("email",), ("password",)}
    assert len(caught.value.issues) == 3  # no address, too short, too common


def test_without_a_password_nobody_signs_in_by_one(services):
    assert not users.create(services, "ada@example.com", None).has_usable_password()


@pytest.mark.parametrize("sign_up", ["open", "invite", "closed"])
def test_the_first_account_may_always_be_made(services, sign_up):
    here = replace(services, sign_up=sign_up)
    assert users.may_sign_up(here)
    users.create(here, "ada@example.com", PASSWORD)
    assert users.may_sign_up(here) is (sign_up == "open")
