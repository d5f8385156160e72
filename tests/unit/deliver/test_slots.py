"""Slots: bounded, and no conversation keeps one for longer than a second."""

from datetime import timedelta

from pingpilot.deliver.slots import LONG_FACTOR, PATIENCE, Slots
from pingpilot.domain.ids import DeliveryId
from tests.unit.deliver.sample import NOW


def names(count: int, start: int = 0) -> list[DeliveryId]:
    return [DeliveryId(f"{number:032x}") for number in range(start, start + count)]


def test_each_conversation_takes_a_slot_till_its_end():
    slots = Slots(3)
    for name in names(3):
        slots.begin(name, NOW)
    assert slots.free(NOW) == 0
    assert slots.end(names(1)[0]) is False
    assert slots.free(NOW) == 1


def test_a_long_one_steps_aside_and_is_known_as_long():
    slots = Slots(1)
    (name,) = names(1)
    slots.begin(name, NOW)
    assert slots.until_change(NOW) == PATIENCE
    assert slots.free(NOW + PATIENCE - timedelta.resolution) == 0
    assert slots.free(NOW + PATIENCE) == 1
    assert len(slots) == 1
    assert slots.end(name) is True
    assert len(slots) == 0


def test_all_in_all_they_are_bounded():
    slots = Slots(2)
    for turn in range(LONG_FACTOR):
        now = NOW + PATIENCE * turn
        assert slots.free(now) == 2
        for name in names(2, start=2 * turn):
            slots.begin(name, now)
    assert slots.free(NOW + PATIENCE * 100) == 0
