"""Questions: who hears them, that an answer counts once, and that neither time nor number is without bound."""

import json
from datetime import timedelta

import pytest

from pingpilot.domain.errors import (
    ChannelUnavailable,
    InvalidProof,
    InvalidRequest,
    NotFound,
    QuotaReached,
    ScopeMissing,
    UnknownCategory,
)
from pingpilot.domain.question import ASKED_MAX, KEPT_FOR, OPEN_MAX, QuestionStatus
from pingpilot.manage import categories, destinations, events, keys, questions
from pingpilot.manage.audit import NOBODY, page
from pingpilot.security.identity import identity_digest
from pingpilot.store.models import Delivery, Destination, Event, Question, Workspace
from pingpilot.store.questions import answer_pressed
from tests.unit.manage.sample import make_workspace

ADDRESS = "https://hooks.example/in"
ASK = questions.Draft("deploys", "Deploy 1.2 now?", ("Yes", "No"))


@pytest.fixture
def channel(services, workspace):
    categories.create(services, workspace, categories.Draft("deploys", "#FFEB3B"))
    draft = destinations.Draft("webhook", {"url": ADDRESS}, is_verified=True)
    return destinations.add(services, workspace, draft).destination


@pytest.fixture
def ask(services, workspace, channel):
    def asked(draft=ASK, key=None):
        return questions.ask(services, workspace, draft, key or keys.primary(workspace), NOBODY)

    return asked


def token(services, question):
    return questions.link_of(services, question).rpartition("/")[2]


def test_the_question_goes_to_the_channels_of_its_category_with_a_link(services, workspace, channel, ask):
    question = ask()
    event = Event.objects.get(pk=question.event)
    assert list(Delivery.objects.filter(event=event).values_list("destination", flat=True)) == [channel.pk]
    assert event.description is not None
    assert event.description.startswith("Deploy 1.2 now?\n\n• Yes\n• No\n\nTo answer, open the link")
    assert (event.url or "").startswith(services.public_url + "/answer/")
    assert questions.look(services, (event.url or "").rpartition("/")[2]).pk == question.pk


def test_the_link_is_told_to_nobody_but_those_who_receive_it(services, workspace, ask):
    question = ask()
    assert question.event is not None
    assert events.recent(workspace).events == []
    assert events.receipt(workspace, question.event.hex).event.url is None


def test_an_answer_counts_once(services, workspace, ask):
    link = token(services, ask())
    answered = questions.answer(services, link, " Yes ", NOBODY)
    assert (answered.answer, questions.status_of(services, answered)) == ("Yes", QuestionStatus.ANSWERED)
    for again in ("No", "Yes"):
        with pytest.raises(InvalidProof):
            questions.answer(services, link, again, NOBODY)
    assert questions.find(workspace, answered.id.hex).answer == "Yes"
    assert [one.action for one in page(workspace).entries[:2]] == ["question.answered", "question.asked"]


def test_it_can_be_answered_in_its_time_only(services, workspace, ask, clock):
    question = ask()
    clock.advance(hours=1)
    assert questions.status_of(services, question) is QuestionStatus.EXPIRED
    with pytest.raises(InvalidProof):
        questions.answer(services, token(services, question), "Yes", NOBODY)


@pytest.mark.parametrize("said", ["", "Maybe", "yes", "x" * 3_000])
def test_only_an_offered_answer_is_one(services, ask, said):
    with pytest.raises(InvalidRequest):
        questions.answer(services, token(services, ask()), said, NOBODY)


def test_without_options_the_answer_is_a_text(services, ask):
    link = token(services, ask(questions.Draft("deploys", "Which version?")))
    with pytest.raises(InvalidRequest):
        questions.answer(services, link, "x" * 2_001, NOBODY)
    assert questions.answer(services, link, "1.3, after lunch", NOBODY).answer == "1.3, after lunch"


@pytest.mark.parametrize("link", ["", "x", "unknown", "é", "A" * 60])
def test_what_is_no_link_opens_nothing(services, ask, link):
    ask()
    with pytest.raises(InvalidProof):
        questions.look(services, link)


