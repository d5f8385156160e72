"""An address that looks dead, but is known to lie: dead after three such answers over a day, and not before."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from pingpilot.domain.delivery import DeliveryState
from pingpilot.store import settlements
from pingpilot.store.models import Destination, Workspace
from pingpilot.store.settlements import SUSPECT_FOR, SUSPECTS_MAX, Health, Settle
from tests.conformance.store.house import NOW, House
from tests.conformance.store.test_deliveries import accepted, apply, claimed, settled

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ends(house: House, *said: tuple[Health, timedelta], index: int = 0) -> list[Settle]:
    """Return attempts to one address that ended so, each at its time after the first."""
    jobs = [claimed(accepted(house)[index]) for _ in said]
    return [
        replace(settled(job, DeliveryState.PENDING, health), now=NOW + after)
        for job, (health, after) in zip(jobs, said, strict=True)
    ]


def standing(house: House, index: int = 0) -> Destination:
    return Destination.objects.get(pk=house.destinations[index])


def test_the_numbers_are_those_of_the_contract():
    assert (SUSPECTS_MAX, SUSPECT_FOR) == (3, DAY)


@pytest.mark.parametrize(
    ("times", "is_dead"),
    [
        ((0 * HOUR, HOUR, 2 * HOUR), False),
        ((0 * HOUR, HOUR, DAY - timedelta(seconds=1)), False),
        ((0 * HOUR, DAY), False),
        ((0 * HOUR, HOUR, DAY), True),
        ((0 * HOUR, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR), False),
        ((0 * HOUR, HOUR, 2 * HOUR, 3 * HOUR, 30 * HOUR), True),
    ],
)
def test_three_over_a_day_are_needed(house: House, times: tuple[timedelta, ...], is_dead: bool):
    for end in ends(house, *((Health.SUSPECT, time) for time in times)):
        apply(settlements.settle, end)
    row = standing(house)
    assert (row.disabled_at is not None, row.suspect_count) == (is_dead, len(times))
    if is_dead:
        assert (row.disabled_at, row.gone_at, row.told_at) == (NOW + times[-1], NOW + times[-1], None)
        assert row.disabled_reason == "what the provider said"


def test_a_success_in_between_begins_anew(house: House):
    said = [(Health.SUSPECT, 0 * HOUR), (Health.SUSPECT, HOUR), (Health.WELL, 2 * HOUR)]
    for end in ends(house, *said, (Health.SUSPECT, DAY), (Health.SUSPECT, DAY + HOUR)):
        apply(settlements.settle, end)
    row = standing(house)
    assert (row.disabled_at, row.suspect_count, row.suspect_since) == (None, 2, NOW + DAY)


def test_other_failures_neither_count_nor_forgive(house: House):
    said = [(Health.SUSPECT, 0 * HOUR), (Health.AILING, HOUR), (Health.UNTOUCHED, 2 * HOUR), (Health.SUSPECT, DAY)]
    for end in ends(house, *said):
        apply(settlements.settle, end)
    row = standing(house)
    assert (row.disabled_at, row.suspect_count, row.suspect_since) == (None, 2, NOW)


def test_those_of_one_batch_count_each(house: House):
    apply(settlements.settle, *ends(house, (Health.SUSPECT, 0 * HOUR)))
    apply(settlements.settle, *ends(house, (Health.SUSPECT, DAY), (Health.SUSPECT, DAY)))
    assert standing(house).disabled_at == NOW + DAY


def test_a_neighbour_of_the_same_workspace_is_not_blamed(house: House):
    for end in ends(house, (Health.SUSPECT, 0 * HOUR), (Health.SUSPECT, HOUR), (Health.SUSPECT, DAY)):
        apply(settlements.settle, end)
    assert standing(house, 0).disabled_at is not None
    for index in (1, 2):
        row = standing(house, index)
        assert (row.disabled_at, row.suspect_count) == (None, 0)


def test_caches_learn_that_it_is_off(house: House):
    before = Workspace.objects.get().revision
    for end in ends(house, (Health.SUSPECT, 0 * HOUR), (Health.SUSPECT, HOUR)):
        apply(settlements.settle, end)
    assert Workspace.objects.get().revision == before
    apply(settlements.settle, *ends(house, (Health.SUSPECT, DAY)))
    assert Workspace.objects.get().revision == before + 1


def test_one_that_its_owner_switched_off_stays_their_own(house: House):
    Destination.objects.update(disabled_at=NOW, disabled_reason="Switched off by its owner")
    for end in ends(house, (Health.SUSPECT, 0 * HOUR), (Health.SUSPECT, HOUR), (Health.SUSPECT, DAY)):
        apply(settlements.settle, end)
    row = standing(house)
    assert (row.disabled_at, row.disabled_reason, row.gone_at) == (NOW, "Switched off by its owner", None)
