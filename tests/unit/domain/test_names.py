"""Names that people give: what they look like is what they are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.names import tidied


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Billing on Hetzner", "Billing on Hetzner"),
        ("  two \t words\n", "two words"),
        ("Primary\u202e yek", "Primary yek"),
        ("Pri\u200bmary\ufeff", "Primary"),
        ("\u2066Ops\u2069", "Ops"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tag\U000e0041s", "tags"),
        ("e\u0301", "é"),
        ("Z" + "\u0302" * 60 + "algo", "\u1e90" + "\u0302" * 3 + "algo"),
        ("👨\u200d👩\u200d👧 home", "👨\u200d👩\u200d👧 home"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d\u200d", ""),
        ("a\u200d\u200d\u200db", "a\u200db"),
        ("\ud800lone", "lone"),
        ("Покупки", "Покупки"),
    ],
)
def test_what_hides_or_turns_is_taken_out_and_the_rest_stays(typed, kept):
    assert tidied(typed) == kept


@given(st.text(max_size=60))
def test_a_tidy_name_is_one_line_and_stays_as_it_is(typed):
    name = tidied(typed)
    assert tidied(name) == name
    assert not [char for char in name if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert name == name.strip()
