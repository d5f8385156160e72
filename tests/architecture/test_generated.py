"""The reference pages say what the code says."""

import pytest

from tests.architecture.generated import FOLDER, PAGES, SOURCES, generated_pages


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name):
    path = FOLDER / name
    assert path.is_file(), "run `make docs`"
    assert path.read_text("utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_generated_source_is_fresh(path):
    assert path.read_text("utf-8") == SOURCES[path](), "run `make docs`"


def test_nothing_else_claims_to_be_generated():
    assert generated_pages() == {FOLDER / name for name in PAGES}
