"""Time-ordered ids: UUIDv7, ascending whatever the clock does."""

import threading
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.ids import TimeOrderedIds

MILLISECOND = 1_700_000_000_000


def maker(times):
    clock = iter(times)
    return TimeOrderedIds(lambda: next(clock), lambda count: bytes(index % 256 for index in range(count)))


def test_an_id_is_a_version_7_uuid_with_the_time_in_front():
    text = maker([MILLISECOND]).next()
    assert UUID(text).version == 7
    assert UUID(text).variant == "specified in RFC 4122"
    assert int(text[:12], 16) == MILLISECOND


@given(st.lists(st.integers(0, 2**47), min_size=2, max_size=50))
def test_ids_ascend_also_when_the_clock_stands_or_is_set_back(times):
    ids = maker(times)
    made = [ids.next() for _ in times]
    assert made == sorted(set(made))
    assert all(UUID(text).version == 7 for text in made)


def test_more_ids_than_fit_into_a_millisecond_borrow_the_next():
    ids = TimeOrderedIds(lambda: MILLISECOND, lambda count: b"\xff" * count)
    made = [ids.next() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert int(made[-1][:12], 16) == MILLISECOND + 1


def test_two_threads_never_get_the_same_id():
    ids = TimeOrderedIds(lambda: MILLISECOND, lambda count: b"\x00" * count)
    made: list[list[str]] = [[], []]
    threads = [
        threading.Thread(target=lambda part=part: part.extend(ids.next() for _ in range(2_000))) for part in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*made[0], *made[1]}) == 4_000
