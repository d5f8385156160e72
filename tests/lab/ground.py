"""What the scenarios run on: the providers, and an installation that is made once and copied for each."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.lab.accounting import Account, account
from tests.lab.book import Taken
from tests.lab.outlets import OUTLETS, PROVIDERS, SECRETS, Outlet, operator_settings
from tests.lab.remote import Remote, running_providers
from tests.lab.reporting import Reporting, reporting
from tests.servers.service import Service

PATIENCE_S = 300.0
"""For what takes as long as the machine is busy, and of which no time is promised."""
LOOK_S = 0.2
"""Between two looks into the store."""
_OPEN = "SELECT count(*) FROM store_delivery WHERE destination_id IN ({}) AND state IN ('PENDING', 'SENDING')"


@dataclass
class Site:
    """One installation under test: its workspace's key and destinations, and what the providers have taken so far."""

    service: Service
    key: str
    outlets: Mapping[int, Outlet]
    remotes: Mapping[str, Remote]
    taken: dict[str, list[Taken]] = field(default_factory=dict)
    were_on: bool = True
    """Whether every destination has been active all the time."""

    @property
    def pid(self) -> int:
        assert self.service.process is not None
        return self.service.process.pid

    @contextmanager
    def reporting(self, letters: str, rate: float) -> Iterator[Reporting]:
        """Report so many events a second for as long as the context lasts."""
        with reporting(self.service.port, self.key, letters, rate) as running:
            yield running

    def heal(self) -> None:
        """Have every provider do all well from now on."""
        for remote in self.remotes.values():
            remote.heal()

    def count_open(self) -> int:
        """Return how many deliveries of the workspace have not come to their end."""
        ((count,),) = self.service.rows(_OPEN.format(",".join(map(str, self.outlets))))
        return int(count)

    def rest(self, patience_s: float) -> bool:
        """Wait until every delivery has come to its end; False once none has for so long, however many are left."""
        least, end = self.count_open(), time.monotonic() + patience_s
        while least and time.monotonic() < end:
            time.sleep(LOOK_S)
            if (count := self.count_open()) < least:
                least, end = count, time.monotonic() + patience_s
        return not least

    def account(self, accepted: Mapping[str, float], prefix: str = "lab") -> Account:
        """Sum up what became of the events whose marks begin so."""
        for name, remote in self.remotes.items():
            self.taken.setdefault(name, []).extend(remote.read())
        return account(self.service, accepted, self.outlets, self.taken, were_on=self.were_on, prefix=prefix)


@dataclass(frozen=True)
class Ground:
    """Everything made for one run. ``is_quick``: a few of everything, and no times are judged."""

    folder: Path
    remotes: Mapping[str, Remote]
    chance: Random
    is_quick: bool
    key: str
    outlets: Mapping[int, Outlet]

    @contextmanager
    def site(self, name: str, settings: Mapping[str, str] | None = None, folder: Path | None = None) -> Iterator[Site]:
        """Give an installation that is not started; its providers do all well, and have taken nothing yet."""
        place = folder or self.folder / name
        place.mkdir(exist_ok=True)
        shutil.copytree(_template(self.folder) / "data", place / "data")
        known = {**operator_settings(self.remotes), **(settings or {})}
        service = Service(place, known, secrets={*SECRETS, self.key}, starts_within_s=PATIENCE_S)
        site = Site(service, self.key, self.outlets, self.remotes)
        site.heal()
        for remote in self.remotes.values():
            remote.read()
        try:
            yield site
        finally:
            if service.process is not None:
                service.kill()


@contextmanager
def open_ground(folder: Path, chance: Random, *, is_quick: bool) -> Iterator[Ground]:
    """Start the providers and make the first installation, in a folder that is there."""
    with running_providers(PROVIDERS) as remotes:
        template = _template(folder)
        template.mkdir()
        wanted = [(outlet.kind, outlet.settings(remotes[outlet.provider])) for outlet in OUTLETS]
        made = seeded(Service(template, operator_settings(remotes)), "lab", wanted)
        outlets = dict(zip(made["destinations"], OUTLETS, strict=True))
        yield Ground(folder, remotes, chance, is_quick, made["key"], outlets)


def seeded(service: Service, owner: str, wanted: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    """Make a workspace with destinations in an installation; see ``tests.lab.seed``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.seed", owner],
        env=service.environment,
        input=json.dumps(wanted),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def _template(folder: Path) -> Path:
    return folder / "template"
