"""Whether the tables are up to date, told by names alone."""

import pytest
from django.db import connection

from pingpilot.domain.errors import ConfigurationError
from pingpilot.wiring.migrating import ready_database

pytestmark = pytest.mark.usefixtures("db")


def test_tables_that_are_up_to_date_need_nothing():
    ready_database(is_embedded=False)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM django_migrations WHERE app = 'store' AND name LIKE '0001%%'", "DROP TABLE django_migrations"],
    ids=["one behind", "empty"],
)
def test_tables_that_are_behind_ask_for_migrate_where_others_may_be_running(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement, ())
    with pytest.raises(ConfigurationError, match="Run `pingpilot migrate` first"):
        ready_database(is_embedded=False)


@pytest.mark.parametrize("is_embedded", [True, False])
def test_tables_of_a_later_release_are_refused(is_embedded):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_later', CURRENT_TIMESTAMP)", ()
        )
    with pytest.raises(ConfigurationError, match="later release of PingPilot") as caught:
        ready_database(is_embedded=is_embedded)
    assert "9999_later" in caught.value.message
