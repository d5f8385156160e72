"""Events that pass a filter as a file, page by page as it is read: CSV for spreadsheets, NDJSON for programs."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from pingpilot.domain.event import default_description
from pingpilot.domain.message import fields_of
from pingpilot.manage import events
from pingpilot.manage.events import Wanted
from pingpilot.manage.export import instant_text, line_of
from pingpilot.manage.services import Services
from pingpilot.store.models import Event, Workspace

PAGE = 500
"""Events read at a time."""
COLUMNS = ("time", "id", "category", "description", "severity", "status", "url")
FIELDS = "fields"
"""The column of all fields as JSON, where they have none of their own."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula. Source: OWASP, CSV injection."""


def pages(services: Services, workspace: Workspace, wanted: Wanted) -> Iterator[Sequence[Event]]:
    """Yield what passes, newest first; each page is read when it is asked for."""
    after = None
    while True:
        found = events.listed(services, workspace, wanted, after, PAGE)
        yield events.read(found.events)
        after = found.cursor
        if after is None:
            return


def as_ndjson(found: Iterable[Sequence[Event]]) -> Iterator[str]:
    """Return one JSON object a line, fields as they were sent."""
    return ("".join(f"{line_of(event)}\n" for event in page) for page in found)


def as_csv(found: Iterable[Sequence[Event]], names: Sequence[str] | None = None) -> Iterator[str]:
    """Return a heading and a line for each event; ``names`` are the fields with a column of their own."""
    yield _lines([[*COLUMNS, *map(_harmless, [FIELDS] if names is None else names)]])
    for page in found:
        yield _lines([_cells(event, names) for event in page])


def _cells(event: Event, names: Sequence[str] | None) -> list[str]:
    known = [
        instant_text(event.occurred_at) or "",
        event.pk.hex,
        event.category_name,
        _harmless(event.description or default_description(event.category_name)),
        event.severity,
        event.status,
        event.url or "",
    ]
    if names is None:
        return [*known, event.fields]
    values = {field.name: field.value for field in fields_of(event.fields)}
    return [*known, *(_harmless(values.get(name, "")) for name in names)]


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a number stays one."""
    return f"'{text}" if text.startswith(_FORMULAS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
