"""The laboratory's one table: for people, and for the handbook."""

from collections.abc import Sequence
from dataclasses import dataclass

HEADS = (
    *("scenario", "sent (200)", "deliveries", "delivered", "lost", "repeated", "of these marked"),
    *("others' p99", "seconds", "besides"),
)


@dataclass(frozen=True)
class Row:
    """One scenario. ``broken`` are the promises that were not kept, in a sentence each."""

    scenario: str
    sent: int
    expected: int
    delivered: int
    lost: int
    repeated: int
    marked: int
    others_p99_ms: float | None
    seconds: float
    besides: str = ""
    broken: Sequence[str] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        counts = (self.sent, self.expected, self.delivered, self.lost, self.repeated, self.marked)
        p99 = "" if self.others_p99_ms is None else f"{self.others_p99_ms:,.0f} ms"
        return (self.scenario, *(f"{count:,}" for count in counts), p99, f"{self.seconds:,.0f}", self.besides)


def for_people(rows: Sequence[Row]) -> str:
    """Return the table in columns, and below it what was not kept."""
    lines = [HEADS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
    return "\n".join([*text, *(f"BROKEN {row.scenario}: {sentence}" for row in rows for sentence in row.broken)])


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown, and below it what was not kept."""
    last = len(HEADS) - 1
    rule = tuple("---" if index in (0, last) else "---:" for index in range(len(HEADS)))
    lines = [f"| {' | '.join(line)} |" for line in (HEADS, rule, *(row.cells for row in rows))]
    broken = [f"- not kept by *{row.scenario}*: {sentence}" for row in rows for sentence in row.broken]
    return "\n".join([*lines, *([""] if broken else []), *broken])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    last = len(line) - 1
    return [
        cell.ljust(width) if index in (0, last) else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
