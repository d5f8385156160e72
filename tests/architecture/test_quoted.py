"""The README and the handbook quote the same figures, between the marks that the measurements write to."""

import pytest

from tests.bench.quoted import BEGIN, END, PAGES
from tests.lab.__main__ import BEGIN as LAB


@pytest.mark.parametrize("begin", [BEGIN, LAB])
def test_both_pages_quote_the_same_table(begin: str):
    quoted = {page.read_text("utf-8").partition(begin)[2].partition(END)[0] for page in PAGES}
    assert len(quoted) == 1
    assert "| --- |" in quoted.pop()
