"""Accepting many events at once, and calls that must not count twice: all in the transaction of the writer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import NewEvent
from pingpilot.domain.ids import CategoryId, DeliveryId, EventId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.store import events, idempotency
from pingpilot.store.events import Accept, Accepted, Allowance, Held, QuotaFull, Repeated, Stale
from pingpilot.store.idempotency import KeyReused, Name, Record, Replayed

Piece = str | tuple[str, ...]
"""A part of an answer's text: as it is, or one for an accepted event, one where the quota was used up, and, where the
workspace holds what is beyond it, one for an event that waits. That of a repeat is that of an accepted one, and says of
which: each ends with the brace of a JSON object."""

_TURN: dict[type, int] = {Accepted: 0, QuotaFull: 1, Held: 2}
FORGOTTEN_PER_CALL = 2
"""Old records deleted for each one added, so that they never pile up."""


class Once(msgspec.Struct, frozen=True, array_like=True):
    """What makes a call count once: its key, the SHA-256 of its body, and the answer it is to be given.

    ``pieces`` has one pair per event of the call, in order, or none where a recorded answer can only be one.
    """

    key: str
    digest: bytes
    status: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class AcceptMany:
    """Events of one call, at least one, all reports: on one picture of one workspace, received at one instant."""

    items: Sequence[Accept]
    once: Once | None

    def __reduce__(self) -> "tuple[Callable[[bytes], AcceptMany], tuple[bytes]]":
        """Travel to the writer as MessagePack, what the events have in common once."""
        return _unpacked, (_encode(_packed(self)),)


@dataclass(frozen=True, slots=True)
class Many:
    """One answer for each event of a call, in order; those accepted are committed together."""

    answers: Sequence[Accepted | QuotaFull]


ManyAnswer = Many | Replayed | KeyReused | Stale


def written(pieces: Sequence[Piece], answers: Sequence[Accepted | QuotaFull]) -> str:
    """Put the text of an answer together."""
    each = iter(answers)
    return "".join(piece if isinstance(piece, str) else _text(piece, next(each)) for piece in pieces)


def _text(piece: tuple[str, ...], answer: Accepted | QuotaFull) -> str:
    if isinstance(answer, Repeated):
        return f'{piece[0][:-1]},"repeatOf":"{answer.first}"}}'
    return piece[_TURN[type(answer)]]


def accept_all(cursor: CursorWrapper, units: Sequence[Accept | AcceptMany]) -> Sequence[events.Answer | ManyAnswer]:
    """Keep the events of single and of many, in order; must run inside a transaction."""
    singles = [unit for unit in units if isinstance(unit, Accept)]
    if len(singles) == len(units):
        return events.accept(cursor, singles)
    allowance = Allowance(cursor, [item for unit in units for item in _items(unit)])
    # Only now: whoever used the same key at the same moment has committed, since the quota's row was waited for.
    sheet = _Sheet(cursor, [unit for unit in units if isinstance(unit, AcceptMany)])
    answers = [allowance.grant(unit) if isinstance(unit, Accept) else sheet.answer(unit, allowance) for unit in units]
    answers = _without_losers(units, answers, sheet.keep(cursor), allowance)
    allowance.close(cursor)
    kept = [item for unit, answer in zip(units, answers, strict=True) for item in granted(unit, answer)]
    events.keep(cursor, kept, allowance.held, allowance.repeats)
    return answers


class _Sheet:
    """The idempotency records that a transaction finds and adds."""

    def __init__(self, cursor: CursorWrapper, units: Sequence[AcceptMany]) -> None:
        names = [name for unit in units if (name := _name(unit)) is not None]
        self._now: datetime = max(unit.items[0].received_at for unit in units)
        self._known: dict[Name, Record] = idempotency.look(cursor, names, self._now) if names else {}
        self._added: list[Record] = []

    def answer(self, unit: AcceptMany, allowance: Allowance) -> ManyAnswer:
        """Answer as before, or grant what can be granted and note the answer."""
        if not allowance.is_current(unit.items[0]):
            return Stale()
        name, once = _name(unit), unit.once
        if once is not None and name is not None and (record := self._known.get(name)) is not None:
            return record.answer_to(once.digest)
        answers = [answer for item in unit.items if not isinstance(answer := allowance.grant(item), Stale)]
        if once is not None and any(isinstance(answer, Accepted) for answer in answers):
            self._note(unit.items[0].workspace, once, answers)
        return Many(answers)

    def keep(self, cursor: CursorWrapper) -> set[Name]:
        """Write what was noted; return the names that another process was quicker with."""
        if not self._added:
            return set()
        idempotency.forget(cursor, self._now, FORGOTTEN_PER_CALL * len(self._added))
        return {record.name for record in self._added} - idempotency.keep(cursor, self._added)

    def _note(self, workspace: WorkspaceId, once: Once, answers: Sequence[Accepted | QuotaFull]) -> None:
        text = written(once.pieces, answers)
        record = Record(workspace, once.key, once.digest, once.status, text, self._now)
        self._known[record.name] = record
        self._added.append(record)


def _without_losers(
    units: Sequence[Accept | AcceptMany],
    answers: Sequence[events.Answer | ManyAnswer],
    lost: set[Name],
    allowance: Allowance,
) -> list[events.Answer | ManyAnswer]:
    """Send those back whose key another process was quicker with: at their next try they find its answer.

    It takes two processes that draw on different months at the same moment.
    """
    kept: list[events.Answer | ManyAnswer] = []
    for unit, answer in zip(units, answers, strict=True):
        is_lost = isinstance(unit, AcceptMany) and _name(unit) in lost
        for item in granted(unit, answer) if is_lost else ():
            allowance.withdraw(item)
        kept.append(Stale() if is_lost else answer)
    return kept


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """A call on its way; each item has the number of its routes in ``routes``."""

    workspace: WorkspaceId
    revision: int | None
    received_at: datetime
    routes: Sequence[Sequence[Route]]
    items: Sequence[tuple[CategoryId | None, NewEvent, int, EventId, Sequence[DeliveryId]]]
    once: Once | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def _packed(call: AcceptMany) -> _Packed:
    routes: list[Sequence[Route]] = []
    numbers: dict[int, int] = {}  # by identity: all events of a category have the same ones
    items = []
    for item in call.items:
        number = numbers.get(id(item.routes))
        if number is None:
            number = numbers[id(item.routes)] = len(routes)
            routes.append(item.routes)
        items.append((item.category, item.event, number, item.event_id, item.delivery_ids))
    first = call.items[0]
    return _Packed(first.workspace, first.revision, first.received_at, routes, items, call.once)


def _unpacked(data: bytes) -> AcceptMany:
    call = _decode(data)
    workspace, revision, received, routes = call.workspace, call.revision, call.received_at, call.routes
    items = [
        Accept(workspace, revision, category, event, routes[number], pk, delivery_ids, received)
        for category, event, number, pk, delivery_ids in call.items
    ]
    return AcceptMany(items, call.once)


def _items(unit: Accept | AcceptMany) -> Sequence[Accept]:
    return unit.items if isinstance(unit, AcceptMany) else (unit,)


def _name(unit: AcceptMany) -> Name | None:
    return None if unit.once is None else (unit.items[0].workspace, unit.once.key)


def granted(unit: Accept | AcceptMany, answer: events.Answer | ManyAnswer) -> list[Accept]:
    """Return the events of a unit that are kept, by its answer."""
    each = answer.answers if isinstance(answer, Many) else [answer]
    return [item for item, one in zip(_items(unit), each, strict=False) if isinstance(one, Accepted)]
