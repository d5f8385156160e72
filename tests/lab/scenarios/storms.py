"""Every provider does everything wrong that it can, one thing after the other, with one address or with all."""

import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from random import Random

from tests.lab import smtp_provider
from tests.lab.clock import Clock
from tests.lab.fault import WELL, Fault, Kind
from tests.lab.ground import Ground, Site
from tests.lab.hurry import hurry, revive
from tests.lab.outlets import Outlet
from tests.lab.provider import SMTP
from tests.lab.table import Row
from tests.lab.verdict import row

QUICK = 15
"""Changes of a quick storm."""
GUST_S = 0.25
"""Between one change and the next."""
SPELL, PAUSE_S = 15, 400.0
"""Changes until it clears up, and how far the clock is set then: past the pause of a refused credential."""
SLOW_MAX_S, LIMIT_MAX_S = 3.0, 3.0
RATE = 25

Weather = tuple[Outlet, Fault]
"""Whose provider does what."""


def run(ground: Ground) -> list[Row]:
    """Let it storm under load; heal, switch on what was switched off, send again what died, and compare."""
    begun = time.monotonic()
    clock = Clock(ground.folder / "storms-clock")
    with ground.site("storms", clock.settings) as site:
        site.service.start()
        changes = all_weather([*site.outlets.values()], ground.chance)[: QUICK if ground.is_quick else None]
        replayed = 0
        with site.reporting("sts", RATE) as load:
            load.wait_for(1)
            for first in range(0, len(changes), SPELL):
                storm(site, changes[first : first + SPELL], ground.chance)
                replayed += _clear_up(site, clock)
            load.end()
        hurry(site, clock)
        replayed += revive(site)
        is_at_rest = hurry(site, clock)
        besides = f"{len(changes)} kinds of weather; {replayed} had died, and were sent again"
        return [row("storms", begun, site, load, is_at_rest=is_at_rest, besides=besides)]


def all_weather(outlets: Sequence[Outlet], chance: Random) -> list[Weather]:
    """Return everything that can go wrong with each of these, in an order by chance."""
    found = [(outlet, fault) for outlet in outlets for fault in faults_of(outlet.provider)]
    chance.shuffle(found)
    return found


def faults_of(provider: str) -> Sequence[Fault]:
    """Return everything that a provider can do: each kind of fault, and each error that it documents."""
    if provider == SMTP:
        names: Sequence[str] = [*smtp_provider.REFUSALS]
        own = [Fault(Kind.HANG, name=smtp_provider.AT_RECIPIENT)]
    else:
        names, own = [*import_module(f"tests.lab.dialects.{provider}").REFUSALS], []
    kinds = [Fault(kind) for kind in Kind if kind is not Kind.REFUSAL]
    return [WELL, *kinds, *own, *(Fault(Kind.REFUSAL, name=name) for name in names)]


def storm(site: Site, changes: Sequence[Weather], chance: Random) -> None:
    """Let the weather change so often, of a whole provider or of the one address."""
    for outlet, fault in changes:
        is_of_all = fault.kind in (Kind.SHUT, Kind.RESET_EARLY) or chance.random() < 0.5
        site.remotes[outlet.provider].tell(_timed(fault, chance), "" if is_of_all else outlet.address)
        time.sleep(GUST_S * chance.uniform(0.2, 1.8))


def _timed(fault: Fault, chance: Random) -> Fault:
    match fault.kind:
        case Kind.WELL:
            return replace(fault, seconds=chance.uniform(0, SLOW_MAX_S))
        case Kind.LIMIT:
            return replace(fault, seconds=round(chance.uniform(1, LIMIT_MAX_S)))
        case _:
            return fault


def _clear_up(site: Site, clock: Clock) -> int:
    """Heal everything, end every pause, and switch on and send again what was given up; return how many those are."""
    site.heal()
    clock.jump(PAUSE_S)
    return revive(site)
