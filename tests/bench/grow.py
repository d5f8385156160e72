"""Many stored events in little time, for measurements: ``python -m tests.bench.grow <database> <events> <keys>``.

The rows are made by the database itself, in a few large statements, and look like a past of some weeks: each event is
settled, has three deliveries, a place in the search and in the statistics; some have attempts, some have failed, some
came late.
"""

import argparse
import secrets
import sqlite3
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

import psycopg

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose, digest, id_of, secret_from
from tests.bench import tallied
from tests.servers.service import Workspace

CATEGORIES = ("sale", "signup", "payment", "bug", "deploy")
DESTINATIONS = 3
STEP = 100_000
"""Events of one transaction."""
_Run = Callable[[str, Sequence[Any]], list[Any]]


@dataclass(frozen=True)
class _Dialect:
    """How a database says what the other says otherwise; ``{0}`` stands for milliseconds, and for text in ``uuid``."""

    mark: str
    numbers: str
    uuid: str
    hexed: str
    time: str
    words: str
    amount: str
    no: str
    stamp: Callable[[datetime], object]


_SQLITE = _Dialect(
    mark="?",
    numbers="n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})",
    uuid="{0}",
    hexed="printf('%0{1}x', {0})",
    time="strftime('%Y-%m-%d %H:%M:%S', {0} / 1000, 'unixepoch')"
    " || CASE {0} % 1000 WHEN 0 THEN '' ELSE printf('.%03d000', {0} % 1000) END",
    words="{0}",
    amount="printf('%d.%02d', sum(g.amount) / 100, sum(g.amount) % 100)",
    no="0",
    stamp=lambda at: at.isoformat(" ")[:-6],
)
_POSTGRESQL = _Dialect(
    mark="%s",
    numbers="n(i) AS (SELECT generate_series({first}::bigint, {last}::bigint))",
    uuid="({0})::uuid",
    hexed="lpad(to_hex({0}), {1}, '0')",
    time="to_timestamp({0} / 1000.0)",
    words="array_to_tsvector(string_to_array({0}, ' '))",
    amount="(sum(g.amount) / 100.0)::numeric(30, 2)",
    no="false",
    stamp=lambda at: at,
)

_PAST = """
    WITH RECURSIVE {numbers}, d AS (
        SELECT i, {begin} + i * {span} / {events} AS ms, {workspace} + i % {keys} AS workspace,
            i / {keys} % 5 AS kind, i * 48271 % 65537 AS die, i * 7919 % 10007 % 1000 AS roll FROM n
    ), e AS (
        SELECT i, ms, workspace, kind, roll, roll < 5 AS failed, roll >= 980 AS late, die % 5000 AS buyer,
            die % 500 AS whole, 10 + die % 90 AS cents, die % 7 AS quantity,
            CASE WHEN die % 3 = 0 THEN 'pro' ELSE 'free' END AS plan FROM d
    )
"""
_EVENT = """
    INSERT INTO store_event (id, workspace_id, category_id, category_name, purpose, description, fields, severity, url,
        dedupe_key, occurred_at, received_at, status, is_refunded)
    {past}
    SELECT {id}, workspace, {category} + (workspace - {workspace}) * 5 + kind,
        CASE kind WHEN 0 THEN 'sale' WHEN 1 THEN 'signup' WHEN 2 THEN 'payment' WHEN 3 THEN 'bug' ELSE 'deploy' END,
        'report', 'Order ' || i || ' of user' || buyer,
        '{{"amount":' || whole || '.' || cents || ',"quantity":' || quantity || ',"plan":"' || plan
            || '","customer":"user' || buyer || '@example.com"}}',
        CASE WHEN roll < 10 THEN 'critical' WHEN roll < 50 THEN 'warning' WHEN roll < 150 THEN 'success'
            ELSE 'info' END,
        NULL, NULL, {occurred}, {received}, CASE WHEN failed THEN 'FAILED' ELSE 'DELIVERED' END, {no}
    FROM e
"""
_DELIVERY = """
    INSERT INTO store_delivery (id, event_id, destination_id, channel, state, due_at, begun_at, attempts, lease_owner,
        lease_until, final_at, proves, is_maybe_repeat, provider_id, last_detail)
    {past}
    SELECT {delivery}, {id}, {destination} + (workspace - {workspace}) * 3 + k, 'webhook',
        CASE WHEN failed AND k = 2 THEN 'DEAD' ELSE 'DELIVERED' END, {received}, {received}, 1, '', NULL, {received},
        {no}, {no}, '', CASE WHEN failed AND k = 2 THEN 'HTTP 400' ELSE 'HTTP 200' END
    FROM e, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) AS ks ORDER BY i, k
"""
_ATTEMPT = """
    INSERT INTO store_attempt (delivery_id, number, started_at, duration_ms, outcome, code, detail)
    {past}
    SELECT {delivery}, 1, {received}, 20 + roll % 50,
        CASE WHEN failed AND k = 2 THEN 'bad_message' ELSE 'delivered' END,
        CASE WHEN failed AND k = 2 THEN '400' ELSE '200' END, ''
    FROM e, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) AS ks WHERE roll < 100 ORDER BY i, k
"""
_SEARCH = """
    INSERT INTO store_search (number, event_id, words)
    {past}
    SELECT {happened} * 1048576 + i % 1048576, {id}, {words} FROM e
"""
_WORDS = (
    "'#' || workspace || ' order ' || i || ' of user' || buyer || ' amount ' || whole || ' ' || cents"
    " || ' quantity ' || quantity || ' plan ' || plan || ' customer example com'"
)
_HAPPENED = "(ms - CASE WHEN late THEN 10800000 ELSE 0 END)"


