"""What is new in a list that is read again and again, newest first, page by page."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

Event = dict[str, Any]
Place = tuple[str, str]
"""When an event happened, and its id: the order of the list."""

KNOWN_MAX = 20_000
PAGES_MAX = 100
"""Pages of one look. What came beyond that between two looks is left out, and said to be."""


class Following:
    """Remembers what was shown, within bounds. ``page`` returns the events after a cursor, and the next cursor."""

    def __init__(self, page: Callable[[str | None], tuple[Sequence[Event], str | None]]) -> None:
        """Begin with nothing known."""
        self._page = page
        self._known: set[str] = set()
        self._order: deque[Place] = deque()
        self._horizon: Place | None = None
        """Of what lies before this, nothing is news: it was there when we came, or is forgotten."""

    def begin(self) -> Sequence[Event]:
        """Return the newest page, in order of time; only what comes after is news."""
        events, cursor = self._page(None)
        self._remember(events)
        if cursor is not None and events:
            self._horizon = _place(events[-1])
        return list(reversed(events))

    def look(self) -> tuple[Sequence[Event], bool]:
        """Return what is new, in order of time, and whether that is all of it."""
        news, cursor = list[Event](), None
        for _ in range(PAGES_MAX):
            events, cursor = self._page(cursor)
            fresh = [event for event in events if self._is_news(event)]
            news += fresh
            if cursor is None or (events and not fresh):
                self._remember(news)
                return list(reversed(news)), True
        self._remember(news)
        self._horizon = _place(news[-1]) if news else self._horizon
        return list(reversed(news)), False

    def _is_news(self, event: Event) -> bool:
        return event["id"] not in self._known and (self._horizon is None or _place(event) > self._horizon)

    def _remember(self, events: Sequence[Event]) -> None:
        for event in reversed(events):
            self._known.add(event["id"])
            self._order.append(_place(event))
        while len(self._order) > KNOWN_MAX:
            forgotten = self._order.popleft()
            self._known.discard(forgotten[1])
            self._horizon = max(forgotten, self._horizon or forgotten)


def _place(event: Event) -> Place:
    return str(event["occurredAt"]), str(event["id"])
