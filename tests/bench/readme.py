"""The figures that README.md quotes: one table between two marks."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Section, as_markdown

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- what `make bench ARGS=--write` writes -->", "<!-- until here -->"


def write(machine: str, sections: Sequence[Section]) -> None:
    """Put the figures of a whole run in the place of those that stand there."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, f"README.md has no marks {BEGIN} and {END}"
    README.write_text(f"{before}{BEGIN}\nOn {machine}:\n\n{as_markdown(sections)}\n{END}{after}", "utf-8")