def grow(database: str, events: int, keys: int, *, days: int = 30, until: datetime | None = None) -> list[Workspace]:
    """Store ``events`` more events, spread over ``keys`` new workspaces with one key each, and over the last ``days``.

    ``database`` is the path of an SQLite file or a ``postgresql://`` address; all migrations must have run, and nobody
    else may be using it. Each workspace has the UNLIMITED plan, the categories of ``CATEGORIES`` and three destinations
    that are disabled, so that what is sent later goes only where a test says. All events are findable and tallied, the
    latter unless some were waiting to be. Returns the workspaces with their keys. SQLite: some 20,000 events a second.
    """
    end = until or datetime.now(UTC)
    with _opened(database) as (run, dialect):
        made = [_workspace(run, dialect, number, end) for number in range(keys)]
        first = made[0].id
        assert [one.id for one in made] == list(range(first, first + keys)), "somebody else makes workspaces, too"
        known = {"workspace": first, "events": events, "keys": keys, "span": days * 86_400_000}
        known |= {"category": _lowest(run, "category", first), "destination": _lowest(run, "destination", first)}
        known["begin"] = int(end.timestamp() * 1000) - known["span"]
        is_behind = run(tallied.IS_BEHIND, ())
        for start in range(0, events, STEP):
            for statement in (_EVENT, _DELIVERY, _ATTEMPT, _SEARCH):
                run(_filled(statement, dialect, known, start, min(start + STEP, events) - 1), ())
        if not is_behind:
            _tally(run, dialect, known)
    return made


def share(database: str, workspaces: Sequence[Workspace], keys: int) -> list[str]:
    """Make further keys for workspaces of ``grow``, in turns, and return them; nobody else may be using the file."""
    now = datetime.now(UTC)
    with _opened(database) as (run, dialect):
        places = islice(cycle(one.id for one in workspaces), keys)
        return [_key(run, dialect, place, f"Key {number}", dialect.stamp(now)) for number, place in enumerate(places)]


def _tally(run: _Run, dialect: _Dialect, known: dict[str, int]) -> None:
    for statement in (tallied.SERIES, tallied.COUNTS):
        run(_filled(statement, dialect, known, 0, known["events"] - 1), ())
    for slots, of in tallied.LEVELS:
        run(tallied.TALLIES.format(slots=slots, of=of, amount=dialect.amount), ())
    run(tallied.MARK.format(last=tallied.LAST), ())
    run(tallied.END, ())


