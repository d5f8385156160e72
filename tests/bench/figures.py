"""What was measured, as a table for people and as the one that the handbook quotes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_HEADS = ("what", "figure", "of the ceiling", "beside it", "p50 ms", "p99 ms", "loop µs", "writer µs", "other µs")


@dataclass(frozen=True)
class Figure:
    """One line: what, and how much.

    ``of_ceiling`` is the share of what the same server does when it answers the same requests with a constant;
    ``beside`` the ratio to another figure, and to which; both within the same run. The last three are microseconds
    of processor for each event: of the event loop, of the writer, of the other threads of the serving process.
    """

    what: str
    value: str
    of_ceiling: float | None = None
    beside: str = ""
    p50_ms: float | None = None
    p99_ms: float | None = None
    loop_us: float | None = None
    writer_us: float | None = None
    other_us: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        waits = (_number(self.p50_ms, 2), _number(self.p99_ms, 2))
        processor = [_number(used, 1) for used in (self.loop_us, self.writer_us, self.other_us)]
        return (self.what, self.value, _share(self.of_ceiling), self.beside, *waits, *processor)


@dataclass(frozen=True)
class Section:
    """The figures of one question, which the title asks; ``note`` says how they were taken."""

    title: str
    note: str
    figures: Sequence[Figure] = field(default_factory=list)


def for_people(section: Section) -> str:
    """Return a section as text in columns; those without a figure are left out."""
    rows = [_HEADS, *(figure.cells for figure in section.figures)]
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(len(cell) for cell in column) for column in columns]
    lines = [_aligned(cells, widths) for cells in zip(*columns, strict=True)]
    return "\n".join([section.title, section.note, *lines, ""])


def as_markdown(sections: Iterable[Section]) -> str:
    """Return all sections as one table."""
    lines = [_HEADS, ("---", *["---:"] * (len(_HEADS) - 1))]
    for section in sections:
        lines.append((f"**{section.title}**", *[""] * (len(_HEADS) - 1)))
        lines.extend(figure.cells for figure in section.figures)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join([f"  {first}", *others]).rstrip()


def _share(value: float | None) -> str:
    return _number(value, 2 if value is None or value >= 0.1 else 3)


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:,.{decimals}f}"
