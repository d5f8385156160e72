"""The laboratory's table: what was not kept stands below it, for people and in the handbook."""

from dataclasses import replace

from tests.lab.table import Row, as_markdown, for_people

GOOD = Row("kills", 10, 90, 90, 0, 3, 3, None, 7.4, "5 kills")
BAD = replace(GOOD, scenario="outage", lost=2, others_p99_ms=12.6, broken=["2 deliveries are lost", "it took long"])


def test_each_scenario_is_a_line():
    assert as_markdown([GOOD, BAD]).splitlines()[2:4] == [
        "| kills | 10 | 90 | 90 | 0 | 3 | 3 |  | 7 | 5 kills |",
        "| outage | 10 | 90 | 90 | 2 | 3 | 3 | 13 ms | 7 | 5 kills |",
    ]


def test_what_was_not_kept_is_said():
    assert as_markdown([GOOD, BAD]).splitlines()[4:] == [
        "",
        "- not kept by *outage*: 2 deliveries are lost",
        "- not kept by *outage*: it took long",
    ]
    assert for_people([GOOD, BAD]).count("BROKEN outage: ") == 2
    assert "BROKEN" not in for_people([GOOD])
    assert len(as_markdown([GOOD]).splitlines()) == 3
