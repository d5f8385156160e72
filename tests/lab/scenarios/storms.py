"""Every provider does something else wrong every moment, with one address or with all; then they heal."""

import time
from collections.abc import Sequence
from importlib import import_module
from random import Random

from tests.lab import smtp_provider
from tests.lab.clock import Clock
from tests.lab.fault import WELL, Fault, Kind
from tests.lab.ground import Ground, Site
from tests.lab.hurry import hurry, revive
from tests.lab.provider import SMTP
from tests.lab.table import Row
from tests.lab.verdict import row

STORM_S, STORM_QUICK_S = 30.0, 3.0
GUST_S = 0.25
"""Between one change and the next, of a provider by chance."""
SLOW_MAX_S, LIMIT_MAX_S = 3.0, 3.0
RATE = 25


def run(ground: Ground) -> list[Row]:
    """Let it storm under load; heal, switch on what was switched off, send again what died, and compare."""
    begun = time.monotonic()
    clock = Clock(ground.folder / "storms-clock")
    with ground.site("storms", clock.settings) as site:
        site.service.start()
        with site.reporting("sts", RATE) as load:
            load.wait_for(1)
            count = storm(site, ground.chance, STORM_QUICK_S if ground.is_quick else STORM_S)
            load.end()
        site.heal()
        hurry(site, clock)
        replayed = revive(site)
        is_at_rest = hurry(site, clock)
        besides = f"{count} changes of weather; {replayed} had died, and were sent again"
        return [row("storms", begun, site, load, is_at_rest=is_at_rest, besides=besides)]


def faults_of(provider: str) -> Sequence[Fault]:
    """Return everything that a provider can do wrong, but what takes a time of its own."""
    if provider == SMTP:
        names: Sequence[str] = [*smtp_provider.REFUSALS]
    else:
        names = [*import_module(f"tests.lab.dialects.{provider}").REFUSALS]
    kinds = [kind for kind in Kind if kind not in (Kind.WELL, Kind.REFUSAL)]
    return [*map(Fault, kinds), *(Fault(Kind.REFUSAL, name=name) for name in names)]


def storm(site: Site, chance: Random, seconds: float) -> int:
    """Let the weather change for so many seconds; return how often it did."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        outlet = chance.choice(list(site.outlets.values()))
        remote = site.remotes[outlet.provider]
        fault = _any_fault(outlet.provider, chance)
        is_of_all = fault.kind in (Kind.SHUT, Kind.RESET_EARLY) or chance.random() < 0.5
        remote.tell(fault, "" if is_of_all else outlet.address)
        count += 1
        time.sleep(GUST_S * chance.uniform(0.2, 1.8))
    return count


def _any_fault(provider: str, chance: Random) -> Fault:
    if chance.random() < 0.3:
        return chance.choice([WELL, Fault(Kind.WELL, seconds=chance.uniform(0, SLOW_MAX_S))])
    fault = chance.choice(faults_of(provider))
    if fault.kind is Kind.LIMIT:
        return Fault(Kind.LIMIT, seconds=round(chance.uniform(1, LIMIT_MAX_S)))
    return (
        Fault(Kind.HANG, name=smtp_provider.AT_RECIPIENT)
        if fault.kind is Kind.HANG and chance.random() < 0.5
        else fault
    )
