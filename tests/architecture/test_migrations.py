"""Migrations of the store form one line: two branches that each added one cannot be merged unseen."""

import re

from tests.architecture.source import SOURCE


def test_each_number_is_given_once_and_none_is_left_out():
    names = sorted(path.name for path in (SOURCE / "store" / "migrations").glob("[0-9]*.py"))
    assert [int(re.match(r"\d+", name)[0]) for name in names] == list(range(1, len(names) + 1))  # type: ignore[index]
