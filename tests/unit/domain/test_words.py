"""The words of a text as search knows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.words import ASKED_MAX, WORD_MAX_CHARS, WORDS_MAX, asked_words, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Payment FAILED", ["payment", "failed"]),
        ("Straße, Zürich", ["strasse", "zurich"]),
        ("99.90 €", ["99", "90"]),
        ("user_name@example.com", ["user", "name", "example", "com"]),
        ("日本語 ok", ["日本語", "ok"]),
        ("ﬁne", ["fine"]),
        ("a a A", ["a"]),
        ("#1 \"'()*:-^", ["1"]),
        ("", []),
    ],
)
def test_words_are_folded_and_distinct(text, expected):
    assert words_of([text]) == expected


def test_words_are_bounded():
    assert words_of(["x" * 200]) == ["x" * WORD_MAX_CHARS]
    assert len(words_of([str(one) for one in range(5_000)])) == WORDS_MAX
    assert len(asked_words(" ".join(map(str, range(50))))) == ASKED_MAX


@given(text=st.text())
def test_a_word_holds_nothing_that_a_query_language_could_read(text):
    assert all(word.isalnum() and word == word.strip() for word in words_of([text]))


@given(text=st.text())
def test_the_words_of_words_are_the_same(text):
    words = words_of([text])
    assert words_of(words)[: len(words)] == words
