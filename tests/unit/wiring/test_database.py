"""What Django is told of PostgreSQL's address."""

from pingpilot.wiring.django import POSTGRESQL_OPTIONS, postgresql
from pingpilot.wiring.writer_process import for_writing


def test_an_address_says_who_where_and_which():
    told = postgresql("postgresql://me:p%40ss@db.example:5433/pings")
    assert [told[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("me", "p@ss", "db.example", "5433", "pings")
    ]
    assert told["OPTIONS"] == POSTGRESQL_OPTIONS


def test_several_hosts_are_tried_for_the_one_that_can_be_written_to():
    told = postgresql("postgresql://me@h1:5432,h2:5433/pings")
    assert (told["HOST"], told["PORT"]) == ("h1,h2", "5432,5433")
    assert POSTGRESQL_OPTIONS["target_session_attrs"] == "read-write"


def test_what_stands_in_the_address_goes_before_what_is_usual():
    options = postgresql("postgresql://h/pings?sslmode=verify-full&connect_timeout=2")["OPTIONS"]
    assert options == {**POSTGRESQL_OPTIONS, "sslmode": "verify-full", "connect_timeout": "2"}


def test_the_writer_keeps_the_flags_of_the_address():
    told = for_writing(postgresql("postgresql://h/pings?options=-c%20work_mem%3D8MB"))
    assert told["OPTIONS"]["options"] == "-c work_mem=8MB -c enable_seqscan=off"