def _filled(statement: str, dialect: _Dialect, known: dict[str, int], first: int, last: int) -> str:
    number, ms = dialect.hexed.format("i", 12), dialect.hexed.format("ms", 12)
    return statement.format(
        past=_PAST.format(numbers=dialect.numbers.format(first=first, last=last), **known),
        id=dialect.uuid.format(f"{ms} || '70008000' || {number}"),
        delivery=dialect.uuid.format(f"{ms} || '700' || k || 'a000' || {number}"),
        occurred=dialect.time.format(_HAPPENED),
        received=dialect.time.format("ms"),
        happened=_HAPPENED,
        words=dialect.words.format(_WORDS),
        no=dialect.no,
        **known,
    )


def _workspace(run: _Run, dialect: _Dialect, number: int, now: datetime) -> Workspace:
    """Make a workspace with its key, categories and disabled destinations."""
    at = dialect.stamp(now)
    made: dict[str, object] = {"name": f"Grown {number}", "created_at": at}
    made |= {"plan": "UNLIMITED", "revision": 1, "refuses_without_destination": False}
    pk = _add(run, dialect, "workspace", made)
    key = _key(run, dialect, pk, "Primary key", at)
    own: dict[str, object] = {"workspace_id": pk, "created_at": at}
    for name in CATEGORIES:
        look = {"color": 255, "emoji": "", "is_muted": False, "has_own_destinations": False}
        _add(run, dialect, "category", own | look | {"name": name})
    for place in range(DESTINATIONS):
        health = {"disabled_at": at, "disabled_reason": "grown", "last_error": "", "suspect_count": 0}
        face = {"kind": "webhook", "label": f"Grown {place}", "address": "https://example.com", "sealed": b""}
        _add(run, dialect, "destination", own | health | face)
    return Workspace(pk, key, "")


def _key(run: _Run, dialect: _Dialect, workspace: int, name: str, at: object) -> str:
    key = compose(_key_id(), secret_from(secrets.token_bytes(64)))
    rights = {"scopes": "events:write events:read manage", "last_used_network": "", "is_primary": name == "Primary key"}
    own = {"workspace_id": workspace, "created_at": at, "id": id_of(key), "name": name, "digest": digest(key)}
    _add(run, dialect, "key", own | rights)
    return key


def _add(run: _Run, dialect: _Dialect, table: str, row: dict[str, object]) -> int:
    marks = ", ".join([dialect.mark] * len(row))
    statement = f"INSERT INTO store_{table} ({', '.join(row)}) VALUES ({marks}) RETURNING id"
    pk: int = run(statement, list(row.values()))[0][0]
    return pk


def _key_id() -> KeyId:
    letters = string.ascii_lowercase
    return KeyId(secrets.choice(letters) + "".join(secrets.choice(letters + string.digits) for _ in range(23)))


def _lowest(run: _Run, table: str, workspace: int) -> int:
    return int(run(f"SELECT min(id) FROM store_{table} WHERE workspace_id >= {workspace}", ())[0][0])


@contextmanager
def _opened(database: str) -> Iterator[tuple[_Run, _Dialect]]:
    """Give how to run a statement, each in a transaction of its own, and how the database speaks."""
    if database.startswith("postgresql://"):
        with psycopg.connect(database, autocommit=True) as server:

            def ask(statement: str, params: Sequence[Any]) -> list[Any]:
                cursor = server.execute(statement.encode(), params or None)
                return cursor.fetchall() if cursor.description else []

            yield ask, _POSTGRESQL
            server.execute("VACUUM ANALYZE")
        return
    file = sqlite3.connect(database, isolation_level=None)
    try:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
            file.execute(f"PRAGMA {setting}")
        yield lambda statement, params: file.execute(statement, params).fetchall(), _SQLITE
        file.execute("PRAGMA journal_mode=WAL")
    finally:
        file.close()


def main() -> None:
    """Grow a database, and print the ids and keys of the workspaces."""
    parser = argparse.ArgumentParser(description=grow.__doc__)
    parser.add_argument("database")
    parser.add_argument("events", type=int)
    parser.add_argument("keys", type=int)
    said = parser.parse_args()
    for workspace in grow(said.database, said.events, said.keys):
        print(workspace.id, workspace.key)


if __name__ == "__main__":
    main()
