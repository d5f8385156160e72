"""One transfer from begin to end: beside the running installation, through its stop. Import it after ``set_up`` only.

The installation stays in use until all is copied and compared. Then it has to be stopped, and what came in since goes
over while this process holds its locks.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from django.db import connection
from django.db.utils import DatabaseError

from pingpilot.config import world
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.transfer import fence, target
from pingpilot.store.transfer.moving import Differs, Move
from pingpilot.store.transfer.ranges import Compared
from pingpilot.store.transfer.source import Source, opened
from pingpilot.store.transfer.tables import tables
from pingpilot.store.transfer.target import Progress
from pingpilot.wiring import lock, migrating

ROLES = (lock.SERVER, lock.WORKER)
TURNS_MAX = 30
"""Turns until all was compared and little has changed since; on a very busy installation the stop has more to do."""
PAUSE_S = 0.5
"""Between two turns of waiting for the stop: each makes the last one shorter."""
LOOK_S = 0.05
"""How often to look whether the installation has stopped."""
STOP_WITHIN_S = 60
"""From the signal on. Longer than an orderly stop takes."""
NICE = 10
"""Those who accept and deliver go first, as far as the machine is shared. Source: nice(2)."""
LEFT_S = 5
"""How long to try for the lock of transfers: the running server takes it while it clears away after another one."""


class Teller(Protocol):
    """Who is told what goes on."""

    def say(self, text: str) -> None:
        """Hear a sentence."""
        ...

    def bar(self, label: str, length: int) -> AbstractContextManager[Progress]:
        """Show how much of something is done."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """How the installation is to be stopped: by us, or by its operator within some time."""

    stops: bool
    wait_s: float


@dataclass(frozen=True, slots=True)
class Transferred:
    """What was moved: the tables, the seconds it took, and those of them for which the installation stood still."""

    compared: Sequence[Compared]
    took_s: float
    stopped_s: float

    @property
    def is_same(self) -> bool:
        """Tell whether all arrived as it was."""
        return all(one.is_same for one in self.compared)


@dataclass(slots=True)
class _Locks:
    """The locks of the installation, taken as they become free: ``since`` when the first of them was."""

    folder: Path
    held: dict[str, int] = field(default_factory=dict)
    since: float = 0

    def take(self) -> bool:
        """Take those that are free; tell whether all are held."""
        for role in ROLES:
            if role not in self.held and (descriptor := lock.try_hold(self.folder, role)) is not None:
                self.since = self.since if self.held else world.monotonic()
                self.held[role] = descriptor
        return len(self.held) == len(ROLES)

    def give_back(self) -> None:
        """Let others take them."""
        while self.held:
            os.close(self.held.popitem()[1])


def transfer(settings: Settings, wish: Wish, teller: Teller) -> Transferred:
    """Move the SQLite database into the database that this process is set up for; raises ConfigurationError."""
    begun = world.monotonic()
    only = _only_one(settings.data_dir)
    locks = _Locks(settings.data_dir)
    try:
        is_running = not locks.take()
        if is_running:
            locks.give_back()
            _require_visible(settings.data_dir, wish)
            os.nice(NICE)
        _resume(settings.database_path)
        with opened(settings.database_path) as source:
            _prepare(source, settings.database_path)
            compared, stopped_at = _moved(settings, source, locks, wish if is_running else None, teller)
        return Transferred(compared, world.monotonic() - begun, world.monotonic() - stopped_at)
    finally:
        locks.give_back()
        os.close(only)


def place() -> str:
    """Return where the new database is, as it can be shown."""
    made = connection.settings_dict
    return f"{made['HOST'] or 'localhost'}:{made['PORT'] or 5432}/{made['NAME']}"


def _only_one(folder: Path) -> int:
    end = world.monotonic() + LEFT_S
    while (descriptor := lock.try_hold(folder, lock.TRANSFER)) is None:
        if world.monotonic() > end:
            return lock.hold(folder, lock.TRANSFER)
        time.sleep(LOOK_S)
    return descriptor


def _require_visible(folder: Path, wish: Wish) -> None:
    """See that we can stop what is running, where we are to."""
    running = [role for role in ROLES if _is_held(folder, role)]
    if wish.stops and (unseen := [role for role in running if lock.holder(folder, role) is None]):
        raise ConfigurationError(
            f"The {unseen[0]} runs where it cannot be stopped from here, in a container perhaps. "
            "Leave --stop away, and stop it yourself when you are asked to."
        )


def _is_held(folder: Path, role: str) -> bool:
    descriptor = lock.try_hold(folder, role)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def _resume(path: Path) -> None:
    """Go on where an earlier transfer to the same place was killed between its last two steps; refuse any other."""
    found = fence.moved(path)
    if found is None:
        return
    if found.to != place():
        fence.refuse_moved(path)
    if target.has_arrived(_pause):
        raise ConfigurationError(
            f"All was moved to {found.to} already ({found.at} UTC). Set PINGPILOT_DATABASE_URL to it and start there."
        )
    fence.take_down(path)


def _prepare(source: Source, path: Path) -> None:
    migrating.require_current(source.migrations(), path)
    if left := source.unknown_tables():
        raise ConfigurationError(f"The SQLite database has a table that is not PingPilot's: {left[0]}. Drop it.")
    target.require_empty()
    migrating.migrate()


def _moved(
    settings: Settings, source: Source, locks: _Locks, wish: Wish | None, teller: Teller
) -> tuple[list[Compared], float]:
    """Return what was compared, and when the installation stopped; without a wish it has, and the locks are held."""
    mark = fence.Moved(place(), f"{world.now():%Y-%m-%d %H:%M:%S}")
    stopped_at = locks.since
    try:
        with target.filled() as filled:
            move = Move(source, filled, world.monotonic)
            if wish is not None:
                source.watch()
            _copied_and_compared(move, source, teller)
            if wish is not None:
                stopped_at = _stopped(move, locks, wish, teller)
            compared = move.finish(mark, world.now(), _nothing)
    except Differs as found:
        return found.compared, stopped_at
    except BaseException:
        _settle_doubt(settings.database_path, mark)
        raise
    return compared, stopped_at


def _copied_and_compared(move: Move, source: Source, teller: Teller) -> None:
    total = source.count()
    with teller.bar("Copying", total) as copied:
        move.copy(tables(), copied)
    with teller.bar("Comparing", 2 * total) as read:
        most, turns = 0, 0
        while not move.turn(read) and turns < TURNS_MAX:
            turns = 0 if move.done > most else turns + 1
            most = max(most, move.done)


def _stopped(move: Move, locks: _Locks, wish: Wish, teller: Teller) -> float:
    """Keep up until the installation has stopped, and its locks are ours; return when it began to."""
    begun = world.monotonic()
    move.turn(_nothing)
    left = f"What is left takes about {world.monotonic() - begun:.1f} s"
    told_at = world.monotonic()
    if wish.stops:
        teller.say(f"All is copied and compared. {left}. Stopping PingPilot …")
        _stop(locks.folder)
    else:
        minutes = f"{wish.wait_s / 60:.0f} minutes"
        teller.say(f"All is copied and compared. {left}: stop PingPilot now. This keeps up with it for {minutes}.")
    while not _look(locks):
        if world.monotonic() > told_at + (STOP_WITHIN_S if wish.stops else wish.wait_s):
            raise ConfigurationError("PingPilot was not stopped in time. It goes on as it was; nothing was moved.")
        move.turn(_nothing)
    teller.say("PingPilot has stopped. Bringing over what came in last …")
    return told_at if wish.stops else locks.since


def _stop(folder: Path) -> None:
    for number in {lock.holder(folder, role) for role in ROLES} - {None}:
        os.kill(int(number or 0), signal.SIGTERM)


def _look(locks: _Locks) -> bool:
    """Look for a while whether the installation has stopped."""
    end = world.monotonic() + PAUSE_S
    while not locks.take():
        if world.monotonic() > end:
            return False
        time.sleep(LOOK_S)
    return True


def _settle_doubt(path: Path, mark: fence.Moved) -> None:
    """Take down the fence of this transfer where the new database did not keep what was moved."""
    if fence.moved(path) != mark:
        return
    try:
        has_arrived = target.has_arrived(_pause)
    except (DatabaseError, ConfigurationError) as error:
        raise ConfigurationError(
            f"Whether the new database has kept all is not known ({error}). Run the same transfer again once it "
            "answers: it will see. Until then the old database refuses to be used."
        ) from error
    if not has_arrived:
        fence.take_down(path)


def _pause() -> None:
    time.sleep(LOOK_S)


def _nothing(_count: int) -> None:
    """Tell nobody."""