def test_a_link_of_another_kind_opens_nothing(services, ask):
    question = ask()
    other = services.box.seal(question.id.bytes, "invitation")
    with pytest.raises(InvalidProof):
        questions.look(services, other.hex())


def test_where_nobody_would_hear_nothing_is_asked(services, workspace):
    categories.create(services, workspace, categories.Draft("deploys", "#FFEB3B"))
    with pytest.raises(ChannelUnavailable, match="/dashboard/channels"):
        questions.ask(services, workspace, ASK, keys.primary(workspace), NOBODY)
    with pytest.raises(UnknownCategory):
        questions.ask(services, workspace, questions.Draft("none", "x"), keys.primary(workspace), NOBODY)
    assert not Question.objects.exists()


def test_a_key_asks_in_its_categories_only(services, workspace, ask):
    categories.create(services, workspace, categories.Draft("other", "#FFEB3B"))
    key, _ = keys.create(services, workspace, keys.Draft("agent", ("events:write",), ("other",)), NOBODY)
    with pytest.raises(ScopeMissing):
        ask(key=key)


def test_the_same_question_within_a_minute_is_one(ask, clock):
    first, second = ask(), ask()
    assert first.pk == second.pk
    clock.advance(minutes=1)
    assert ask().pk != first.pk


def test_only_so_many_wait_at_a_time(services, ask, clock):
    asked = [ask(questions.Draft("deploys", f"Number {number}?")) for number in range(OPEN_MAX)]
    with pytest.raises(QuotaReached):
        ask()
    questions.answer(services, token(services, asked[0]), "so be it", NOBODY)
    ask()


def test_only_so_many_are_asked_within_an_hour(services, ask):
    for number in range(ASKED_MAX):
        question = ask(questions.Draft("deploys", f"Number {number}?"))
        questions.answer(services, token(services, question), "so be it", NOBODY)
    with pytest.raises(QuotaReached):
        ask()


def test_old_questions_are_let_go(ask, clock):
    first = ask()
    clock.now += KEPT_FOR + timedelta(seconds=1)
    ask()
    assert not Question.objects.filter(pk=first.pk).exists()


def press(services, question, choice=0, kind="webhook", address=ADDRESS):
    digest = identity_digest(kind, {"url": address})
    Destination.objects.filter(kind="webhook").update(identity_digest=identity_digest("webhook", {"url": ADDRESS}))
    return answer_pressed(question.event.hex, choice, kind, digest, services.now())


def test_a_button_answers_once(services, workspace, ask):
    question = ask()
    assert press(services, question, 1) == "No"
    assert press(services, question, 0) is None
    found = questions.find(workspace, question.id.hex)
    assert (found.answer, questions.status_of(services, found)) == ("No", QuestionStatus.ANSWERED)
    entry = page(workspace).entries[0]
    assert (entry.action, entry.target, entry.detail) == ("question.answered", found.id.hex, {"channel": "webhook"})


def test_only_who_got_the_question_may_press(services, ask):
    question = ask()
    assert press(services, question, address="https://elsewhere.example/") is None
    assert press(services, question, kind="telegram") is None
    assert press(services, question) == "Yes"


@pytest.mark.parametrize("choice", [-1, 2, 99])
def test_there_is_no_button_beyond_the_last(services, ask, choice):
    assert press(services, ask(), choice) is None


def test_a_button_pressed_too_late_answers_nothing(services, ask, clock):
    question = ask()
    clock.advance(hours=1)
    assert press(services, question) is None


def test_a_button_of_no_question_answers_nothing(services):
    assert answer_pressed("e" * 32, 0, "webhook", b"", services.now()) is None


def test_a_question_of_others_is_not_there(services, workspace, ask):
    other: Workspace = make_workspace(services, "eve@example.com")
    with pytest.raises(NotFound):
        questions.find(other, ask().id.hex)
    with pytest.raises(NotFound):
        questions.find(workspace, "no id")


def test_nothing_in_the_log_says_what_was_asked(workspace, ask):
    ask()
    assert "Deploy" not in json.dumps([one.detail for one in page(workspace).entries])
