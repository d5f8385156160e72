"""Everything that is sealed in an instance: counted by what sealed it, and sealed anew. Import it after ``set_up``."""

from collections import Counter
from collections.abc import Mapping

from django.db import connection

from pingpilot.accounts import sealed as second_factors
from pingpilot.manage import sealed
from pingpilot.manage.sealed import Resealed
from pingpilot.security.sealing import Box

SESSIONS = "sessions"


def census() -> Mapping[str, Counter[str]]:
    """Return for each kind of row how many are sealed under which key id."""
    try:
        of_the_store = {shelf.name: sealed.counts(shelf.column, shelf.rows) for shelf in sealed.shelves()}
        return {**of_the_store, second_factors.NAME: second_factors.counts(), SESSIONS: sealed.counts_of_sessions()}
    finally:
        connection.close()


def reseal_all(box: Box) -> tuple[list[Resealed], int]:
    """Seal everything anew, and end the sessions that an older secret has sealed; return what was done."""
    done = [sealed.reseal(box, shelf) for shelf in sealed.shelves()]
    return [*done, second_factors.reseal(box)], sealed.end_sessions(box)
