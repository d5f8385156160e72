"""Events as files."""

import csv
import io
import json

import pytest

from pingpilot.manage import categories, downloads
from pingpilot.manage.events import Wanted
from pingpilot.store.filters import Filter
from tests.unit.manage.sample import report

FIELDS = '{"amount": 99.90, "note": "=HYPERLINK(1)", "delta": -5, "ok": false}'


@pytest.fixture
def found(services, workspace):
    category = categories.create(services, workspace, categories.Draft("sale", "#112233"))
    report(services, category, FIELDS)
    report(services, category, "{}")
    return downloads.pages(services, workspace, Wanted(Filter(category="sale")))


def test_a_table_has_a_column_for_each_field_and_values_as_sent(found):
    names = ["amount", "note", "delta", "ok"]
    head, bare, full = csv.reader(io.StringIO("".join(downloads.as_csv(found, names))))
    assert head == [*downloads.COLUMNS, *names]
    assert full[-4:] == ["99.90", "'=HYPERLINK(1)", "-5", "false"]
    assert bare[-4:] == [""] * 4


def test_without_names_the_fields_are_one_column(found):
    rows = list(csv.reader(io.StringIO("".join(downloads.as_csv(found)))))
    assert rows[0][-1] == "fields"
    assert json.loads(rows[2][-1])["ok"] is False


def test_programs_get_an_object_a_line(found):
    lines = "".join(downloads.as_ndjson(found)).splitlines()
    assert [json.loads(line)["category"] for line in lines] == ["sale", "sale"]
    assert '"amount": 99.90' in lines[1]


def test_all_pages_are_read(services, workspace, found, monkeypatch):
    monkeypatch.setattr(downloads, "PAGE", 1)
    assert sum(len(page) for page in found) == 2
