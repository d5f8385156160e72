"""The figures that docs/measured.md quotes: each table between two marks."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Section, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "measured.md"
BEGIN, END = "<!-- what `make bench ARGS=--write` writes -->", "<!-- until here -->"


def write(machine: str, sections: Sequence[Section]) -> None:
    """Put the figures of a whole run in the place of those that stand there."""
    put(BEGIN, f"On {machine}:\n\n{as_markdown(sections)}")


def put(begin: str, text: str) -> None:
    """Put a text between a mark and the end that follows it."""
    before, _, rest = PAGE.read_text("utf-8").partition(begin)
    _, mark, after = rest.partition(END)
    assert mark, f"docs/measured.md has no marks {begin} and {END}"
    PAGE.write_text(f"{before}{begin}\n{text}\n{END}{after}", "utf-8")
