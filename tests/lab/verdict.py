"""From a scenario's account to its row, and to the promises that were not kept."""

import time
from collections.abc import Mapping, Sequence

from tests.lab.accounting import Account
from tests.lab.dialect import MARK
from tests.lab.ground import Site
from tests.lab.reporting import Reporting
from tests.lab.table import Row
from tests.servers.service import Service

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
    sentences = [*broken_by(found, load.statuses, is_at_rest=is_at_rest), *told_by_log(site.service), *broken]
    seconds = time.monotonic() - begun
    return row_of(scenario, found, seconds, others_p99_s=others_p99_s, besides=besides, broken=sentences)


def row_of(
    scenario: str,
    found: Account,
    seconds: float,
    *,
    others_p99_s: float | None = None,
    besides: str = "",
    broken: Sequence[str] = (),
) -> Row:
    """Return the row of an account."""
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
        seconds=seconds,
        besides=besides,
        broken=broken,
    )


def broken_by(found: Account, statuses: Mapping[str, int], *, is_at_rest: bool) -> list[str]:
    """Return the promises that were not kept, in a sentence each."""
    sentences = []
    if found.lost:
        sentences.append(f"{len(found.lost)} deliveries are lost: {_some(found.lost)}")
    if found.unmarked:
        sentences.append(f"{len(found.unmarked)} repeats are not marked: {_some(found.unmarked)}")
    if not is_at_rest:
        sentences.append("deliveries are still open")
    if odd := {status: count for status, count in statuses.items() if status not in {"200", "503"}}:
        sentences.append(f"answers that are neither 200 nor 503: {odd}")
    if not found.sent:
        sentences.append("no event was accepted")
    return sentences


def told_by_log(service: Service) -> list[str]:
    """Return what a log tells and must not: secrets, people's addresses, and what events say."""
    sentences = [f"the log holds {len(leaked)} secrets or addresses"] if (leaked := service.leaked()) else []
    return [*sentences, *(["the log holds what events say"] if MARK.search(service.log.encode()) else [])]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED_MAX])
