"""The time of an answer tells nothing."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from pingpilot.accounts.evenly import evenly
from pingpilot.accounts.settings import EVEN_ANSWER, Choices, settings_for


@pytest.mark.parametrize(("worked_s", "slept_s"), [(0.1, 0.3), (0.4, 0.0), (2.0, 0.0)])
@override_settings(ACCOUNT_EVEN_ANSWER=timedelta(seconds=0.4))
def test_a_form_is_answered_no_sooner_than_it_always_is(worked_s, slept_s):
    times, slept = iter([100.0, 100.0 + worked_s]), list[float]()
    view = evenly(lambda _request: HttpResponse(), lambda: next(times), slept.append)
    view(RequestFactory().post("/forgot"))
    assert slept == [pytest.approx(slept_s)]


@override_settings(ACCOUNT_EVEN_ANSWER=timedelta(seconds=0.4))
def test_a_page_is_shown_at_once():
    slept: list[float] = []
    evenly(lambda _request: HttpResponse(), lambda: 0.0, slept.append)(RequestFactory().get("/forgot"))
    assert slept == []


def test_the_least_time_is_the_instances_choice():
    chosen = settings_for(Choices(has_smtp=True, even_answer=EVEN_ANSWER))
    assert chosen["ACCOUNT_EVEN_ANSWER"] == EVEN_ANSWER > timedelta(0)
