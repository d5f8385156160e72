"""From a scenario's account to its row, and to the promises that were not kept."""

import time
from collections.abc import Sequence

from tests.lab.accounting import Account
from tests.lab.dialect import MARK
from tests.lab.ground import Site
from tests.lab.reporting import Reporting
from tests.lab.table import Row

NAMED_MAX = 5
"""Deliveries that are named."""


def row(
    scenario: str,
    begun: float,
    site: Site,
    load: Reporting,
    *,
    is_at_rest: bool,
    others_p99_s: float | None = None,
    besides: str = "",
    broken: Sequence[str] = (),
) -> Row:
    """Sum up a scenario that began at ``begun``; its load has ended."""
    found = site.account(load.accepted)
    p99_ms = None if others_p99_s is None else others_p99_s * 1000
    return Row(
        scenario=scenario,
        sent=found.sent,
        expected=found.expected,
        delivered=found.delivered,
        lost=len(found.lost),
        repeated=found.repeated,
        marked=found.repeated - len(found.unmarked),
        others_p99_ms=p99_ms,
        seconds=time.monotonic() - begun,
        besides=besides,
        broken=[*_broken(found, load, is_at_rest=is_at_rest), *told_by_log(site), *broken],
    )


def _broken(found: Account, load: Reporting, *, is_at_rest: bool) -> list[str]:
    sentences = []
    if found.lost:
        sentences.append(f"{len(found.lost)} deliveries are lost: {_some(found.lost)}")
    if found.unmarked:
        sentences.append(f"{len(found.unmarked)} repeats are not marked: {_some(found.unmarked)}")
    if not is_at_rest:
        sentences.append("deliveries are still open")
    if odd := {status: count for status, count in load.statuses.items() if status not in {"200", "503"}}:
        sentences.append(f"answers that are neither 200 nor 503: {odd}")
    if not found.sent:
        sentences.append("no event was accepted")
    return sentences


def told_by_log(site: Site) -> list[str]:
    """Return what the log tells and must not: secrets, people's addresses, and what events say."""
    sentences = [f"the log holds {len(leaked)} secrets or addresses"] if (leaked := site.service.leaked()) else []
    return [*sentences, *(["the log holds what events say"] if MARK.search(site.service.log.encode()) else [])]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED_MAX])
