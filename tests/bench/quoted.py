"""The figures that the README and the handbook quote: each table between two marks, the same in both."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Section, as_markdown

_ROOT = Path(__file__).parents[2]
PAGES = _ROOT / "README.md", _ROOT / "docs" / "measured.md"
BEGIN, END = "<!-- what `make bench ARGS=--write` writes -->", "<!-- until here -->"


def write(machine: str, sections: Sequence[Section]) -> None:
    """Put the figures of a whole run in the place of those that stand there."""
    put(BEGIN, f"On {machine}:\n\n{as_markdown(sections)}")


def put(begin: str, text: str) -> None:
    """Put a text between a mark and the end that follows it, on each page."""
    for page in PAGES:
        before, _, rest = page.read_text("utf-8").partition(begin)
        _, mark, after = rest.partition(END)
        assert mark, f"{page.name} has no marks {begin} and {END}"
        page.write_text(f"{before}{begin}\n{text}\n{END}{after}", "utf-8")
