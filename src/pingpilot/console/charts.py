"""Bars over time, as numbers that a template draws: nothing here needs a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

STEP = 10
"""Width of a bar with its gap, in units of the drawing; the drawing is stretched to its place."""
HEIGHT = 100
_GAP = 2.4
_ROUND = (1, 2, 4, 6, 8, 10)
_TICKS = 8
_SPARK_LEAST = 3
_LEAST_HEIGHT = 2.0
"""So that one event among thousands is seen at all."""


class Part(NamedTuple):
    """A piece of a bar in one colour, measured from the top."""

    color: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins, what it stands for in words, how much it is, and its pieces from the bottom up.

    ``tick`` is what stands below it, often nothing; ``is_minor``: where room is scarce, it is left out.
    """

    x: float
    label: str
    tick: str
    value: int
    parts: Sequence[Part]
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of ``width`` by ``HEIGHT`` units. ``top`` is the value at its upper edge, a round one."""

    bars: Sequence[Bar]
    top: int
    total: int

    @property
    def width(self) -> int:
        """The width of the drawing."""
        return STEP * max(1, len(self.bars))

    @property
    def bar_width(self) -> float:
        """The width of a bar without its gap."""
        return STEP - _GAP

    @property
    def middle(self) -> int:
        """The value half way up; round tops are even."""
        return self.top // 2

    @property
    def most(self) -> Bar | None:
        """The highest bar."""
        return max(self.bars, key=lambda bar: bar.value, default=None)


def chart(labels: Sequence[tuple[str, str]], series: Sequence[tuple[int, Sequence[int]]]) -> Chart:
    """Return bars, one for each label, which has a long and a short form; at most ``_TICKS`` of the short ones show.

    ``series`` holds colours with their values, piled up in this order.
    """
    values = [sum(one[at] for _, one in series) for at in range(len(labels))]
    top, every = _round_up(max(values, default=0)), ceil(len(labels) / _TICKS)
    return Chart(
        [
            Bar(
                x=round(at * STEP + _GAP / 2, 2),
                label=label,
                tick="" if (len(labels) - 1 - at) % every else tick,
                value=values[at],
                parts=_parts([(color, one[at]) for color, one in series], top),
                is_minor=(len(labels) - 1 - at) // every % 2 == 1,
            )
            for at, (label, tick) in enumerate(labels)
        ],
        top,
        sum(values),
    )


def spark(values: Sequence[int]) -> str:
    """Return small bars as one path, in a drawing ``STEP`` units wide for each and ``HEIGHT`` high."""
    most = max(*values, _SPARK_LEAST)
    heights = [max(_LEAST_HEIGHT * 2, HEIGHT * value / most) if value else _LEAST_HEIGHT for value in values]
    return "".join(f"M{at * STEP} {HEIGHT}v-{height:.3g}h7v{height:.3g}z" for at, height in enumerate(heights))


def _parts(pieces: Sequence[tuple[int, int]], top: int) -> list[Part]:
    parts, y = [], float(HEIGHT)
    for color, value in pieces:
        if value:
            height = max(_LEAST_HEIGHT, HEIGHT * value / top)
            y = max(0.0, y - height)
            parts.append(Part(color, round(y, 2), round(height, 2)))
    return parts


def _round_up(value: int) -> int:
    """Return the least round number that is not less; at least 4, so that few events do not look like many."""
    power = 1
    while value > 10 * power:
        power *= 10
    return next(step * power for step in _ROUND if step * power >= max(4, value))
